import { boundedOperation } from '../core/bounded-operation.ts'
import { LedgerError } from '../core/ledger-error.ts'
import type { PostgresEngine } from './postgres-engine.ts'

/** What a ledger becomes when it is opened, and until it is closed. */
export class OpenedEngine {
  readonly #opening = Promise.withResolvers<PostgresEngine>()
  #engine: PostgresEngine | undefined
  #isClosed = false

  get isClosed(): boolean {
    return this.#isClosed
  }

  set(engine: PostgresEngine): void {
    this.#engine = engine
    this.#opening.resolve(engine)
  }

  close(): void {
    this.#isClosed = true
  }

  /** @throws LedgerError `ledger_closed` */
  assertNotClosed(): void {
    if (this.#isClosed) throw new LedgerError('ledger_closed', 'This ledger in PostgreSQL has been closed.')
  }

  /** @throws LedgerError when it has not been opened, or has been closed */
  get(): PostgresEngine {
    this.assertNotClosed()
    if (this.#engine !== undefined) return this.#engine
    throw new LedgerError('ledger_unreachable', 'This ledger in PostgreSQL has not been opened yet.', {
      isPassing: true,
    })
  }

  /** Waits for that long when it is being opened. */
  async soon(timeoutMs: number): Promise<PostgresEngine> {
    if (this.#engine === undefined) await boundedOperation(() => this.#opening.promise, timeoutMs)
    return this.get()
  }
}
