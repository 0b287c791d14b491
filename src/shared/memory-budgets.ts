import {
  COUNTER_MAX_NANO_USD,
  type BudgetClaim,
  type BudgetCounter,
  type BudgetStanding,
  type BudgetStore,
  type ReserveReply,
  type ReserveRequest,
  type SettleRequest,
} from '../core/budget-store.ts'
import type { Clock } from '../core/clock.ts'
import { MemoryCounters, standingOf, type MemoryCounter } from './memory-counters.ts'
import { RecentIds } from './recent-ids.ts'

/** What it keeps at most. */
export interface MemoryBudgetBounds {
  /** Counters: one for each budget, each of its keys (a user, a route) and window. @default 100_000 */
  readonly countersMax: number
  /** Reservations at a time; the oldest end where there are more. @default 100_000 */
  readonly reservationsMax: number
  /** Ids that it knows to be settled; at least half as many. @default 20_000 */
  readonly settledMax: number
}

const BOUNDS: MemoryBudgetBounds = { countersMax: 100_000, reservationsMax: 100_000, settledMax: 20_000 }

/** Budgets of one process. Everything it is asked it answers at once: nothing it returns is a promise. */
export function createMemoryBudgets(clock: Clock, bounds: Partial<MemoryBudgetBounds> = {}): MemoryBudgets {
  return new MemoryBudgets(clock, { ...BOUNDS, ...bounds })
}

interface Claimed {
  readonly counter: MemoryCounter
  readonly claim: BudgetClaim
}

interface Hold {
  readonly counter: MemoryCounter
  readonly nanoUsd: number
}

interface Reservation {
  readonly holds: readonly Hold[]
  /** Monotonic. */
  readonly endsMs: number
}

export class MemoryBudgets implements BudgetStore {
  readonly name = 'memory'
  readonly timeoutMs = 1_000
  readonly onStoreError = 'allow'
  readonly isShared = false
  readonly #clock: Clock
  readonly #reservationsMax: number
  readonly #counters: MemoryCounters
  /** By id, the oldest first. */
  readonly #reservations = new Map<string, Reservation>()
  readonly #settled: RecentIds
  /** No reservation ends before. */
  #soonestEndMs = Number.POSITIVE_INFINITY

  constructor(clock: Clock, bounds: MemoryBudgetBounds) {
    this.#clock = clock
    this.#reservationsMax = bounds.reservationsMax
    this.#counters = new MemoryCounters(clock, bounds.countersMax)
    this.#settled = new RecentIds(bounds.settledMax)
  }

  reserve({ id, claims, ttlMs }: ReserveRequest): ReserveReply {
    const nowMs = this.#releaseEnded()
    const unknown: string[] = []
    const claimed: Claimed[] = []
    for (const claim of claims) {
      const counter = this.#counters.find(claim.key)
      if (counter?.isSeeded === true) claimed.push({ counter, claim })
      else unknown.push(claim.key)
    }
    if (unknown.length > 0) return { outcome: 'unknown', unknown }
    const isRepeated = this.#reservations.has(id) || this.#settled.has(id)
    const isRefused = !isRepeated && claimed.some(doesNotFit)
    if (!isRepeated && !isRefused) this.#hold(id, claimed, nowMs + ttlMs)
    const standings = claimed.map(({ counter }) => standingOf(counter))
    return { outcome: isRefused ? 'refused' : 'reserved', standings }
  }

  settle({ id, entries }: SettleRequest): readonly BudgetStanding[] {
    this.#releaseEnded()
    const isFirst = this.#isFirst(id)
    return entries.map((entry) => {
      const counter = this.#counters.findOrAdd(entry)
      if (isFirst)
        counter.spentNanoUsd = Math.min(COUNTER_MAX_NANO_USD, counter.spentNanoUsd + entry.spentNanoUsd)
      return standingOf(counter)
    })
  }

  read(counters: readonly BudgetCounter[]): readonly (BudgetStanding | undefined)[] {
    this.#releaseEnded()
    return counters.map(({ key }) => {
      const counter = this.#counters.find(key)
      return counter?.isSeeded === true ? standingOf(counter) : undefined
    })
  }

  seed(counter: BudgetCounter, spentNanoUsd: number): void {
    const known = this.#counters.findOrAdd(counter)
    if (known.isSeeded) return
    known.isSeeded = true
    known.spentNanoUsd = Math.max(known.spentNanoUsd, spentNanoUsd)
  }

  close(): void {
    // Nothing runs, and others may share it.
  }

  #hold(id: string, claimed: readonly Claimed[], endsMs: number): void {
    const holds: Hold[] = []
    for (const { counter, claim } of claimed) {
      const nanoUsd = Math.min(claim.amountNanoUsd, COUNTER_MAX_NANO_USD - counter.heldNanoUsd)
      if (nanoUsd === 0) continue
      counter.heldNanoUsd += nanoUsd
      holds.push({ counter, nanoUsd })
    }
    if (holds.length === 0) return
    if (this.#reservations.size >= this.#reservationsMax) this.#releaseOldest()
    this.#reservations.set(id, { holds, endsMs })
    this.#soonestEndMs = Math.min(this.#soonestEndMs, endsMs)
  }

  /** Ends the reservation, unless that has been done. */
  #isFirst(id: string): boolean {
    if (this.#settled.has(id)) return false
    this.#release(id)
    this.#settled.add(id)
    return true
  }

  #release(id: string): void {
    const reservation = this.#reservations.get(id)
    if (reservation === undefined) return
    this.#reservations.delete(id)
    for (const { counter, nanoUsd } of reservation.holds) counter.heldNanoUsd -= nanoUsd
  }

  /** A part at once: it takes a Map long to find its first entry when many before that are gone. */
  #releaseOldest(): void {
    let left = Math.ceil(this.#reservationsMax / 16)
    for (const id of this.#reservations.keys()) {
      this.#release(id)
      left -= 1
      if (left === 0) return
    }
  }

  /** @returns the monotonic time */
  #releaseEnded(): number {
    const nowMs = this.#clock.monotonic()
    if (this.#soonestEndMs > nowMs) return nowMs
    this.#soonestEndMs = Number.POSITIVE_INFINITY
    for (const [id, { endsMs }] of this.#reservations) {
      if (endsMs <= nowMs) this.#release(id)
      else this.#soonestEndMs = Math.min(this.#soonestEndMs, endsMs)
    }
    return nowMs
  }
}

function doesNotFit({ counter, claim }: Claimed): boolean {
  const { amountNanoUsd, limitNanoUsd, isEnforced } = claim
  if (!isEnforced || amountNanoUsd === 0) return false
  return counter.spentNanoUsd + counter.heldNanoUsd + amountNanoUsd > limitNanoUsd
}
