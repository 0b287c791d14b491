import { expect, test } from 'vitest'
import { appliedBudgets } from '../../../src/budgets/applied-budgets.ts'
import { BUDGET_PER, type BudgetPolicy } from '../../../src/core/budget.ts'
import { aPolicy } from './a-budget.ts'

const WHERE = {
  user: 'u1',
  tenant: 't1',
  route: '/ask',
  feature: 'search',
  tier: 'cheap',
  provider: 'openai',
}
const NOON = Date.parse('2026-03-29T12:00:00Z')

function applied(policy: Partial<BudgetPolicy>, where: Partial<typeof WHERE> = WHERE) {
  const all = { ...WHERE, user: undefined, tenant: undefined, ...where }
  const [budget] = appliedBudgets([{ policy: aPolicy(policy), limitNanoUsd: 5 }], all, NOON)
  if (budget === undefined) throw new Error('none applies')
  return budget
}

test('each is kept for what it says', () => {
  const values = BUDGET_PER.map((per) => applied({ per }).value)
  expect(values).toEqual(['u1', 't1', '/ask', 'search', 'cheap', 'openai', undefined])
})

test('a window is an hour, day or month of its time zone', () => {
  const spanOf = (policy: Partial<BudgetPolicy>): readonly string[] => {
    const { startsAtMs, endsAtMs } = applied(policy)
    return [startsAtMs, endsAtMs].map((ms) => new Date(ms).toISOString())
  }
  // The clocks go forward in Berlin on that day, so it has 23 hours.
  expect(spanOf({ timeZone: 'Europe/Berlin' })).toEqual([
    '2026-03-28T23:00:00.000Z',
    '2026-03-29T22:00:00.000Z',
  ])
  expect(spanOf({ window: 'hour' })).toEqual(['2026-03-29T12:00:00.000Z', '2026-03-29T13:00:00.000Z'])
  expect(spanOf({ window: 'month' })).toEqual(['2026-03-01T00:00:00.000Z', '2026-04-01T00:00:00.000Z'])
})

test('no two counters have one key, whatever names users have', () => {
  const keys = [
    applied({}, { user: '' }),
    applied({}, {}),
    applied({}, { user: '=' }),
    applied({}, { user: ' ' }),
    applied({}, { user: `u1 ${applied({}).startsAtMs}` }),
    applied({}, { user: 'u1' }),
    applied({ name: 'other' }, { user: 'u1' }),
    applied({ window: 'month' }, { user: 'u1' }),
  ].map(({ key }) => key)
  expect(new Set(keys).size).toBe(keys.length)
})
