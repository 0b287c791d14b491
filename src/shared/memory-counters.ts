import { COUNTER_KEPT_MS, type BudgetCounter, type BudgetStanding } from '../core/budget-store.ts'

/** What a counter stands at. */
export interface MemoryCounter {
  readonly endsAtMs: number
  spentNanoUsd: number
  heldNanoUsd: number
  /** False while it only has what was settled before anybody knew what had been spent. */
  isSeeded: boolean
}

/** How far it looks for a counter that nobody holds anything of. */
const LOOKED_AT_MAX = 100

/**
 * Counters by key, at most so many. Where there is no room for one more, those whose windows have ended go first, then the one
 * that was used longest ago, if possible one that nothing is held of; the store does not know it any more then.
 */
export class MemoryCounters {
  readonly #max: number
  /** In order of use. */
  readonly #counters = new Map<string, MemoryCounter>()
  /** None that is kept has ended before. */
  #soonestEndMs = Number.POSITIVE_INFINITY

  constructor(max: number) {
    this.#max = max
  }

  find(key: string): MemoryCounter | undefined {
    const counter = this.#counters.get(key)
    // The order of use matters only where room may get scarce.
    if (counter === undefined || this.#counters.size * 2 <= this.#max) return counter
    this.#counters.delete(key)
    this.#counters.set(key, counter)
    return counter
  }

  /** @param nowMs wall clock */
  add({ key, endsAtMs }: BudgetCounter, nowMs: number): MemoryCounter {
    this.#makeRoom(nowMs)
    const counter = { endsAtMs, spentNanoUsd: 0, heldNanoUsd: 0, isSeeded: false }
    this.#counters.set(key, counter)
    this.#soonestEndMs = Math.min(this.#soonestEndMs, endsAtMs)
    return counter
  }

  #makeRoom(nowMs: number): void {
    const isFull = (): boolean => this.#counters.size >= this.#max
    const endedMs = isFull() ? nowMs : nowMs - COUNTER_KEPT_MS
    if (this.#soonestEndMs <= endedMs) this.#forgetEnded(endedMs)
    if (isFull()) this.#forgetUnused()
  }

  #forgetEnded(endedMs: number): void {
    this.#soonestEndMs = Number.POSITIVE_INFINITY
    for (const [key, { endsAtMs }] of this.#counters) {
      if (endsAtMs <= endedMs) this.#counters.delete(key)
      else this.#soonestEndMs = Math.min(this.#soonestEndMs, endsAtMs)
    }
  }

  #forgetUnused(): void {
    let looked = 0
    let unused: string | undefined
    for (const [key, { heldNanoUsd }] of this.#counters) {
      unused ??= key
      if (heldNanoUsd === 0) unused = key
      looked += 1
      if (heldNanoUsd === 0 || looked >= LOOKED_AT_MAX) break
    }
    if (unused !== undefined) this.#counters.delete(unused)
  }
}

export function standingOf({ spentNanoUsd, heldNanoUsd }: BudgetStanding): BudgetStanding {
  return { spentNanoUsd, heldNanoUsd }
}
