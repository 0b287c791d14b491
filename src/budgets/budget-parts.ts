import type { StoreFailure } from '../core/bounded-operation.ts'
import type { BudgetEvent } from '../core/budget.ts'
import type { Clock } from '../core/clock.ts'
import type { BudgetBook } from './budget-book.ts'
import type { BudgetLink } from './budget-link.ts'
import type { ExpectedSpend } from './expected-spend.ts'
import type { Reserving } from './reserving.ts'
import type { Seeds } from './seeds.ts'

/** Who is told of budgets. None of these may throw. */
export interface BudgetListener {
  event(event: BudgetEvent): void
  /** A call was refused for it, or would have been. */
  rejected(budget: string, isDryRun: boolean): void
  /** An attempt has cost more than was reserved for it. */
  overshot(budget: string, nanoUsd: number): void
  /** An attempt at a target with a price has ended, and nobody knows what it has cost. */
  unpriced(budget: string): void
  storeFailed(failure: StoreFailure): void
  storeChanged(isUp: boolean, failure: StoreFailure | undefined): void
  /** Settlements that no counter has heard of. */
  lost(count: number): void
  /** The ledger did not say what had been spent before. */
  seedFailed(word: string): void
}

/** What the budgets of calls share. */
export interface BudgetParts {
  /** Best first. */
  readonly tiers: readonly string[]
  readonly clock: Clock
  readonly listener: BudgetListener
  readonly link: BudgetLink
  readonly seeds: Seeds
  readonly book: BudgetBook
  readonly reserving: Reserving
  readonly spend: ExpectedSpend
}
