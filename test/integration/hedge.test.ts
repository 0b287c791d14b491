import express, { type Request, type Response } from 'express'
import { describe, expect, test } from 'vitest'
import type { RouterOptions } from '../../src/config/options.ts'
import type { HedgeOptions } from '../../src/config/resilience-options.ts'
import type { CallReport } from '../../src/core/report.ts'
import { llm } from '../../src/middleware/llm.ts'
import { fromAiSdk } from '../../src/ai-sdk.ts'
import type { Llm } from '../../src/surface/llm.ts'
import { aFake, aRouter, providersOf, saying, served, reportOf } from '../support/app.ts'

/** Every call that takes more than a moment. */
const EAGER: HedgeOptions = { afterMs: 10, maxShare: 1 }

/** Three providers with prices, and a router that hedges. */
async function hedging(hedge: HedgeOptions | 'off' = EAGER, config: Partial<RouterOptions> = {}) {
  const [first, second, third] = await Promise.all(
    ['first', 'second', 'third'].map((name) => aFake({ name, answer: `${name} answers.` })),
  )
  if (first === undefined || second === undefined || third === undefined) throw new Error('no fakes')
  const price = { inputUsdPerMTok: 1, outputUsdPerMTok: 2 }
  const { router, lines } = aRouter({
    tiers: { cheap: ['first/a', 'second/b', 'third/c'] },
    targets: { 'first/a': { price }, 'second/b': { price }, 'third/c': { price } },
    providers: providersOf({ first, second, third }),
    retry: { retriesPerTarget: 0 },
    ...(hedge === 'off' ? {} : { hedge }),
    ...config,
  })
  return { first, second, third, router, lines }
}

async function ask(llm: Llm, options: object = {}): Promise<CallReport> {
  return await reportOf(llm.chat.completions.create(saying('hi'), options).withReport())
}

/** Number, reason, target and outcome of each attempt. */
function story({ attempts }: CallReport): readonly string[] {
  return attempts.map(({ number, reason, target, outcome }) => `${number} ${reason} ${target} ${outcome}`)
}

const SILENCE = { fault: 'silence' } as const

/** Long enough for a hedge to begin meanwhile, on a busy machine too. */
const LATE_MS = 200

describe('an answer that is late', () => {
  test('comes from the next target, and the first is ended at once', async () => {
    const { first, second, router } = await hedging()
    first.script([SILENCE])
    const { data, report } = await router.chat.completions.create(saying('hi')).withReport()
    expect(data.choices[0]?.message.content).toBe('second answers.')
    expect(story(report)).toEqual(['1 initial first/a hedge_lost', '2 hedge second/b success'])
    expect(report).toMatchObject({
      outcome: 'degraded',
      target: 'second/b',
      attempts: [{ kind: 'hedge-lost' }, {}],
    })
    expect((await first.waitForClose()).outcome).toBe('client-closed')
    expect(second.requests).toHaveLength(1)
  })

  test('is billed beside the one that was used, as waste', async () => {
    const { first, router, lines } = await hedging()
    first.script([SILENCE])
    const report = await ask(router)
    const [lost, won] = report.attempts
    expect(lost).toMatchObject({ costStatus: 'estimated' })
    expect(lost?.costUsd).toBeGreaterThan(0)
    expect(report.wastedUsd).toBe(lost?.costUsd)
    expect(report.costUsd).toBeCloseTo((lost?.costUsd ?? 0) + (won?.costUsd ?? 0), 12)
    expect(router.summary()).toMatchObject({ attempts: 2, wastedUsd: report.wastedUsd })
    const line = lines.find(({ message }) => message === 'llm call')
    expect(line?.fields).toMatchObject({ attempts: 2, hedges: 1 })
    expect(line?.fields).not.toHaveProperty('fallbacks')
  })

  test('may still be first: then the other one is ended', async () => {
    const { first, second, router } = await hedging()
    first.script([{ delayMs: LATE_MS }])
    second.script([SILENCE])
    const report = await ask(router)
    expect(story(report)).toEqual(['1 initial first/a success', '2 hedge second/b hedge_lost'])
    expect(report).toMatchObject({ outcome: 'success', target: 'first/a' })
    expect((await second.waitForClose()).outcome).toBe('client-closed')
  })

  test('of embeddings too', async () => {
    const { first, router } = await hedging()
    first.script([SILENCE])
    const { report } = await router.embeddings.create({ input: 'hi' }).withReport()
    expect(story(report)).toEqual(['1 initial first/a hedge_lost', '2 hedge second/b success'])
  })

  test('that the call’s own check refuses has not won', async () => {
    const { first, router } = await hedging()
    first.script([{ delayMs: LATE_MS }])
    const report = await ask(router, {
      accept: ({ choices }: { choices: readonly { message: { content: string | null } }[] }) =>
        choices[0]?.message.content === 'first answers.',
    })
    expect(story(report)).toEqual(['1 initial first/a success', '2 hedge second/b rejected'])
  })

  test('loses while its own check is under way', async () => {
    const { second, router } = await hedging()
    second.script([{ delayMs: 1 }])
    let isFirst = true
    const report = await ask(router, {
      accept() {
        if (!isFirst) return true
        isFirst = false
        return new Promise(() => undefined)
      },
    })
    expect(story(report)).toEqual(['1 initial first/a hedge_lost', '2 hedge second/b success'])
    // It had told what it used by then.
    expect(report.attempts[0]).toMatchObject({ costStatus: 'exact' })
  })
})

