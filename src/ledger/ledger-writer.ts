import { setTimeout as pause } from 'node:timers/promises'
import type { LedgerHealth } from '../core/costs.ts'
import type { LedgerRow } from '../core/ledger-row.ts'
import { LedgerError } from '../core/ledger-error.ts'
import type { LedgerStore } from '../core/ledger-store.ts'
import { ledgerErrorOf } from './ledger-error-of.ts'
import type { LedgerListener } from './ledger-listener.ts'
import type { LedgerPolicy } from './ledger-policy.ts'
import { RowQueue } from './row-queue.ts'
import { Waiters } from './waiters.ts'
import { retryDelayMs } from './write-retry.ts'

/** Between two tries to write what is left, ms. */
const CLOSING_RETRY_MS = 100

export interface LedgerWriterParts {
  readonly store: LedgerStore
  readonly timeZone: string
  readonly policy: Pick<LedgerPolicy, 'queueMax' | 'batchMax' | 'flushMs'>
  readonly listener: LedgerListener
}

/**
 * Writes rows in batches, off the way of calls. One batch at a time and in order; one that fails is tried again until it
 * succeeds, and what comes meanwhile waits in a queue with an end.
 */
export class LedgerWriter {
  readonly #parts: LedgerWriterParts
  readonly #queue: RowQueue
  readonly #waiters = new Waiters()
  #isOpen = false
  #isWorking = false
  #isClosed = false
  /** Ends the wait for the next batch, or for the next try. */
  #wake: (() => void) | undefined
  #timer: NodeJS.Timeout | undefined
  #written = 0
  #dropped = 0
  #failures = 0
  /** Failures since it last succeeded. */
  #failuresInARow = 0
  #lastError: LedgerError | undefined

  constructor(parts: LedgerWriterParts) {
    this.#parts = parts
    this.#queue = new RowQueue(parts.policy.queueMax)
    // The store is opened in the background: no call waits for it.
    this.#startWork()
  }

  get queued(): number {
    return this.#queue.size
  }

  get health(): LedgerHealth {
    const error = this.#failuresInARow === 0 ? undefined : this.#lastError
    return {
      store: this.#parts.store.name,
      isUp: this.#isOpen && this.#failuresInARow === 0 && !this.#isClosed,
      queued: this.#queue.size,
      written: this.#written,
      dropped: this.#dropped,
      failures: this.#failures,
      ...(error === undefined ? {} : { lastError: `${error.code}: ${error.message}` }),
    }
  }

