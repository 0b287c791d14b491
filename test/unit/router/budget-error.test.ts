import { expect, test } from 'vitest'
import { refusalOf } from '../../../src/budgets/refusal.ts'
import { budgetExceeded } from '../../../src/router/budget-error.ts'
import { aBudget } from '../budgets/a-budget.ts'

/** Of ten nano-dollars, for an attempt that would cost four. */
function errorWith(spentNanoUsd: number, heldNanoUsd: number, amountNanoUsd = 4) {
  const claimed = [{ budget: aBudget(), amountNanoUsd }]
  return budgetExceeded(refusalOf(claimed, [{ spentNanoUsd, heldNanoUsd }], 1_000).refusal)
}

test('what is spent is there again with the next window, and that is the way out', () => {
  const error = errorWith(8, 0)
  expect(error).toMatchObject({ retryAfterMs: 86_399_000, resetsAt: '1970-01-02T00:00:00.000Z' })
  expect(error.message).toContain('is used up')
  expect(error.message).toContain('Wait until then')
})

test('what is only reserved is there again soon: nobody is sent away until the next window', () => {
  const error = errorWith(0, 8)
  expect(error).toMatchObject({ retryAfterMs: 1_000, resetsAt: undefined })
  expect(error.message).toContain('is reserved for the moment')
  expect(error.message).toContain('Try again in a moment')
  expect(error.message).not.toContain('begins anew')
})

test('what is more than the whole limit is never there', () => {
  const error = errorWith(0, 8, 11)
  expect(error).toMatchObject({ retryAfterMs: undefined, resetsAt: undefined })
  expect(error.message).toContain('is too little for this call')
})