describe('when one of the two fails', () => {
  test('first, the hedge is the call’s attempt, and no third is begun beside it', async () => {
    const { first, second, third, router } = await hedging()
    first.script([{ status: 503, delayMs: LATE_MS }])
    second.script([{ delayMs: LATE_MS }])
    const report = await ask(router)
    expect(story(report)).toEqual(['1 initial first/a failed', '2 hedge second/b success'])
    expect(third.requests).toHaveLength(0)
  })

  test('and that is the hedge, the first goes on as if nothing had happened', async () => {
    const { first, second, third, router } = await hedging()
    first.script([{ delayMs: LATE_MS }])
    second.script([{ status: 500 }])
    const report = await ask(router)
    expect(story(report)).toEqual(['1 initial first/a success', '2 hedge second/b failed'])
    expect(report.outcome).toBe('success')
    expect(third.requests).toHaveLength(0)
  })

  test.each([
    ['the hedge first', LATE_MS, 1],
    ['the first one first', LATE_MS, 2 * LATE_MS],
  ])('and then the other too (%s), the chain goes on behind both', async (_name, firstMs, secondMs) => {
    const { first, second, router } = await hedging()
    first.script([{ status: 500, delayMs: firstMs }])
    second.script([{ status: 500, delayMs: secondMs }])
    const report = await ask(router)
    expect(story(report)).toEqual([
      '1 initial first/a failed',
      '2 hedge second/b failed',
      '3 fallback third/c success',
    ])
    expect([first.requests.length, second.requests.length]).toEqual([1, 1])
  })

  test('who failed last is the one that is asked again', async () => {
    const { first, second, third, router } = await hedging(EAGER, {
      retry: { retriesPerTarget: 1, backoffBaseMs: 1 },
    })
    first.script([{ status: 503, delayMs: LATE_MS }])
    second.script([{ status: 503, delayMs: 2 * LATE_MS }])
    const report = await ask(router)
    expect(story(report)).toEqual([
      '1 initial first/a failed',
      '2 hedge second/b failed',
      '3 retry second/b success',
    ])
    expect([first.requests.length, second.requests.length, third.requests.length]).toEqual([1, 2, 0])
  })

  test('and nobody is left, the call fails with all that was tried', async () => {
    const { first, second, router } = await hedging(EAGER, {
      tiers: { cheap: ['first/a', 'second/b'] },
      targets: {},
    })
    first.script([{ status: 500, delayMs: LATE_MS }])
    second.script([{ status: 503, delayMs: 1 }])
    const report = await ask(router)
    expect(story(report)).toEqual(['1 initial first/a failed', '2 hedge second/b failed'])
    expect(report).toMatchObject({ outcome: 'exhausted', errorType: 'exhausted' })
  })
})

