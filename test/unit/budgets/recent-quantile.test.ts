import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RecentQuantile } from '../../../src/budgets/recent-quantile.ts'

test('is what only one in twenty of the last hundred values exceeds', () => {
  const values = fc.array(fc.integer({ min: 0, max: 300 }), { maxLength: 350 })
  fc.assert(
    fc.property(values, (all) => {
      const quantile = new RecentQuantile()
      for (const value of all) quantile.add(value)
      const last = all.slice(-100).toSorted((one, other) => one - other)
      const expected = last.length < 5 ? undefined : last[Math.ceil(last.length * 0.95) - 1]
      expect(quantile.p95).toBe(expected)
    }),
  )
})

test('tells values that are always the same exactly', () => {
  const quantile = new RecentQuantile()
  for (let count = 0; count < 250; count++) quantile.add(1.3)
  expect(quantile.p95).toBe(1.3)
})

test('is not told by what is no number', () => {
  const quantile = new RecentQuantile()
  for (const value of [1, 1, 1, 1, Number.NaN, Number.POSITIVE_INFINITY]) quantile.add(value)
  expect(quantile.p95).toBeUndefined()
})
