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

async function failureOf(call: PromiseLike<unknown>): Promise<LlmError> {
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

/** An app whose users are told by a header. */
async function anApp(options: Partial<RouterOptions> = {}) {
  const parts = await budgeted({
    identify: (req) => ({ user: String(req.headers['x-user']) }),
    ...options,
  })
  const app = express()
  app.use(llm(parts.router))
  app.get('/ask', async (req, res) => {
    res.json(await req.llm.ask('hi'))
  })
  app.get('/ask/many', async (req, res) => {
    res.json(await Promise.all(Array.from({ length: 5 }, () => ask(req.llm))))
  })
  app.get('/stream', async (req, res) => {
    const stream = await req.llm.chat.completions.create({ ...saying('hi'), stream: true })
    await stream.pipe(res)
  })
  app.use(llmErrorHandler())
  return { ...parts, url: await served(app) }
}

describe('a call that there is no money for', () => {
  test('is refused with the budget, the figures and the reset, and a Retry-After for the client', async () => {
    const { router, url, events } = await anApp({ budgets: { day: { ...DAY, limitUsd: 1 } } })
    await fetch(`${url}/ask`, { headers: { 'x-user': 'u1' } })
    const answer = await fetch(`${url}/ask`, { headers: { 'x-user': 'u1' } })
    expect(answer.status).toBe(402)
    const problem: unknown = await answer.json()
    const resetsAt = (await standing(router, 'day'))?.endsAt ?? ''
    expect(problem).toMatchObject({
      code: 'budget_exceeded',
      detail: `The budget is used up: it begins anew at ${resetsAt}.`,
    })
    const waitS = Number(answer.headers.get('retry-after'))
    expect(Math.abs(Date.now() + waitS * 1000 - Date.parse(resetsAt))).toBeLessThan(5_000)
    const error = await failureOf(router.ask('hi', { user: 'u1' }))
    expect(error).toMatchObject({ code: 'budget_exceeded', status: 402, resetsAt })
    expect(error.message).toContain('The budget "day" (user "u1", per day) is used up: $1 of $1 is spent')
    expect(error.message).toContain(`It begins anew at ${resetsAt} (UTC).`)
    expect(error.report).toMatchObject({
      outcome: 'refused',
      errorType: 'budget_exceeded',
      attempts: [],
      skipped: [{ target: 'premium/a', why: 'budget' }],
    })
    expect(events.filter(({ kind }) => kind === 'exceeded')).toHaveLength(1)
  })

  test('gets 429 where the budget says so', async () => {
    const { url } = await anApp({ budgets: { day: { ...DAY, limitUsd: 1.5, status: 429 } } })
    await fetch(`${url}/ask`, { headers: { 'x-user': 'u1' } })
    const answer = await fetch(`${url}/ask`, { headers: { 'x-user': 'u1' } })
    expect(answer.status).toBe(429)
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
  })

  test('that is dearer than a whole window is not asked to come back, nor said to have used it up', async () => {
    const { router, url, events } = await anApp({ budgets: { day: { ...DAY, limitUsd: 0.5 } } })
    const answer = await fetch(`${url}/ask`, { headers: { 'x-user': 'u1' } })
    expect(answer.status).toBe(402)
    expect(answer.headers.get('retry-after')).toBeNull()
    const error = await failureOf(router.ask('hi', { user: 'u1' }))
    expect(error).toMatchObject({ retryAfterMs: undefined, resetsAt: undefined })
    expect(error.message).toContain('is too little for this call: $0 of $0.5 is spent')
    expect(error.message).toContain('Ask a cheaper model or for less')
    expect(error.message).not.toContain('begins anew')
    expect(events).toEqual([])
    // What follows is told as if there had been no such call.
    for (let count = 0; count < 6; count++) await ask(router, { user: 'u1', tier: 'cheap' })
    expect(events.map(({ kind }) => kind)).toEqual(['alert', 'alert', 'alert', 'exceeded'])
  })

  test('for a user whose name is a book names them in a few words', async () => {
    const { router } = await budgeted({ budgets: { day: { ...DAY, limitUsd: 0.5 } } })
    const { message } = await failureOf(router.ask('hi', { user: 'x'.repeat(10_000) }))
    expect(message.length).toBeLessThan(500)
  })

  test.each([{ n: 1e308 }, { max_tokens: 1e-9 }])(
    'is refused whatever its params say: %o',
    async (params) => {
      const { router, premium } = await budgeted({
        budgets: { day: { ...DAY, limitUsd: 0.01 } },
        targets: { 'premium/a': { price: { inputUsdPerMTok: 0, outputUsdPerMTok: 1_000 } } },
      })
      const error = await failureOf(
        router.chat.completions.create({ ...saying('hi'), ...params }, { user: 'u1' }),
      )
      expect(error).toMatchObject({ code: 'budget_exceeded' })
      expect(premium.requests).toHaveLength(0)
    },
  )

  test('goes to the next target where that is cheap enough', async () => {
    const { router } = await budgeted({
      tiers: { premium: ['premium/a', 'cheap/b'], cheap: ['cheap/b'] },
      budgets: { day: { ...DAY, limitUsd: 0.5 } },
    })
    const { report } = await router.chat.completions.create(saying('hi'), { user: 'u1' }).withReport()
    expect(report).toMatchObject({ target: 'cheap/b', outcome: 'degraded' })
    expect(report.skipped).toMatchObject([{ target: 'premium/a', why: 'budget' }])
  })

  test('may use what costs nothing', async () => {
    const { router } = await budgeted({
      tiers: { premium: ['premium/a', 'cheap/b'], cheap: ['cheap/b'] },
      targets: {
        'premium/a': { price: A_DOLLAR },
        'cheap/b': { price: { inputUsdPerMTok: 0, outputUsdPerMTok: 0 } },
      },
      budgets: { day: { ...DAY, limitUsd: 1 } },
    })
    const words = await allAt(5, () => ask(router, { user: 'u1' }))
    expect(words).toEqual({ answered: 5 })
    expect(await standing(router, 'day')).toMatchObject({ spentUsd: 1, heldUsd: 0 })
  })

  test('waits for what is only reserved, and not for what is spent', async () => {
    const { router, premium } = await budgeted({ budgets: { day: { ...DAY, limitUsd: 1 } } })
    // It fails, and costs nothing: the dollar is there again.
    premium.script([{ status: 400, delayMs: 50 }])
    const [first, second] = [ask(router, { user: 'u1' }), ask(router, { user: 'u1' })]
    expect(await first).toBe('upstream_refused')
    expect(await second).toBe('answered')
  })

  test('is let go at once when its caller stops waiting for money', async () => {
    const { router, premium } = await budgeted({ budgets: { day: { ...DAY, limitUsd: 1 } } })
    premium.script([{ fault: 'silence' }])
    const holder = new AbortController()
    const first = ask(router, { user: 'u1', signal: holder.signal })
    await premium.waitFor(1)
    const waiting = new AbortController()
    const second = ask(router, { user: 'u1', signal: waiting.signal })
    setImmediate(() => waiting.abort())
    expect(await second).toBe('cancelled')
    holder.abort()
    expect(await first).toBe('cancelled')
    expect(await standing(router, 'day')).toMatchObject({ heldUsd: 0 })
  })
})

describe('what is charged', () => {
  test('a failed attempt costs what was billed, and the fallback its own price', async () => {
    const { router, premium } = await budgeted({
      tiers: { premium: ['premium/a', 'cheap/b'], cheap: ['cheap/b'] },
      budgets: { day: { ...DAY, limitUsd: 10 }, all: { ...DAY, per: 'all', limitUsd: 10 } },
    })
    premium.script([{ status: 503 }])
    expect(await ask(router, { user: 'u1' })).toBe('answered')
    expect(await standing(router, 'day')).toMatchObject({ spentUsd: 0.1, heldUsd: 0 })
    expect(await standing(router, 'all')).toMatchObject({ spentUsd: 0.1, value: null })
  })

  test('a stream whose client hangs up is charged for what came', async () => {
    const { router, premium, url } = await anApp({ budgets: { day: DAY } })
    premium.script([{ answer: 'One two three four five six.', tokenDelayMs: 5 }])
    const client = new AbortController()
    const answer = await fetch(`${url}/stream`, { headers: { 'x-user': 'u1' }, signal: client.signal })
    await answer.body?.getReader().read()
    client.abort()
    await premium.waitForClose()
    await expect.poll(async () => (await standing(router, 'day'))?.heldUsd).toBe(0)
    expect((await standing(router, 'day'))?.spentUsd).toBe(router.summary().costUsd)
    expect(router.summary().costUsd).toBe(1)
  })

  test('both attempts of a hedge are', async () => {
    const { router, premium } = await budgeted({
      tiers: { premium: ['premium/a', 'cheap/b'], cheap: ['cheap/b'] },
      hedge: { afterMs: 5, maxShare: 1 },
      budgets: { providers: { ...DAY, per: 'provider' }, day: DAY },
    })
    premium.script([{ fault: 'silence' }])
    expect(await ask(router, { user: 'u1' })).toBe('answered')
    expect(await standing(router, 'day')).toMatchObject({ spentUsd: 1.1, heldUsd: 0 })
    const { budgets } = await router.budgets()
    const providers = budgets.filter(({ budget }) => budget === 'providers')
    expect(providers.map(({ value, spentUsd }) => [value, spentUsd])).toEqual([
      ['premium', 1],
      ['cheap', 0.1],
    ])
  })

  test('goes to the route that made the call', async () => {
    const { router, url } = await anApp({ budgets: { routes: { ...DAY, per: 'route' } } })
    await fetch(`${url}/ask`)
    await fetch(`${url}/ask/many`)
    const { budgets } = await router.budgets()
    expect(budgets.map(({ value, spentUsd }) => [value, spentUsd])).toEqual([
      ['/ask/many', 5],
      ['/ask', 1],
    ])
  })

  test('without a price is what the policy assumes', async () => {
    const { router } = await budgeted({
      targets: {},
      budgets: { day: { ...DAY, limitUsd: 1, unpriced: { assumeUsd: 0.4 } } },
    })
    expect(await allAt(5, () => ask(router, { user: 'u1' }))).toEqual({ answered: 2, budget_exceeded: 3 })
    expect(await standing(router, 'day')).toMatchObject({ spentUsd: 0.8 })
  })

  test('cannot be told of a target without a price, which is left out', async () => {
    const { router } = await budgeted({ targets: {}, budgets: { day: DAY } })
    const error = await failureOf(router.ask('hi', { user: 'u1' }))
    expect(error).toMatchObject({ code: 'no_candidate', status: 402 })
    expect(error.report?.skipped).toMatchObject([{ why: 'unpriced' }])
  })
})

describe('a nearly used-up budget', () => {
  const degrading = { ...DAY, limitUsd: 2, degradeAt: 0.5, degradeTo: 'cheap' } as const

  test('sends calls to a cheaper tier, whatever they name', async () => {
    const { router, events } = await budgeted({ budgets: { day: degrading } })
    const reportOf = async (model?: string) => {
      const options = { user: 'u1' }
      const params = model === undefined ? saying('hi') : { ...saying('hi'), model }
      return (await router.chat.completions.create(params, options).withReport()).report
    }
    expect(await reportOf()).toMatchObject({ target: 'premium/a', outcome: 'success' })
    for (const model of [undefined, 'premium', 'premium/a']) {
      const report = await reportOf(model)
      expect(report).toMatchObject({ target: 'cheap/b', tier: 'cheap', outcome: 'degraded' })
      expect(report.why).toMatch(/; tier cheap instead, because the budget day is \d+ % used$/)
    }
    expect(await reportOf('cheap')).toMatchObject({ target: 'cheap/b', outcome: 'success' })
    expect(events.map(({ kind, threshold }) => [kind, threshold])).toEqual([
      ['alert', 0.5],
      ['degraded', 0.5],
    ])
    const plan = await router.plan(saying('hi'), { user: 'u1' })
    expect(plan).toMatchObject({ reason: 'budget', tier: 'cheap' })
  })

  test('does not send anybody where they may not go', async () => {
    const { router } = await budgeted({
      budgets: { day: degrading },
      identify: () => ({ user: 'u1', allow: ['premium'] }),
    })
    const app = express()
    app.use(llm(router))
    app.get('/ask', async (req, res) => {
      res.json((await req.llm.chat.completions.create(saying('hi')).withReport()).report)
    })
    const url = await served(app)
    await fetch(`${url}/ask`)
    expect(await (await fetch(`${url}/ask`)).json()).toMatchObject({ target: 'premium/a' })
  })

  test('is only told of in dryRun, and refuses nobody', async () => {
    const { router, events } = await budgeted({ budgets: { day: { ...degrading, dryRun: true } } })
    expect(await allAt(1, () => ask(router, { user: 'u1' }))).toEqual({ answered: 1 })
    for (let call = 0; call < 3; call++) expect(await ask(router, { user: 'u1' })).toBe('answered')
    expect(await standing(router, 'day')).toMatchObject({ spentUsd: 4, share: 2, isDryRun: true })
    expect(events.map(({ kind }) => kind)).toEqual(['alert', 'degraded', 'alert', 'alert', 'exceeded'])
    expect(events.every(({ isDryRun }) => isDryRun)).toBe(true)
  })
})

describe('one HTTP request', () => {
  test('may cost no more than its ceiling, whichever calls it makes', async () => {
    const { url, router } = await anApp({ maxRequestCostUsd: 3 })
    const words = (await (await fetch(`${url}/ask/many`)).json()) as readonly string[]
    expect(tally(words)).toEqual({ answered: 3, budget_exceeded: 2 })
    // The next request has a ceiling of its own; outside of requests there is none.
    expect((await fetch(`${url}/ask`)).status).toBe(200)
    expect(await allAt(5, () => ask(router))).toEqual({ answered: 5 })
  })
})

test('a limit of 0 lets nothing be spent, and what is free all the same', async () => {
  const { router } = await budgeted({
    budgets: { nothing: { per: 'all', limitUsd: 0, window: 'day' } },
    targets: {
      'premium/a': { price: A_DOLLAR },
      'cheap/b': { price: { inputUsdPerMTok: 0, outputUsdPerMTok: 0 } },
    },
  })
  expect(await ask(router)).toBe('budget_exceeded')
  expect(await ask(router, { tier: 'cheap' })).toBe('answered')
  expect((await router.budgets()).budgets).toMatchObject([{ limitUsd: 0, spentUsd: 0 }])
})

describe('limits by caller', () => {
  const limits: BudgetOptions = {
    ...DAY,
    limitUsd: ({ tenant }) => (tenant === 'paid' ? undefined : 1),
  }

  test('differ by plan, and none is none', async () => {
    const { router } = await budgeted({ budgets: { day: limits } })
    expect(await allAt(3, () => ask(router, { user: 'u1' }))).toEqual({ answered: 1, budget_exceeded: 2 })
    expect(await allAt(3, () => ask(router, { user: 'u2', tenant: 'paid' }))).toEqual({ answered: 3 })
  })

  test.each([
    [
      'throws',
      () => {
        throw new Error('secret')
      },
    ],
    ['returns what is no amount', () => Number.NaN],
    ['returns less than nothing', () => -1],
  ])('nobody spends on a guess when the function %s', async (_, limitUsd) => {
    const { router, premium } = await budgeted({ budgets: { day: { ...DAY, limitUsd } } })
    const error = await failureOf(router.ask('hi', { user: 'u1' }))
    expect(error).toMatchObject({ code: 'internal', status: 500 })
    expect(error.message).toContain('The limit of the budget "day" is not known')
    expect(error.message).not.toContain('secret')
    expect(premium.requests).toHaveLength(0)
  })
})
