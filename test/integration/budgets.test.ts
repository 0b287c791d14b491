import express from 'express'
import { describe, expect, test } from 'vitest'
import type { BudgetOptions } from '../../src/config/budget-options.ts'
import type { RouterOptions } from '../../src/config/options.ts'
import type { BudgetEvent } from '../../src/core/budget.ts'
import type { BudgetReport } from '../../src/core/costs.ts'
import { LlmError } from '../../src/core/llm-error.ts'
import { llmErrorHandler } from '../../src/middleware/error-handler.ts'
import { llm } from '../../src/middleware/llm.ts'
import type { Llm } from '../../src/surface/llm.ts'
import type { FakeProvider } from '../../src/testing/fake/provider.ts'
import { aFake, aRouter, providersOf, saying, served } from '../support/app.ts'

/** One USD for each answer, whatever it holds. */
const A_DOLLAR = { inputUsdPerMTok: 0, outputUsdPerMTok: 0, perRequestUsd: 1 }

const DAY: BudgetOptions = { per: 'user', limitUsd: 50, window: 'day' }

async function budgeted(options: Partial<RouterOptions> = {}) {
  const [premium, cheap] = [await aFake({ name: 'premium' }), await aFake({ name: 'cheap' })]
  const events: BudgetEvent[] = []
  const { router, lines } = aRouter({
    tiers: { premium: ['premium/a'], cheap: ['cheap/b'] },
    defaultTier: 'premium',
    targets: {
      'premium/a': { price: A_DOLLAR },
      'cheap/b': { price: { inputUsdPerMTok: 0, outputUsdPerMTok: 0, perRequestUsd: 0.1 } },
    },
    providers: providersOf({ premium, cheap }),
    retry: { retriesPerTarget: 0, backoffBaseMs: 1 },
    onBudget: (event) => void events.push(event),
    ...options,
  })
  return { premium, cheap, router, lines, events }
}

/** `answered`, or the code of the error. */
async function ask(llm: Llm, options: object = {}): Promise<string> {
  try {
    await llm.chat.completions.create(saying('hi'), options)
    return 'answered'
  } catch (error) {
    if (error instanceof LlmError) return error.code
    throw error
  }
}

async function failureOf(call: Promise<unknown>): Promise<LlmError> {
  const error: unknown = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (error instanceof LlmError) return error
  throw new Error('it did not fail')
}

function tally(words: readonly string[]): Readonly<Record<string, number>> {
  return Object.fromEntries(
    [...new Set(words)].map((word) => [word, words.filter((each) => each === word).length]),
  )
}

async function standing(router: { budgets(): Promise<{ budgets: readonly BudgetReport[] }> }, name: string) {
  return (await router.budgets()).budgets.find(({ budget }) => budget === name)
}

async function allAt(count: number, work: () => Promise<string>): Promise<Readonly<Record<string, number>>> {
  return tally(await Promise.all(Array.from({ length: count }, work)))
}

describe('a budget', () => {
  test('that allows 50 of 200 parallel calls answers exactly 50', async () => {
    const { router, premium } = await budgeted({ budgets: { day: DAY } })
    expect(await allAt(200, () => ask(router, { user: 'u1' }))).toEqual({
      answered: 50,
      budget_exceeded: 150,
    })
    expect(premium.requests).toHaveLength(50)
    expect(await standing(router, 'day')).toMatchObject({
      spentUsd: 50,
      heldUsd: 0,
      share: 1,
      state: 'exceeded',
    })
  })

  test('is each user’s own', async () => {
    const { router } = await budgeted({ budgets: { day: { ...DAY, limitUsd: 2 } } })
    expect(await allAt(5, () => ask(router, { user: 'u1' }))).toMatchObject({ answered: 2 })
    expect(await allAt(5, () => ask(router, { user: 'u2' }))).toMatchObject({ answered: 2 })
  })

  test('answers as many as the money allows where answers are cheaper than expected', async () => {
    // Expected: 500 tokens, half a dollar. Real: ten tokens, a cent.
    const price = { inputUsdPerMTok: 0, outputUsdPerMTok: 1_000 }
    const { router, premium } = await budgeted({
      budgets: { day: { ...DAY, limitUsd: 1 } },
      targets: { 'premium/a': { price } },
    })
    premium.always({ usage: { promptTokens: 1, completionTokens: 10 } })
    expect(await allAt(200, () => ask(router, { user: 'u1' }))).toEqual({
      answered: 100,
      budget_exceeded: 100,
    })
  })
})
void express
void llm
void llmErrorHandler
void served
export type { FakeProvider }
