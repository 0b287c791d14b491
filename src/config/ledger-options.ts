/** What an app says about its ledger; see `docs/ledger.md`. */
import type { LedgerStore } from '../core/ledger-store.ts'

export interface LedgerOptions {
  /**
   * Where rows are kept: `sqliteLedger(file)` of `express-llm/sqlite`, `postgresLedger(pool)` of `express-llm/postgres`; false:
   * nowhere. @default memoryLedger(), the last 10,000 rows, gone with the process
   */
  readonly store?: false | LedgerStore
  /** Rows of single calls are forgotten after this, days. @default 90 */
  readonly retentionDays?: number
  /** Sums by hour are forgotten after this, days; sums by day are kept for ever. @default 400 */
  readonly hourRetentionDays?: number
  /** Rows that may wait to be written; further ones are dropped, counted and told in the log. @default 10000 */
  readonly queueMax?: number
  /** Rows that are written at a time. @default 200 */
  readonly batchMax?: number
  /** Longest wait of a row for others to be written with, ms: what a crash may cost. @default 200 */
  readonly flushMs?: number
}
