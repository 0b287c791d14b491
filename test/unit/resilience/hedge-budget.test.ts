import fc from 'fast-check'
import { expect, test } from 'vitest'
import { HedgeBudget } from '../../../src/resilience/hedge-budget.ts'

test('the first call may be hedged, and then each twentieth', () => {
  const budget = new HedgeBudget(0.05)
  const hedged = Array.from({ length: 100 }, () => {
    budget.count()
    return budget.take()
  })
  expect(hedged.flatMap((was, index) => (was ? [index] : []))).toEqual([0, 19, 39, 59, 79, 99])
})

test('a share of 1 lets every call have one', () => {
  const budget = new HedgeBudget(1)
  for (let count = 0; count < 50; count++) {
    budget.count()
    expect(budget.take()).toBe(true)
  }
})

test('quiet times save up for ten', () => {
  const budget = new HedgeBudget(0.5)
  for (let count = 0; count < 1_000; count++) budget.count()
  const taken = Array.from({ length: 20 }, () => budget.take()).filter(Boolean)
  expect(taken).toHaveLength(10)
})

test('there are never more than one and the share, whatever the order', () => {
  const events = fc.array(fc.constantFrom('call', 'hedge', 'unused'), { maxLength: 500 })
  fc.assert(
    fc.property(fc.double({ min: 0.001, max: 1, noNaN: true }), events, (share, given) => {
      const budget = new HedgeBudget(share)
      let [calls, hedges] = [0, 0]
      for (const event of given) {
        if (event === 'call') {
          budget.count()
          calls += 1
        } else if (budget.take()) {
          if (event === 'unused') budget.putBack()
          else hedges += 1
        }
        expect(hedges).toBeLessThanOrEqual(1 + calls * share + 1e-6)
      }
    }),
  )
})