describe('streams', () => {
  async function streamed(llm: Llm, options: object = {}) {
    const stream = await llm.chat.completions.create({ ...saying('hi'), stream: true }, options)
    let text = ''
    for await (const { choices } of stream) text += choices[0]?.delta.content ?? ''
    return { text, report: await stream.report }
  }

  test('come from whoever has content first', async () => {
    const { first, router } = await hedging()
    first.script([SILENCE])
    const { text, report } = await streamed(router)
    expect(text).toBe('second answers.')
    expect(story(report)).toEqual(['1 initial first/a hedge_lost', '2 hedge second/b success'])
    expect((await first.waitForClose()).outcome).toBe('client-closed')
  })

  test('are not hedged once they have content', async () => {
    const { first, second, router } = await hedging({ ...EAGER, afterMs: 300 })
    first.script([{ answer: 'One two three four five six.', tokenDelayMs: 100 }])
    const { text, report } = await streamed(router)
    expect(text).toBe('One two three four five six.')
    expect(story(report)).toEqual(['1 initial first/a success'])
    expect(second.requests).toHaveLength(0)
  })

  test('that have begun without content lose to one that has some', async () => {
    const { first, router } = await hedging()
    first.script([{ fault: 'stall', afterTokens: 0 }])
    const { text, report } = await streamed(router)
    expect(text).toBe('second answers.')
    expect(story(report)).toEqual(['1 initial first/a hedge_lost', '2 hedge second/b success'])
  })

  test('that lose to the first are closed, and the first goes on to its end', async () => {
    const { first, second, router } = await hedging()
    first.script([{ delayMs: LATE_MS }])
    second.script([{ fault: 'stall', afterTokens: 0 }])
    const { text, report } = await streamed(router)
    expect(text).toBe('first answers.')
    expect(story(report)).toEqual(['1 initial first/a success', '2 hedge second/b hedge_lost'])
    expect((await second.waitForClose()).outcome).toBe('client-closed')
  })

  test('that are held back to their end are hedged until then', async () => {
    const { first, router } = await hedging()
    first.script([{ answer: 'One two three four five six.', tokenDelayMs: 60 }])
    const { text, report } = await streamed(router, { afterCut: 'buffer' })
    expect(text).toBe('second answers.')
    expect(story(report)).toEqual(['1 initial first/a hedge_lost', '2 hedge second/b success'])
    expect(report.wastedUsd).toBeGreaterThan(0)
  })

  test('can be left after a hedge, and settle once', async () => {
    const { first, second, router } = await hedging()
    first.script([SILENCE])
    second.script([{ answer: 'One two three four five six.', tokenDelayMs: 20 }])
    const stream = await router.chat.completions.create({ ...saying('hi'), stream: true })
    stream.abort()
    const report = await stream.report
    expect(story(report)).toEqual(['1 initial first/a hedge_lost', '2 hedge second/b cancelled'])
    expect(report.outcome).toBe('cancelled')
    expect(router.summary().calls).toBe(1)
  })
})

