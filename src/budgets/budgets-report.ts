import type { BudgetReport, BudgetsReport } from '../core/costs.ts'
import type { BudgetStanding } from '../core/budget-store.ts'
import { toUsd } from '../core/money.ts'
import type { BookEntry } from './budget-book.ts'
import { shareOf, stateAt } from './budget-state.ts'
import type { BudgetParts } from './budget-parts.ts'

/** So many are told; there may be one for each user. */
const REPORTED_MAX = 100

/** The fullest that this process has had to do with, as their store has them at this moment. */
export async function reportOf({ book, link, clock }: BudgetParts): Promise<BudgetsReport> {
  const entries = book.current(clock.now())
  const fullest = entries
    .toSorted((one, other) => shareOfEntry(other) - shareOfEntry(one))
    .slice(0, REPORTED_MAX)
  const standings = (await link.read(fullest.map(({ budget }) => budget))) ?? []
  const budgets = fullest.map((entry, index) => budgetReport(entry, standings[index] ?? entry.standing))
  return {
    budgets: budgets.toSorted((one, other) => other.share - one.share),
    isCut: entries.length > fullest.length,
  }
}

function shareOfEntry({ budget, standing }: BookEntry): number {
  return shareOf(standing.spentNanoUsd, budget.limitNanoUsd)
}

function budgetReport({ budget }: BookEntry, standing: BudgetStanding): BudgetReport {
  const { policy, value, limitNanoUsd, startsAtMs, endsAtMs } = budget
  const share = shareOf(standing.spentNanoUsd, limitNanoUsd)
  return {
    budget: policy.name,
    per: policy.per,
    value: value ?? null,
    window: policy.window,
    timeZone: policy.timeZone,
    startsAt: new Date(startsAtMs).toISOString(),
    endsAt: new Date(endsAtMs).toISOString(),
    limitUsd: toUsd(limitNanoUsd),
    spentUsd: toUsd(standing.spentNanoUsd),
    heldUsd: toUsd(standing.heldNanoUsd),
    share,
    state: stateAt(policy, share),
    isDryRun: policy.isDryRun,
  }
}
