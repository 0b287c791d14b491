/**
 * Where budgets are counted: the seam between budgets and their stores (memory, Redis, PostgreSQL). One conformance suite holds
 * all of them to what is said here. Each operation is atomic; one may fail or hang, and who asks waits no longer than
 * `timeoutMs`.
 */

/** Neither what is spent nor what is held counts further than this: nine million dollars in one window. */
export const COUNTER_MAX_NANO_USD = Number.MAX_SAFE_INTEGER

/**
 * How long a shared store knows at least that an id has been settled, ms: who tries again after that counts twice. In memory,
 * where no answer is lost, it is the last few thousand ids.
 */
export const SETTLED_KEPT_MS = 600_000

/** How long after its window's end a counter is kept, ms: a settlement may come late. */
export const COUNTER_KEPT_MS = 86_400_000

/** One counter: what one key may spend until a moment. Its key names the window, so that a new window is a new key. */
export interface BudgetCounter {
  readonly key: string
  /** When its window ends, ms since the epoch: it may be forgotten a day later. */
  readonly endsAtMs: number
}

export interface BudgetClaim extends BudgetCounter {
  readonly limitNanoUsd: number
  /** Whole, at least 0, at most `COUNTER_MAX_NANO_USD`, as all amounts here. */
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
  /** Unique; the same in `settle`, and when the same claims are tried again. */
  readonly id: string
  /** No key twice. */
  readonly claims: readonly BudgetClaim[]
  /** A reservation that nobody settles ends by itself after this: its process has died. */
  readonly ttlMs: number
}

/**
 * A claim fits where `spent + held + amount ≤ limit`, and always where its amount is 0. Only when all enforced claims fit, all
 * are reserved. A counter that the store does not know refuses nobody and reserves nothing: it has to be seeded first. An id
 * that is reserved already, or settled, is `reserved` again and changes nothing. Standings are those after it, by claim.
 */
export type ReserveReply =
  | { readonly outcome: 'reserved'; readonly standings: readonly BudgetStanding[] }
  | { readonly outcome: 'refused'; readonly standings: readonly BudgetStanding[] }
  | { readonly outcome: 'unknown'; readonly unknown: readonly string[] }

export interface SettleRequest {
  readonly id: string
  /**
   * What each counter really spent, whether or not anything was reserved; 0 for one that was claimed and spent nothing: what is
   * not named here may stay held until the reservation's end. No key twice.
   */
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
   * by itself, or never was. What is added to a counter that the store does not know is kept for when it is seeded.
   *
   * @returns standings after it, by entry
   */
  settle(request: SettleRequest): Eventual<readonly BudgetStanding[]>
  /** Undefined for each that the store does not know. */
  read(counters: readonly BudgetCounter[]): Eventual<readonly (BudgetStanding | undefined)[]>
  /**
   * What is known, from elsewhere, to have been spent of it so far; where the store knows the counter by now, this changes
   * nothing. What was settled in the meantime is taken to be in there: of the two the larger counts, never both.
   */
  seed(counter: BudgetCounter, spentNanoUsd: number): Eventual<void>
  close(): Eventual<void>
}