describe('whatever ends the call ends both', () => {
  test('the caller’s signal', async () => {
    const { first, second, router } = await hedging()
    first.script([SILENCE])
    second.script([SILENCE])
    const aborter = new AbortController()
    const asked = ask(router, { signal: aborter.signal })
    await second.waitFor(1)
    aborter.abort()
    const report = await asked
    expect(report.outcome).toBe('cancelled')
    expect(report.attempts.map(({ outcome }) => outcome)).toEqual(['cancelled', 'cancelled'])
    await Promise.all([first.waitForClose(), second.waitForClose()])
  })

  test('the deadline', async () => {
    const { first, second, router } = await hedging()
    first.script([SILENCE])
    second.script([SILENCE])
    const report = await ask(router, { timeout: 100 })
    expect(report.attempts.map(({ outcome }) => outcome)).toEqual(['cancelled', 'cancelled'])
  })

  test('the router’s closing', async () => {
    const { first, second, router } = await hedging()
    first.script([SILENCE])
    second.script([SILENCE])
    const stream = reportOf(
      router.chat.completions.create({ ...saying('hi'), stream: true }).then(async (opened) => {
        return { report: await opened.report }
      }),
    )
    await second.waitFor(1)
    await router.close()
    expect((await stream).attempts.map(({ outcome }) => outcome)).toEqual(['cancelled', 'cancelled'])
  })
})

describe('no hedge', () => {
  test('is begun where the answer comes in time', async () => {
    const { second, router } = await hedging({ ...EAGER, afterMs: 2_000 })
    expect(story(await ask(router))).toEqual(['1 initial first/a success'])
    expect(second.requests).toHaveLength(0)
  })

  test('is begun beyond the budget', async () => {
    const { first, router } = await hedging({ ...EAGER, maxShare: 0.1 })
    first.always({ delayMs: LATE_MS })
    const reports = await Promise.all(Array.from({ length: 40 }, () => ask(router)))
    const hedged = reports.filter(({ attempts }) => attempts.length > 1)
    expect(hedged.length).toBe(5)
    expect(reports.every(({ outcome }) => outcome === 'success' || outcome === 'degraded')).toBe(true)
  })

  test('is spared where all may have one, however many are late at a time', async () => {
    const { first, router } = await hedging()
    first.always({ delayMs: LATE_MS })
    const reports = await Promise.all(Array.from({ length: 60 }, () => ask(router)))
    expect(reports.filter(({ attempts }) => attempts.length === 2)).toHaveLength(60)
  })

  test('takes the call beyond its attempts', async () => {
    const { first, second, router } = await hedging()
    first.always({ delayMs: LATE_MS })
    expect(story(await ask(router, { maxAttempts: 1 }))).toEqual(['1 initial first/a success'])
    expect(second.requests).toHaveLength(0)
    first.always({ delayMs: LATE_MS, status: 500 })
    second.always({ delayMs: LATE_MS, status: 500 })
    expect((await ask(router, { maxAttempts: 2 })).attempts).toHaveLength(2)
  })

  test('goes to a target that is left alone: the one behind it is asked', async () => {
    const { first, second, router } = await hedging(EAGER, { health: { consecutiveFailures: 1 } })
    second.always({ status: 500 })
    await ask(router, { model: 'second/b' }).catch(() => undefined)
    await reportOf(router.chat.completions.create({ ...saying('hi'), model: 'second/b' }).withReport())
    first.script([SILENCE])
    const asked = second.requests.length
    const report = await ask(router)
    expect(story(report)).toEqual(['1 initial first/a hedge_lost', '2 hedge third/c success'])
    expect(report.skipped).toMatchObject([{ target: 'second/b', why: 'breaker-open' }])
    expect(second.requests).toHaveLength(asked)
  })

  test('waits for room, or is told of as a skip', async () => {
    const limits = { concurrency: 1, queueMaxWaitMs: 10_000 }
    const tight = { 'first/a': {}, 'second/b': { limits }, 'third/c': { limits } }
    const { first, second, third, router } = await hedging(EAGER, { targets: tight })
    second.script([SILENCE])
    third.script([SILENCE])
    const aborter = new AbortController()
    const holding = ['second/b', 'third/c'].map((model) =>
      reportOf(
        router.chat.completions.create({ ...saying('hi'), model }, { signal: aborter.signal }).withReport(),
      ),
    )
    await Promise.all([second.waitFor(1), third.waitFor(1)])
    first.script([{ delayMs: LATE_MS }])
    const report = await ask(router)
    expect(story(report)).toEqual(['1 initial first/a success'])
    expect(report.skipped).toEqual([])
    aborter.abort()
    await Promise.all(holding)
  })

  test('counts against the health of who lost, and its place is free again', async () => {
    const limits = { concurrency: 1, queueMaxWaitMs: 0 }
    const { first, router } = await hedging(EAGER, {
      health: { consecutiveFailures: 1 },
      targets: { 'first/a': { limits } },
    })
    first.script([SILENCE])
    expect((await ask(router)).target).toBe('second/b')
    expect(router.health().find(({ target }) => target === 'first/a')).toMatchObject({
      state: 'closed',
      inFlight: 0,
    })
    expect((await ask(router)).target).toBe('first/a')
  })
})

