/**
 * Where budgets are counted: the seam between budgets and their stores (memory, Redis, PostgreSQL). One conformance suite holds
 * all of them to what is said here. Each operation is atomic; one may fail or hang, and who asks waits no longer than
 * `timeoutMs`.
 */

/** One counter: what one key may spend until a moment. Its key names the window, so that a new window is a new key. */
export interface BudgetCounter {
  readonly key: string
  /** When its window ends, ms since the epoch: it may be forgotten a day later. */
  readonly endsAtMs: number
}

export interface BudgetClaim extends BudgetCounter {
  readonly limitNanoUsd: number
  readonly amountNanoUsd: number
  /** False: it is counted, and refuses nobody. */
  readonly isEnforced: boolean
}

export interface BudgetStanding {
  readonly spentNanoUsd: number
  /** Reserved and not settled. */
  readonly heldNanoUsd: number
}

export interface ReserveRequest {
  /** Unique; the same in `settle`. */
  readonly id: string
  readonly claims: readonly BudgetClaim[]
  /** A reservation that nobody settles ends by itself after this: its process has died. */
  readonly ttlMs: number
}

/**
 * A claim fits where `spent + held + amount ≤ limit`, and always where its amount is 0. Only when all enforced claims fit, all
 * are reserved. A counter that the store does not know refuses nobody and reserves nothing: it has to be seeded first.
 */
export type ReserveReply =
  | { readonly outcome: 'reserved'; readonly standings: readonly BudgetStanding[] }
  | { readonly outcome: 'refused'; readonly standings: readonly BudgetStanding[] }
  | { readonly outcome: 'unknown'; readonly unknown: readonly string[] }

export interface SettleRequest {
  readonly id: string
  /** What each counter really spent, whether or not anything was reserved. */
  readonly entries: readonly (BudgetCounter & { readonly spentNanoUsd: number })[]
}

export type Eventual<T> = T | Promise<T>

export interface BudgetStore {
  /** For people: `memory`, `redis`, `postgres`. */
  readonly name: string
  readonly timeoutMs: number
  /** What becomes of calls while no operation succeeds. */
  readonly onStoreError: 'allow' | 'deny'
  /** Several processes use it. */
  readonly isShared: boolean
  reserve(request: ReserveRequest): Eventual<ReserveReply>
  /**
   * Ends the reservation and adds what was spent. Once: the same id again changes nothing. Also where the reservation has ended
   * by itself, or never was.
   */
  settle(request: SettleRequest): Eventual<readonly BudgetStanding[]>
  /** Undefined for each that the store does not know. */
  read(counters: readonly BudgetCounter[]): Eventual<readonly (BudgetStanding | undefined)[]>
  /** What had been spent before the store knew the counter; where it knows it by now, this changes nothing. */
  seed(counter: BudgetCounter, spentNanoUsd: number): Eventual<void>
  close(): Eventual<void>
}
