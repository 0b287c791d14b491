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
import { rollUp, sumRollUps } from '../ledger/roll-up.ts'
import { readMemoryLedgerOptions, type MemoryLedgerOptions } from './memory-ledger-options.ts'
import { MemoryRollUps } from './memory-roll-ups.ts'
import { byAttempt, isAfter, isCallBefore, matches, newestFirst, oldestFirst } from './memory-queries.ts'

/**
 * A ledger in memory, with an end: the last rows, and the sums of all. Gone with the process; readable after `router.close()`.
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
  /** By id, in the order in which they came. */
  readonly #rows = new Map<string, LedgerRow>()
  readonly #calls = new Map<string, LedgerRow[]>()
  #timeZone = 'UTC'

  constructor({ rowsMax, sumsMax }: Required<MemoryLedgerOptions>) {
    this.#rowsMax = rowsMax
    this.#rollUps = new MemoryRollUps(sumsMax)
  }

  open(timeZone: string): Promise<void> {
    this.#timeZone = timeZone
    return Promise.resolve()
  }

  append(rows: readonly LedgerRow[]): Promise<void> {
    const added: LedgerRow[] = []
    for (const row of rows) {
      if (this.#rows.has(row.id)) continue
      this.#rows.set(row.id, row)
      const known = this.#calls.get(row.callId)
      if (known === undefined) this.#calls.set(row.callId, [row])
      else known.push(row)
      added.push(row)
    }
    this.#rollUps.add(rollUp(added, this.#timeZone))
    // Whole calls, so that what is left of one is never taken for all of it.
    for (const [callId, ofCall] of this.#calls) {
      if (this.#rows.size <= this.#rowsMax) break
      for (const { id } of ofCall) this.#rows.delete(id)
      this.#calls.delete(callId)
    }
    return Promise.resolve()
  }

  rollUps(query: RollUpQuery): Promise<readonly RollUp[]> {
    return Promise.resolve(this.#rollUps.find(query))
  }

  totals({ dimension, spans, limit }: TotalsQuery): Promise<readonly GroupTotal[]> {
    const rollUps = spans.flatMap((span) => this.#rollUps.find({ ...span, dimension }))
    const groups = [...Map.groupBy(rollUps, ({ value }) => value)]
    const totals = groups.map(([value, ofGroup]) => sumRollUps(value, ofGroup))
    return Promise.resolve(totals.toSorted(dearestFirst).slice(0, limit))
  }

  calls({ before, limit, ...filter }: CallQuery): Promise<LedgerCalls> {
    const calls = [...this.#calls.values()].map(byAttempt)
    const found = calls.filter((rows) => isCallBefore(rows, before) && matches(rows, filter))
    return Promise.resolve(found.toSorted(newestFirst).slice(0, limit))
  }

  call(callId: string): Promise<readonly LedgerRow[]> {
    return Promise.resolve(byAttempt(this.#calls.get(callId) ?? []))
  }

  rows({ fromMs, toMs, after, limit }: RowQuery): Promise<readonly LedgerRow[]> {
    const found = [...this.#rows.values()].filter(
      (row) => row.atMs >= fromMs && row.atMs < toMs && (after === undefined || isAfter(row, after)),
    )
    return Promise.resolve(found.toSorted(oldestFirst).slice(0, limit))
  }

  prune({ rowsBeforeMs, hoursBeforeMs, daysBeforeMs }: PruneBounds): Promise<number> {
    const old = [...this.#rows.values()].filter(
      ({ atMs }) => atMs < (rowsBeforeMs ?? Number.NEGATIVE_INFINITY),
    )
    for (const row of old) this.#forget(row)
    if (hoursBeforeMs !== undefined) this.#rollUps.forgetBefore('hour', hoursBeforeMs)
    if (daysBeforeMs !== undefined) this.#rollUps.forgetBefore('day', daysBeforeMs)
    return Promise.resolve(old.length)
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  #forget({ id, callId }: LedgerRow): void {
    this.#rows.delete(id)
    const left = (this.#calls.get(callId) ?? []).filter((row) => row.id !== id)
    if (left.length === 0) this.#calls.delete(callId)
    else this.#calls.set(callId, left)
  }
}

/** Of the equally dear those with more calls. */
function dearestFirst({ sums: one }: GroupTotal, { sums: other }: GroupTotal): number {
  return other.costNanoUsd - one.costNanoUsd || other.calls - one.calls
}
