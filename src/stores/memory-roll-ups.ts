import {
  DIMENSIONS,
  type Dimension,
  type Grain,
  type RollUp,
  type RollUpQuery,
} from '../core/ledger-store.ts'
import { sumRollUps } from '../ledger/roll-up.ts'

type Values = Map<string | undefined, RollUp>

/** One hour or day. */
interface Span {
  readonly grain: Grain
  readonly startMs: number
  readonly byDimension: Readonly<Record<Dimension, Values>>
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

  get size(): number {
    return this.#size
  }

  add(deltas: readonly RollUp[]): void {
    for (const delta of deltas) {
      const values = this.#spanOf(delta).byDimension[delta.dimension]
      const known = values.get(delta.value)
      if (known === undefined) this.#size += 1
      values.set(
        delta.value,
        known === undefined ? delta : { ...delta, ...sumRollUps(delta.value, [known, delta]) },
      )
    }
    while (this.#size > this.#max) this.#forgetSome()
  }

  find({ grain, dimension, fromMs, toMs, values }: RollUpQuery): readonly RollUp[] {
    const spans = [...this.#spans.values()].filter(
      (span) => span.grain === grain && span.startMs >= fromMs && span.startMs < toMs,
    )
    const found = spans.flatMap(({ byDimension }) => [...byDimension[dimension].values()])
    return values === undefined ? found : found.filter(({ value }) => values.includes(value))
  }

  forgetBefore(grain: Grain, beforeMs: number): void {
    for (const span of this.#spans.values()) {
      if (span.grain === grain && span.startMs < beforeMs) this.#forget(span)
    }
  }

  #spanOf({ grain, startMs }: RollUp): Span {
    const key = `${grain} ${startMs}`
    const known = this.#spans.get(key)
    if (known !== undefined) return known
    const byDimension = Object.fromEntries(DIMENSIONS.map((dimension) => [dimension, new Map()]))
    const span = { grain, startMs, byDimension } as Span
    this.#spans.set(key, span)
    return span
  }

  #forgetSome(): void {
    const [oldestHour, secondHour] = this.#oldest('hour')
    const [oldestDay, secondDay] = this.#oldest('day')
    if (oldestHour !== undefined && secondHour !== undefined) this.#forget(oldestHour)
    else if (oldestDay !== undefined && secondDay !== undefined) this.#forget(oldestDay)
    else this.#forgetValues([oldestHour, oldestDay].filter((span) => span !== undefined))
  }

  #oldest(grain: Grain): readonly Span[] {
    const spans = [...this.#spans.values()].filter((span) => span.grain === grain)
    return spans.toSorted((one, other) => one.startMs - other.startMs)
  }

  #forget(span: Span): void {
    this.#spans.delete(`${span.grain} ${span.startMs}`)
    for (const values of Object.values(span.byDimension)) this.#size -= values.size
  }

  /** A tenth of the largest dimension at a time, so that this is seldom. */
  #forgetValues(spans: readonly Span[]): void {
    const dimensions = spans.flatMap(({ byDimension }) => Object.values(byDimension))
    const [largest] = dimensions.toSorted((one, other) => other.size - one.size)
    if (largest === undefined) return
    const count = Math.ceil(largest.size / 10)
    for (const value of [...largest.keys()].slice(0, count)) largest.delete(value)
    this.#size -= count
  }
}
