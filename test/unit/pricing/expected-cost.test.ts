import { expect, test } from 'vitest'
import { expectedCostUsd } from '../../../src/pricing/expected-cost.ts'
import { aTarget } from './a-target.ts'

const own = aTarget(undefined, 'x', {
  price: { inputUsdPerMTok: 1, outputUsdPerMTok: 10, perRequestUsd: 0.01 },
})
const expected = (params: unknown, operation: 'chat' | 'embeddings' = 'chat'): number | undefined =>
  expectedCostUsd({ target: own, operation, params, inputTokens: 1000, atMs: 0 })

test('a call is expected to answer as long as its params allow', () => {
  expect(expected({ max_tokens: 2000 })).toBeCloseTo(0.001 + 0.02 + 0.01, 12)
  expect(expected({ max_completion_tokens: 100, max_tokens: 2000 })).toBeCloseTo(0.001 + 0.001 + 0.01, 12)
})

test('without a limit 500 tokens of answer are assumed, for each choice', () => {
  expect(expected({})).toBeCloseTo(0.001 + 0.005 + 0.01, 12)
  expect(expected({ n: 3 })).toBeCloseTo(0.001 + 0.015 + 0.01, 12)
})

test('embeddings have no output to pay for', () => {
  expect(expected({ input: 'x' }, 'embeddings')).toBeCloseTo(0.011, 12)
})

test.each([
  undefined,
  null,
  'junk',
  { max_tokens: 'many', n: -1 },
  { max_tokens: Number.NaN, n: Number.NaN },
])('params that say nothing sensible (%j) count as no limit, or as no params', (params) => {
  expect(expected(params)).toBeGreaterThanOrEqual(0.011)
  expect(expected(params)).toBeLessThanOrEqual(0.016)
})

test('no price known, no expectation', () => {
  const target = aTarget('azure', 'our-chat')
  expect(expectedCostUsd({ target, operation: 'chat', params: {}, inputTokens: 1, atMs: 0 })).toBeUndefined()
})
