import { spanAt } from '../core/calendar.ts'
import type { LedgerRow } from '../core/ledger-row.ts'
import { DIMENSIONS, type Grain, type RollUp, type RollUpQuery } from '../core/ledger-store.ts'
import { addRow, createRollUp, partsOf, sumRollUps, valueOf, type RollUpDraft } from '../ledger/roll-up.ts'

const GRAINS: readonly Grain[] = ['hour', 'day']

/** One hour or day: its roll-ups by value, for each of `DIMENSIONS`. */
interface Span {
  readonly grain: Grain
  readonly startMs: number
  readonly groups: readonly Map<string | undefined, RollUpDraft>[]
}

/**
 * Roll-ups in memory, up to a number. Past it the oldest are forgotten, hours before days: their detail goes first. Of the span
 * that is under way, the dimension with the most values (users, as a rule) forgets those that came first.
 */
export class MemoryRollUps {
  readonly #max: number
  readonly #spans = new Map<string, Span>()
  #size = 0

  constructor(max: number) {
    this.#max = max
  }

  /** Adds a row in place: a delta for each of the two dozen roll-ups that it is in would cost ten times as much. */
  add(row: LedgerRow, timeZone: string): void {
    const parts = partsOf(row)
    const values = DIMENSIONS.map((dimension) => valueOf(row, dimension) || undefined)
    for (const grain of GRAINS) {
      const span = this.#spanOf(grain, spanAt(grain, row.atMs, timeZone).startMs)
      for (let index = 0; index < values.length; index++)
        addRow(this.#rollUpOf(span, index, values[index]), parts)
    }
    while (this.#size > this.#max) this.#forgetSome()
  }

  /** Copies: what is here goes on changing. */
  find({ grain, dimension, fromMs, toMs, values }: RollUpQuery): readonly RollUp[] {
    const spans = [...this.#spans.values()].filter(
      (span) => span.grain === grain && span.startMs >= fromMs && span.startMs < toMs,
    )
    const index = DIMENSIONS.indexOf(dimension)
    const found = spans.flatMap(({ groups }) => [...(groups[index]?.values() ?? [])])
    return found
      .filter(({ value }) => values === undefined || values.includes(value))
      .map((rollUp) => ({ ...rollUp, ...sumRollUps(rollUp.value, [rollUp]) }))
  }

  forgetBefore(grain: Grain, beforeMs: number): void {
    for (const span of this.#spans.values()) {
      if (span.grain === grain && span.startMs < beforeMs) this.#forget(span)
    }
  }

  /** @param index of the dimension */
  #rollUpOf({ grain, startMs, groups }: Span, index: number, value: string | undefined): RollUpDraft {
    const known = groups[index]?.get(value)
    if (known !== undefined) return known
    const rollUp = createRollUp({ grain, dimension: DIMENSIONS[index] ?? 'all', value, startMs })
    groups[index]?.set(value, rollUp)
    this.#size += 1
    return rollUp
  }

  #spanOf(grain: Grain, startMs: number): Span {
    const key = `${grain} ${startMs}`
    const known = this.#spans.get(key)
    if (known !== undefined) return known
    const span = { grain, startMs, groups: DIMENSIONS.map(() => new Map<string | undefined, RollUpDraft>()) }
    this.#spans.set(key, span)
    return span
  }

  #forgetSome(): void {
    const [oldestHour, laterHour] = this.#inOrder('hour')
    const [oldestDay, laterDay] = this.#inOrder('day')
    if (oldestHour !== undefined && laterHour !== undefined) this.#forget(oldestHour)
    else if (oldestDay !== undefined && laterDay !== undefined) this.#forget(oldestDay)
    else this.#forgetValues([oldestHour, oldestDay].filter((span) => span !== undefined))
  }

  #inOrder(grain: Grain): readonly Span[] {
    const spans = [...this.#spans.values()].filter((span) => span.grain === grain)
    return spans.toSorted((one, other) => one.startMs - other.startMs)
  }

  #forget(span: Span): void {
    this.#spans.delete(`${span.grain} ${span.startMs}`)
    for (const group of span.groups) this.#size -= group.size
  }

  /** A tenth of the largest group at a time, so that this is seldom. */
  #forgetValues(spans: readonly Span[]): void {
    const groups = spans.flatMap((span) => span.groups)
    const [largest] = groups.toSorted((one, other) => other.size - one.size)
    if (largest === undefined) return
    const count = Math.ceil(largest.size / 10)
    for (const value of [...largest.keys()].slice(0, count)) largest.delete(value)
    this.#size -= count
  }
}