describe('where', () => {
  test('off by default', async () => {
    const { first, second, router } = await hedging('off')
    first.script([{ delayMs: LATE_MS }])
    expect(story(await ask(router))).toEqual(['1 initial first/a success'])
    expect(second.requests).toHaveLength(0)
  })

  test('a call, or a surface bound with `with`, asks for it by itself, or wants none', async () => {
    const off = await hedging({ ...EAGER, enabled: false })
    off.first.always({ delayMs: LATE_MS })
    expect((await ask(off.router)).attempts).toHaveLength(1)
    expect((await ask(off.router, { hedge: true })).attempts).toHaveLength(2)
    expect((await ask(off.router.with({ hedge: true }))).attempts).toHaveLength(2)
    const on = await hedging()
    on.first.always({ delayMs: LATE_MS })
    expect((await ask(on.router, { hedge: false })).attempts).toHaveLength(1)
  })

  test('per tier', async () => {
    const tiers = { cheap: ['first/a', 'second/b'], premium: ['third/c', 'second/b'] }
    const { first, third, router } = await hedging(
      { ...EAGER, tiers: ['premium'] },
      { tiers, defaultTier: 'cheap' },
    )
    first.always({ delayMs: LATE_MS })
    third.always({ delayMs: LATE_MS })
    expect((await ask(router)).attempts).toHaveLength(1)
    expect((await ask(router.tier('premium'))).attempts).toHaveLength(2)
  })
})

test('per route of an Express app, with its method', async () => {
  const { first, router } = await hedging({ ...EAGER, routes: ['POST /ask/:id'] })
  first.always({ delayMs: LATE_MS })
  const app = express()
  app.use(llm(router))
  const handler = async (req: Request, res: Response): Promise<void> => {
    res.json((await ask(req.llm)).attempts.length)
  }
  app.post('/ask/:id', handler)
  app.get('/ask/:id', handler)
  const url = await served(app)
  const attempts = async (method: string): Promise<unknown> =>
    await (await fetch(`${url}/ask/7`, { method })).json()
  expect([await attempts('POST'), await attempts('GET')]).toEqual([2, 1])
})

test('a model of the AI SDK that minds no signal is left all the same', async () => {
  const silent = {
    specificationVersion: 'v3',
    provider: 'own',
    modelId: 'slow',
    doGenerate: () => new Promise(() => undefined),
  }
  const second = await aFake({ name: 'second' })
  const { router } = aRouter({
    tiers: { cheap: ['own/slow', 'second/b'] },
    providers: { own: fromAiSdk(silent as never), ...providersOf({ second }) },
    hedge: EAGER,
  })
  expect(story(await ask(router))).toEqual(['1 initial own/slow hedge_lost', '2 hedge second/b success'])
})

describe('after the target’s own p95', () => {
  test('once twenty of its answers are known', async () => {
    const { first, router } = await hedging({ minAfterMs: 30, maxShare: 1 })
    first.script([{ delayMs: 100 }])
    expect((await ask(router)).attempts).toHaveLength(1)
    for (let count = 0; count < 25; count++) await ask(router)
    first.script([SILENCE])
    const report = await ask(router)
    expect(story(report)).toEqual(['1 initial first/a hedge_lost', '2 hedge second/b success'])
    expect(report.attempts[0]?.latencyMs).toBeGreaterThanOrEqual(29)
  })
})
