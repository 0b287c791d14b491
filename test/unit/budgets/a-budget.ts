import type { AppliedBudget, BudgetPolicy } from '../../../src/core/budget.ts'

/** One dollar a day for each user, unless `parts` say otherwise. */
export function aPolicy(parts: Partial<BudgetPolicy> = {}): BudgetPolicy {
  return {
    name: 'day',
    per: 'user',
    limitUsd: 1,
    window: 'day',
    timeZone: 'UTC',
    alertAt: [0.5, 0.8],
    degrade: undefined,
    status: 402,
    assumedNanoUsd: undefined,
    isDryRun: false,
    ...parts,
  }
}

/** A budget of ten nano-dollars. */
export function aBudget(parts: Partial<AppliedBudget> = {}): AppliedBudget {
  const policy = parts.policy ?? aPolicy()
  return {
    policy,
    value: 'u1',
    limitNanoUsd: 10,
    subject: `${policy.name} =u1`,
    key: `${policy.name} =u1 ${parts.startsAtMs ?? 0}`,
    startsAtMs: 0,
    endsAtMs: 86_400_000,
    ...parts,
  }
}
