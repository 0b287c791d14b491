import type { BudgetPolicy } from '../core/budget.ts'
import type { Caller } from '../core/caller.ts'
import { LlmError } from '../core/llm-error.ts'
import { toNanoUsd } from '../core/money.ts'
import type { LimitedPolicy } from './applied-budgets.ts'

/** More than anybody spends in one window, and sums of it are exact. */
const LIMIT_MAX_USD = 1_000_000

/**
 * What each budget allows this caller; those that set it no limit are left out, and those of people where nobody asks.
 *
 * @throws LlmError `internal` when the app's own function throws, or returns what is no amount: nobody spends on a guess
 */
export function limitedPolicies(
  policies: readonly BudgetPolicy[],
  caller: Caller,
  isOverhead: boolean,
): readonly LimitedPolicy[] {
  return policies.flatMap((policy) => {
    if (isOverhead && !OF_OVERHEAD.has(policy.per)) return []
    const limitUsd = limitOf(policy, caller)
    return limitUsd === undefined ? [] : [{ policy, limitNanoUsd: toNanoUsd(limitUsd) }]
  })
}

const OF_OVERHEAD: ReadonlySet<BudgetPolicy['per']> = new Set(['tier', 'provider', 'all'])

function limitOf({ name, limitUsd, isDryRun }: BudgetPolicy, caller: Caller): number | undefined {
  if (typeof limitUsd === 'number') return limitUsd
  let limit: unknown
  try {
    limit = limitUsd(caller)
  } catch (thrown) {
    if (isDryRun) return undefined
    throw untold(name, 'threw', thrown)
  }
  if (limit === undefined) return undefined
  if (typeof limit === 'number' && limit >= 0 && limit <= LIMIT_MAX_USD) return limit
  if (isDryRun) return undefined
  throw untold(name, `returned ${typeof limit === 'number' ? limit : `a value of type ${typeof limit}`}`)
}

function untold(name: string, what: string, cause?: unknown): LlmError {
  return new LlmError({
    code: 'internal',
    status: 500,
    message: `The limit of the budget "${name}" is not known, so nothing may be spent: its limitUsd ${what}. It must return a number of USD from 0 to ${LIMIT_MAX_USD}, or undefined for no limit.`,
    ...(cause === undefined ? {} : { cause }),
  })
}
