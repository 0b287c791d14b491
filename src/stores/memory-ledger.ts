import type { LedgerRow } from '../core/ledger-row.ts'
import { LedgerError } from '../core/ledger-error.ts'
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
import { sumRollUps } from '../ledger/roll-up.ts'
import { readMemoryLedgerOptions, type MemoryLedgerOptions } from './memory-ledger-options.ts'
import { MemoryRollUps } from './memory-roll-ups.ts'
import { byAttempt, isAfter, isCallBefore, matches, newestFirst, oldestFirst } from './memory-queries.ts'

/**
 * A ledger in memory, with an end: the last rows, and the sums of all. Gone when its router is closed.
 *
 * @throws LlmError `config_invalid` for a wrong option
 */
export function memoryLedger(options: MemoryLedgerOptions = {}): LedgerStore {
  return new MemoryLedger(readMemoryLedgerOptions(options))
}

class MemoryLedger implements LedgerStore {
  readonly name = 'memory'
  readonly isPersistent = false
  readonly #rowsMax: number
  readonly #rollUps: MemoryRollUps
  /** In the order in which they came. */
  readonly #calls = new Map<string, LedgerRow[]>()
  #rowCount = 0
  #timeZone = 'UTC'
  #isClosed = false

  constructor({ rowsMax, sumsMax }: Required<MemoryLedgerOptions>) {
    this.#rowsMax = rowsMax
    this.#rollUps = new MemoryRollUps(sumsMax)
  }

  open(timeZone: string): Promise<void> {
    this.#timeZone = timeZone
    return Promise.resolve()
  }

  append(rows: readonly LedgerRow[]): Promise<void> {
    return this.#answer(() => {
      for (const row of rows) if (this.#keep(row)) this.#rollUps.add(row, this.#timeZone)
      // Whole calls, so that what is left of one is never taken for all of it.
      for (const callId of this.#calls.keys()) {
        if (this.#rowCount <= this.#rowsMax) break
        this.#forget(callId, [])
      }
    })
  }

  rollUps(query: RollUpQuery): Promise<readonly RollUp[]> {
    return this.#answer(() => this.#rollUps.find(query))
  }

  totals({ dimension, spans, limit }: TotalsQuery): Promise<readonly GroupTotal[]> {
    return this.#answer(() => {
      const rollUps = spans.flatMap((span) => this.#rollUps.find({ ...span, dimension }))
      const groups = [...Map.groupBy(rollUps, ({ value }) => value)]
      const totals = groups.map(([value, ofGroup]) => sumRollUps(value, ofGroup))
      return totals.toSorted(dearestFirst).slice(0, limit)
    })
  }

  calls({ before, limit, ...filter }: CallQuery): Promise<LedgerCalls> {
    return this.#answer(() => {
      const calls = [...this.#calls.values()].map(byAttempt)
      const found = calls.filter((rows) => isCallBefore(rows, before) && matches(rows, filter))
      return found.toSorted(newestFirst).slice(0, limit)
    })
  }

  call(callId: string): Promise<readonly LedgerRow[]> {
    return this.#answer(() => byAttempt(this.#calls.get(callId) ?? []))
  }

  rows({ fromMs, toMs, after, limit }: RowQuery): Promise<readonly LedgerRow[]> {
    return this.#answer(() => {
      const found = this.#allRows().filter(
        (row) => row.atMs >= fromMs && row.atMs < toMs && (after === undefined || isAfter(row, after)),
      )
      return found.toSorted(oldestFirst).slice(0, limit)
    })
  }

  prune({ rowsBeforeMs, hoursBeforeMs, daysBeforeMs }: PruneBounds): Promise<number> {
    return this.#answer(() => {
      const before = this.#rowCount
      if (rowsBeforeMs !== undefined) this.#forgetBefore(rowsBeforeMs)
      if (hoursBeforeMs !== undefined) this.#rollUps.forgetBefore('hour', hoursBeforeMs)
      if (daysBeforeMs !== undefined) this.#rollUps.forgetBefore('day', daysBeforeMs)
      return before - this.#rowCount
    })
  }

  close(): Promise<void> {
    this.#isClosed = true
    return Promise.resolve()
  }

  #answer<T>(read: () => T): Promise<T> {
    if (this.#isClosed)
      return Promise.reject(new LedgerError('ledger_closed', 'the ledger in memory is closed'))
    return Promise.resolve(read())
  }

  /** @returns false where it is there already */
  #keep(row: LedgerRow): boolean {
    const known = this.#calls.get(row.callId)
    if (known === undefined) this.#calls.set(row.callId, [row])
    else if (known.some(({ id }) => id === row.id)) return false
    else known.push(row)
    this.#rowCount += 1
    return true
  }

  #forgetBefore(beforeMs: number): void {
    for (const [callId, rows] of this.#calls) {
      if (rows.some(({ atMs }) => atMs < beforeMs))
        this.#forget(
          callId,
          rows.filter(({ atMs }) => atMs >= beforeMs),
        )
    }
  }

  #forget(callId: string, left: LedgerRow[]): void {
    this.#rowCount += left.length - (this.#calls.get(callId)?.length ?? 0)
    if (left.length === 0) this.#calls.delete(callId)
    else this.#calls.set(callId, left)
  }

  #allRows(): readonly LedgerRow[] {
    return [...this.#calls.values()].flat()
  }
}

/** Of the equally dear those with more calls. */
function dearestFirst({ sums: one }: GroupTotal, { sums: other }: GroupTotal): number {
  return other.costNanoUsd - one.costNanoUsd || other.calls - one.calls
}
