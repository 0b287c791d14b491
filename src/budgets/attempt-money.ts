import type { AppliedBudget } from '../core/budget.ts'
import type { AttemptRecord } from '../core/attempt-record.ts'

/** Money that one attempt may spend. Settled or released once; what comes after that changes nothing. */
export interface AttemptMoney {
  /** The attempt has ended, and this is what it has cost. */
  settle(record: Pick<AttemptRecord, 'target' | 'outcome' | 'cost' | 'usage'>): void
  /** There was no attempt after all. */
  release(): void
}

/** Of a call that no budget applies to. */
export const NO_MONEY: AttemptMoney = { settle: () => undefined, release: () => undefined }

/** Why there is no money for an attempt. */
export interface BudgetRefusal {
  readonly why: 'budget'
  readonly detail: string
  /** When there may be some again, ms from now; undefined where that is never. */
  readonly availableInMs: number | undefined
  readonly cause: RefusalCause
}

export type RefusalCause =
  | {
      readonly by: 'budget'
      readonly budget: AppliedBudget
      readonly spentNanoUsd: number
      readonly heldNanoUsd: number
      readonly amountNanoUsd: number
      /** It is not spent, and others hold it. */
      readonly isHeld: boolean
    }
  | {
      readonly by: 'request'
      readonly limitNanoUsd: number
      readonly spentNanoUsd: number
      readonly heldNanoUsd: number
      readonly amountNanoUsd: number
      readonly isHeld: boolean
    }
  /** The store of the budgets does not answer, and without it nothing is allowed. */
  | { readonly by: 'store'; readonly store: string }
