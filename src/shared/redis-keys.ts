/**
 * The names of all keys. What one script touches has one hash tag (the part in braces), so it lies in one slot of a
 * cluster; groups of limits lie apart from each other, and from budgets.
 */
import { storedText } from '../budgets/stored-text.ts'
import type { BudgetCounter } from '../core/budget-store.ts'

export interface RedisKeys {
  readonly sync: readonly string[]
  claim(target: string): readonly string[]
  lease(group: string, scopes: readonly string[]): readonly string[]
  /** All of one slot: a call is counted in several budgets at once, or in none. */
  readonly budgets: {
    settled(id: string): string
    counters(counters: readonly BudgetCounter[]): readonly string[]
  }
}

export function redisKeys(prefix: string): RedisKeys {
  const common = `{${prefix}}`
  const budgets = `{${prefix}:budgets}`
  return {
    sync: [`${common}:processes`, `${common}:targets`, `${common}:epoch`],
    claim: (target) => [`${common}:probe:${target}`],
    lease(group, scopes) {
      const tag = `{${prefix}:${group}}`
      return [
        `${tag}:processes`,
        ...scopes.flatMap((scope) => [`${tag}:limits:${scope}`, `${tag}:places:${scope}`]),
      ]
    },
    budgets: {
      settled: (id) => `${budgets}:settled:${id}`,
      counters: (counters) => counters.map(({ key }) => `${budgets}:counter:${storedText(key)}`),
    },
  }
}