  /** Takes the rows of a call, all or none of them. Never waits, never throws. */
  add(rows: readonly LedgerRow[]): void {
    if (this.#isClosed || !this.#queue.add(rows)) {
      this.#dropped += rows.length
      this.#parts.listener.dropped(rows.length)
      return
    }
    if (this.#isWorking) return
    if (this.#queue.size >= this.#parts.policy.batchMax) this.#startWork()
    else this.#workSoon()
  }

  /** Rows that have been written past the queue. */
  countWritten(rows: number): void {
    this.#written += rows
    this.#parts.listener.written(rows)
  }

  /** Resolves when the store is open. @throws LedgerError as `flush` */
  async ready(timeoutMs: number): Promise<void> {
    if (!this.#isOpen || this.#isClosed) await this.#until(0, timeoutMs)
  }

  /**
   * Resolves when everything that was added before is stored.
   *
   * @throws LedgerError when that cannot be done now, or not within the time
   */
  async flush(timeoutMs: number): Promise<void> {
    if (!this.#isOpen || this.#queue.size > 0 || this.#isClosed)
      await this.#until(this.#queue.added, timeoutMs)
  }

  /** Writes what is left, as far as that can be done within the time; says what is lost. Rows that come later are dropped. */
  async close(timeoutMs: number): Promise<void> {
    if (this.#isClosed) return
    const error = await this.#writeLeft(timeoutMs)
    if (this.#isClosed) return
    this.#isClosed = true
    this.#wake?.()
    clearTimeout(this.#timer)
    const lost = this.#queue.size
    this.#dropped += lost
    if (lost > 0) this.#parts.listener.lost(lost, error)
    this.#queue.clear()
    this.#waiters.rejectAll(new LedgerError('ledger_closed', 'the ledger was closed'))
  }

  /** What may pass is tried for the whole time: nobody tries again later. @returns why something is left */
  async #writeLeft(timeoutMs: number): Promise<LedgerError | undefined> {
    const untilMs = performance.now() + timeoutMs
    for (;;) {
      try {
        await this.flush(Math.max(1, untilMs - performance.now()))
        return undefined
      } catch (thrown) {
        const error = ledgerErrorOf(thrown)
        const isLate = performance.now() + CLOSING_RETRY_MS >= untilMs
        if (!error.isPassing || isLate || this.#queue.size === 0) return error
        await pause(CLOSING_RETRY_MS)
      }
    }
  }

  async #until(added: number, timeoutMs: number): Promise<void> {
    if (this.#isClosed) throw new LedgerError('ledger_closed', 'the ledger is closed')
    const done = this.#waiters.until(added, timeoutMs, () => this.#late(timeoutMs))
    this.#hurry()
    await done
  }

  #late(timeoutMs: number): LedgerError {
    const { store } = this.#parts
    return (
      this.#lastError ??
      new LedgerError('ledger_unreachable', `${store.name} has not written within ${timeoutMs} ms`, {
        isPassing: true,
      })
    )
  }

  #workSoon(): void {
    if (this.#timer !== undefined) return
    this.#timer = setTimeout(() => this.#startWork(), this.#parts.policy.flushMs)
    // What is in memory only is lost with the process anyway; what is to outlive it, the process waits for.
    if (!this.#parts.store.isPersistent) this.#timer.unref()
  }

  #hurry(): void {
    if (this.#isWorking) this.#wake?.()
    else this.#startWork()
  }

  #startWork(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#isWorking) return
    this.#isWorking = true
    void this.#work()
  }

  /** Opens the store, then writes until nothing is left. Never rejects. */
  async #work(): Promise<void> {
    while (!this.#isClosed && (!this.#isOpen || this.#queue.size > 0)) {
      const error = await this.#step()
      // A store that answers at once must not keep the event loop for a backlog.
      if (error === undefined) await turn()
      else await this.#waitAfter(error)
    }
    this.#isWorking = false
  }

  async #step(): Promise<LedgerError | undefined> {
    try {
      if (this.#isOpen) await this.#writeBatch()
      else await this.#open()
      this.#succeeded()
      return undefined
    } catch (thrown) {
      const error = ledgerErrorOf(thrown)
      this.#failed(error)
      return error
    }
  }

  async #open(): Promise<void> {
    await this.#parts.store.open(this.#parts.timeZone)
    this.#isOpen = true
  }

  async #writeBatch(): Promise<void> {
    const batch = this.#queue.first(this.#parts.policy.batchMax)
    await this.#parts.store.append(batch)
    // Closed meanwhile: they have been told as lost, and may be there all the same.
    if (this.#isClosed) return
    this.#queue.remove(batch.length)
    this.countWritten(batch.length)
  }

  #succeeded(): void {
    // What has been told as lost is not told as written.
    if (this.#isClosed) return
    const failures = this.#failuresInARow
    this.#failuresInARow = 0
    this.#lastError = undefined
    if (failures > 0) this.#parts.listener.up(failures, this.#queue.size)
    if (this.#isOpen) this.#waiters.resolveUpTo(this.#queue.removed)
  }

  #failed(error: LedgerError): void {
    if (this.#isClosed) return
    const isNew = this.#lastError?.code !== error.code
    this.#failures += 1
    this.#failuresInARow += 1
    this.#lastError = error
    this.#parts.listener.failed(error)
    if (isNew) this.#parts.listener.down(error, this.#queue.size)
    // What passes at once is not worth telling a reader; what does not is.
    if (!error.isPassing || this.#failuresInARow > 1) this.#waiters.rejectAll(error)
  }

  #waitAfter(error: LedgerError): Promise<void> {
    if (this.#isClosed) return Promise.resolve()
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer)
        this.#wake = undefined
        resolve()
      }
      const timer = setTimeout(wake, retryDelayMs(error, this.#failuresInARow))
      timer.unref()
      this.#wake = wake
      // Who waits for a flush wants to know now.
      if (this.#waiters.size > 0 && this.#failuresInARow === 1) setImmediate(wake)
    })
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
