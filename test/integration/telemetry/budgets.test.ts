import { expect, test } from 'vitest'
import type { RouterOptions } from '../../../src/config/options.ts'
import { LlmError } from '../../../src/core/llm-error.ts'
import type { Router } from '../../../src/surface/router.ts'
import { aFake, aRouter, providersOf, saying } from '../../support/app.ts'
import { aCapture, sumOf } from './captured.ts'

async function spending(options: Partial<RouterOptions> = {}) {
  const captured = await aCapture()
  const fake = await aFake()
  const parts = aRouter({
    tiers: { cheap: ['fake/a'] },
    targets: { 'fake/a': { price: { inputUsdPerMTok: 0, outputUsdPerMTok: 1_000 } } },
    providers: providersOf({ fake }),
    budgets: { day: { per: 'user', limitUsd: 1, window: 'day' } },
    ...options,
  })
  const ask = (router: Router, maxTokens: number) =>
    router.chat.completions.create({ ...saying('hi'), max_tokens: maxTokens }, { user: 'user-secret' })
  return { ...parts, captured, fake, ask: (maxTokens: number) => ask(parts.router, maxTokens) }
}

test('a refusal is an error of its call, and counted by the name of the budget alone', async () => {
  const { captured, fake, ask } = await spending()
  fake.always({ usage: { completionTokens: 100 } })
  expect(await spend(ask)).toBeInstanceOf(LlmError)
  const points = await captured.metrics()
  const rejections = points.filter(({ name }) => name === 'express_llm.budget.rejections')
  expect(rejections.map(({ attributes }) => attributes)).toEqual([
    { 'express_llm.budget.name': 'day', 'express_llm.budget.dry_run': false },
  ])
  const utilization = points.find(({ name }) => name === 'express_llm.budget.utilization')
  expect(utilization?.attributes).toEqual({ 'express_llm.budget.name': 'day' })
  expect(utilization?.value).toBeGreaterThan(0)
  expect(JSON.stringify(points)).not.toContain('user-secret')
  const call = captured.spans().findLast(({ name }) => name.startsWith('route'))
  expect(call).toMatchObject({
    status: 'error',
    attributes: { 'error.type': 'budget_exceeded', 'express_llm.outcome': 'refused' },
  })
})

/** Asks until there is no money. */
async function spend(ask: (maxTokens: number) => Promise<unknown>): Promise<unknown> {
  for (let call = 0; call < 20; call++) {
    const error: unknown = await ask(2_000).then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    if (error !== undefined) return error
  }
  return undefined
}

test('what an attempt costs above what was expected is counted', async () => {
  const { captured, fake, ask } = await spending()
  // 10 are reserved.
  fake.script([{ usage: { completionTokens: 110 } }])
  await ask(10)
  expect(await sumOf(captured, 'express_llm.budget.overshoot')).toBeCloseTo(0.1, 9)
})

test('a budget in trial mode counts what it would have refused, once for each call', async () => {
  const { captured, fake, ask, lines } = await spending({
    budgets: { day: { per: 'user', limitUsd: 1, window: 'day', dryRun: true } },
    retry: { backoffBaseMs: 1 },
  })
  fake.script([{ usage: { completionTokens: 1_000 } }, { status: 503 }])
  await ask(10)
  await ask(10)
  expect(fake.requests).toHaveLength(3)
  const points = (await captured.metrics()).filter(({ name }) => name === 'express_llm.budget.rejections')
  expect(points).toMatchObject([{ value: 1, attributes: { 'express_llm.budget.dry_run': true } }])
  expect(lines.filter(({ message }) => message.includes('(dryRun: nothing follows)')).length).toBeGreaterThan(
    0,
  )
})

test('what the app’s listener throws is logged and touches no call', async () => {
  const { ask, fake, lines } = await spending({
    onBudget: () => {
      throw new Error('mail is down')
    },
  })
  fake.always({ usage: { completionTokens: 100 } })
  await spend(ask)
  await expect
    .poll(() => lines.filter(({ message }) => message.includes('onBudget failed')).length)
    .toBeGreaterThan(0)
})
