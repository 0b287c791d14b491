/** How a ledger goes about its store. */
export interface LedgerPolicy {
  /** Rows that may wait to be written; further ones are dropped and counted. */
  readonly queueMax: number
  /** Rows that are written at a time. */
  readonly batchMax: number
  /** Longest wait of a row for others to be written with, ms. */
  readonly flushMs: number
  /** Rows are forgotten after this. */
  readonly retentionDays: number
  /** Sums by hour are forgotten after this; those by day are kept. */
  readonly hourRetentionDays: number
}
