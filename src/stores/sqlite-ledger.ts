import type { LedgerRow } from '../core/ledger-row.ts'
import type {
  CallQuery,
  GroupTotal,
  LedgerCalls,
  LedgerStore,
  PruneBounds,
  RollUp,
  RollUpQuery,
  RowQuery,
  TotalsQuery,
} from '../core/ledger-store.ts'
import { packRows } from './packed-rows.ts'
import { sqlTables } from './sql-schema.ts'
import {
  readSqliteFile,
  readSqliteOptions,
  type SqliteLedgerConfig,
  type SqliteLedgerOptions,
} from './sqlite-options.ts'
import type { ReadOperations, WorkerRole, WriteOperations } from './sqlite-protocol.ts'
import { checkedDatabase, insertInTransaction } from './sqlite-transaction.ts'
import { closedError, WorkerLink } from './sqlite-worker-link.ts'

/** How soon rows of an app's transaction are looked for, again and again, ms … */
const SETTLE_EVERY_MS = 500
/** … and for how long after the last of them. What commits later is rolled up with the next write. */
const SETTLE_FOR_MS = 60_000

/**
 * A ledger in an SQLite file, which is made when it is not there. Everything happens in threads of its own; what has been
 * appended outlives the end of the process, however it ends.
 *
 * @param file path, relative to the working directory, or a `file:` URL; its folder must be there
 * @throws LlmError `config_invalid` for a wrong path or option
 */
export function sqliteLedger(file: string | URL, options: SqliteLedgerOptions = {}): LedgerStore {
  return new SqliteLedger(readSqliteFile(file), readSqliteOptions(options))
}

/** Both connections of an open ledger. */
interface Links {
  readonly timeZone: string
  readonly writer: WorkerLink<WriteOperations>
  readonly reader: WorkerLink<ReadOperations>
}

class SqliteLedger implements LedgerStore {
  readonly name = 'sqlite'
  readonly isPersistent = true
  readonly #file: string
  readonly #config: SqliteLedgerConfig
  #links: Links | undefined
  #isClosed = false
  #settleUntilMs = -Infinity
  #settleTimer: NodeJS.Timeout | undefined

  constructor(file: string, config: SqliteLedgerConfig) {
    this.#file = file
    this.#config = config
  }

  /** May be tried again. */
  async open(timeZone: string): Promise<void> {
    if (this.#isClosed) throw closedError()
    const before = this.#links
    if (before?.timeZone !== timeZone) {
      this.#links = {
        timeZone,
        writer: this.#link('write', timeZone),
        reader: this.#link('read', timeZone),
      }
      if (before !== undefined) await closeBoth(before)
    }
    await this.#opened.writer.open()
  }

  async append(rows: readonly LedgerRow[]): Promise<void> {
    if (rows.length > 0) await this.#opened.writer.ask('append', packRows(rows))
  }

  async appendIn(transaction: unknown, rows: readonly LedgerRow[]): Promise<void> {
    const { tablePrefix } = this.#config
    insertInTransaction({ file: this.#file, tables: sqlTables(tablePrefix) }, transaction, rows)
    this.#settleUntilMs = performance.now() + SETTLE_FOR_MS
    this.#settleSoon()
  }

  checkTransaction(transaction: unknown): void {
    checkedDatabase(transaction)
  }

  async rollUps(query: RollUpQuery): Promise<readonly RollUp[]> {
    await this.#settleFirst()
    return this.#opened.reader.ask('rollUps', query)
  }

  async totals(query: TotalsQuery): Promise<readonly GroupTotal[]> {
    await this.#settleFirst()
    return this.#opened.reader.ask('totals', query)
  }

  async calls(query: CallQuery): Promise<LedgerCalls> {
    // The roll-ups say where to look for the calls of a group.
    await this.#settleFirst()
    return this.#opened.reader.ask('calls', query)
  }

  async call(callId: string): Promise<readonly LedgerRow[]> {
    return this.#opened.reader.ask('call', callId)
  }

  async rows(query: RowQuery): Promise<readonly LedgerRow[]> {
    return this.#opened.reader.ask('rows', query)
  }

  async prune(bounds: PruneBounds): Promise<number> {
    return this.#opened.writer.ask('prune', bounds)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#settleTimer)
    this.#settleUntilMs = -Infinity
    if (this.#links !== undefined) await closeBoth(this.#links)
  }

  get #opened(): Links {
    if (this.#links === undefined) throw closedError()
    return this.#links
  }

  #link<Operations>(role: WorkerRole, timeZone: string): WorkerLink<Operations> {
    return new WorkerLink({ role, file: this.#file, timeZone, ...this.#config })
  }

  /** Roll-ups hold what apps have committed themselves, too. */
  async #settleFirst(): Promise<void> {
    if (performance.now() < this.#settleUntilMs) await this.#settle()
  }

  async #settle(): Promise<void> {
    while (await this.#opened.writer.ask('rollUpPending', undefined));
  }

  #settleSoon(): void {
    if (this.#settleTimer !== undefined) return
    this.#settleTimer = setTimeout(() => {
      this.#settleTimer = undefined
      // Who writes next does the same, and is told what is wrong.
      void this.#settle().catch(() => undefined)
      if (performance.now() < this.#settleUntilMs) this.#settleSoon()
    }, SETTLE_EVERY_MS)
    this.#settleTimer.unref()
  }
}

/** The writer last: the last connection leaves one file, with what was beside it taken in. */
async function closeBoth({ writer, reader }: Links): Promise<void> {
  await reader.close()
  await writer.close()
}
