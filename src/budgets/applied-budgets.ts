import type { AppliedBudget, BudgetPer, BudgetPolicy } from '../core/budget.ts'
import { spanAt } from '../core/calendar.ts'

/** Whom a call is for and where it is made; undefined where it has none. */
export type BudgetSubject = Readonly<
  Record<Exclude<BudgetPer, 'all' | 'tier' | 'provider'>, string | undefined>
>

/** What only the plan, and the choice of a target, decide. */
export interface BudgetPlace {
  readonly tier: string | undefined
  readonly provider: string | undefined
}

/** A budget and what it allows this caller. */
export interface LimitedPolicy {
  readonly policy: BudgetPolicy
  readonly limitNanoUsd: number
}

/** The counters that a call, or an attempt of it, is charged to at that moment. */
export function appliedBudgets(
  limited: readonly LimitedPolicy[],
  where: BudgetSubject & BudgetPlace,
  nowMs: number,
): readonly AppliedBudget[] {
  return limited.map(({ policy, limitNanoUsd }) => {
    const value = policy.per === 'all' ? undefined : where[policy.per]
    const subject = subjectOf(policy, value)
    const { startMs, endMs } = spanAt(policy.window, nowMs, policy.timeZone)
    return {
      policy,
      value,
      limitNanoUsd,
      subject,
      key: `${subject} ${startMs}`,
      startsAtMs: startMs,
      endsAtMs: endMs,
    }
  })
}

/** Names hold no space; `=` tells the empty text from none. */
function subjectOf({ name }: BudgetPolicy, value: string | undefined): string {
  return value === undefined ? name : `${name} =${value}`
}
