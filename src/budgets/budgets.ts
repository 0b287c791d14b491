/** Nobody spends more than they may: the budgets of one router. */
import type { BudgetPolicy } from '../core/budget.ts'
import type { BudgetStore } from '../core/budget-store.ts'
import type { Caller } from '../core/caller.ts'
import type { Clock } from '../core/clock.ts'
import type { BudgetsReport } from '../core/costs.ts'
import { BudgetBook } from './budget-book.ts'
import { BudgetLink } from './budget-link.ts'
import type { BudgetListener, BudgetParts } from './budget-parts.ts'
import { shareOf } from './budget-state.ts'
import { reportOf } from './budgets-report.ts'
import { CallBudgets } from './call-budgets.ts'
import { ExpectedSpend } from './expected-spend.ts'
import { limitedPolicies } from './limits-of-caller.ts'
import type { RequestPurse } from './request-purse.ts'
import { Reserving } from './reserving.ts'
import { Seeds, type SpentBefore } from './seeds.ts'

export interface BudgetsOptions {
  readonly policies: readonly BudgetPolicy[]
  /** Best first. */
  readonly tiers: readonly string[]
  readonly store: BudgetStore
  readonly spentBefore: SpentBefore
  readonly clock: Clock
  readonly listener: BudgetListener
}

/** Whom a call is for, and where it is made. */
export interface AccountHolder {
  readonly caller: Caller
  readonly route: string | undefined
  /** The router's own call, which answers nobody: it counts for tiers, providers and all. */
  readonly isOverhead: boolean
  /** Of the HTTP request that makes it, where that has a ceiling. */
  readonly purse: RequestPurse | undefined
}

export interface Budgets {
  /**
   * Undefined where no limit applies to the call.
   *
   * @throws LlmError `internal` when a limit of the app's own cannot be told
   */
  of(holder: AccountHolder): CallBudgets | undefined
  report(): Promise<BudgetsReport>
  /** How full the fullest counter of each budget is, as far as this process knows. */
  utilization(): readonly { readonly budget: string; readonly share: number }[]
  close(): Promise<void>
}

export function createBudgets(options: BudgetsOptions): Budgets {
  const { policies, clock, listener } = options
  const parts = createParts(options)
  return {
    of({ caller, route, isOverhead, purse }) {
      const limited = limitedPolicies(policies, caller, isOverhead)
      if (limited.length === 0 && purse === undefined) return undefined
      const { user, tenant, feature } = caller
      return new CallBudgets(parts, { limited, subject: { user, tenant, feature, route }, purse })
    },
    report: () => reportOf(parts),
    utilization() {
      const shares = new Map<string, number>()
      for (const { budget, standing } of parts.book.current(clock.now())) {
        const { name } = budget.policy
        const share = shareOf(standing.spentNanoUsd, budget.limitNanoUsd)
        shares.set(name, Math.max(shares.get(name) ?? 0, share))
      }
      return [...shares].map(([budget, share]) => ({ budget, share }))
    },
    close: () => parts.link.close(),
  }

  function createParts({ store, spentBefore, tiers }: BudgetsOptions): BudgetParts {
    const link = new BudgetLink({
      store,
      onFailure: (failure) => listener.storeFailed(failure),
      onChange: (isUp, failure) => listener.storeChanged(isUp, failure),
      onLost: (count) => listener.lost(count),
    })
    const seeds = new Seeds({ link, spentBefore, clock, onFailure: (word) => listener.seedFailed(word) })
    const book = new BudgetBook((event) => listener.event(event))
    const reserving = new Reserving({ link, seeds, book, clock })
    return { link, seeds, book, reserving, spend: new ExpectedSpend(), tiers, clock, listener }
  }
}
