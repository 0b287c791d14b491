import { COUNTER_KEPT_MS, type BudgetCounter, type BudgetStanding } from '../core/budget-store.ts'
import type { Clock } from '../core/clock.ts'

/** What a counter stands at. */
export interface MemoryCounter {
  readonly endsAtMs: number
  spentNanoUsd: number
  heldNanoUsd: number
  /** False while it only has what was settled before anybody knew what had been spent. */
  isSeeded: boolean
}

/**
 * Counters by key, at most so many. Where there is no room for one more, those whose windows have ended go first; then those that
 * have not been used for longest, a part of them at once, unless something is held of them. The store does not know them any more
 * then.
 *
 * Not one map in order of use: moving the same keys to its end again and again makes a Map of V8 look through all the places that
 * they have had (30 µs and more).
 */
export class MemoryCounters {
  readonly #clock: Clock
  /** Of each of the two maps. */
  readonly #max: number
  #recent = new Map<string, MemoryCounter>()
  /** Those that were recent before; the ones that have been used since are recent, too. */
  #older = new Map<string, MemoryCounter>()
  /** None that is kept has ended before. */
  #soonestEndMs = Number.POSITIVE_INFINITY

  constructor(clock: Clock, max: number) {
    this.#clock = clock
    this.#max = Math.max(1, Math.floor(max / 2))
  }

  find(key: string): MemoryCounter | undefined {
    const recent = this.#recent.get(key)
    if (recent !== undefined) return recent
    const older = this.#older.get(key)
    if (older !== undefined) this.#put(key, older)
    return older
  }

  findOrAdd({ key, endsAtMs }: BudgetCounter): MemoryCounter {
    const known = this.find(key)
    if (known !== undefined) return known
    const endedMs = this.#clock.now() - COUNTER_KEPT_MS
    if (this.#soonestEndMs <= endedMs) this.#forgetEnded(endedMs)
    const counter = { endsAtMs, spentNanoUsd: 0, heldNanoUsd: 0, isSeeded: false }
    this.#put(key, counter)
    this.#soonestEndMs = Math.min(this.#soonestEndMs, endsAtMs)
    return counter
  }

  #put(key: string, counter: MemoryCounter): void {
    const isFull = (): boolean => this.#recent.size >= this.#max
    const nowMs = this.#clock.now()
    if (isFull() && this.#soonestEndMs <= nowMs) this.#forgetEnded(nowMs)
    if (isFull()) this.#forgetUnused()
    this.#recent.set(key, counter)
  }

  #forgetEnded(endedMs: number): void {
    this.#soonestEndMs = Number.POSITIVE_INFINITY
    for (const counters of [this.#recent, this.#older]) {
      for (const [key, { endsAtMs }] of counters) {
        if (endsAtMs <= endedMs) counters.delete(key)
        else this.#soonestEndMs = Math.min(this.#soonestEndMs, endsAtMs)
      }
    }
  }

  #forgetUnused(): void {
    const kept = new Map<string, MemoryCounter>()
    for (const [key, counter] of this.#older) {
      // Room is left for those that are asked for.
      if (kept.size * 2 >= this.#max) break
      if (counter.heldNanoUsd > 0 && !this.#recent.has(key)) kept.set(key, counter)
    }
    this.#older = this.#recent
    this.#recent = kept
  }
}

export function standingOf({ spentNanoUsd, heldNanoUsd }: BudgetStanding): BudgetStanding {
  return { spentNanoUsd, heldNanoUsd }
}
