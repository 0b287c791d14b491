import OpenAI from 'openai'
import { zodResponseFormat } from 'openai/helpers/zod'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { aFake, aRouter, providersOf, saying } from '../support/app.ts'

async function oneProvider(options: Parameters<typeof aFake>[0] = {}) {
  const fake = await aFake(options)
  const { router, lines } = aRouter({
    tiers: { premium: ['fake/large'], cheap: ['fake/small', 'fake/medium'], vectors: ['fake/embed'] },
    defaultTier: 'cheap',
    tasks: { coding: 'premium', poetry: ['fake/medium'] },
    aliases: { default: 'cheap', best: 'fake/large' },
    targets: { 'fake/small': { price: { inputUsdPerMTok: 1, outputUsdPerMTok: 2 } } },
    providers: providersOf({ fake }),
  })
  return { fake, router, lines }
}

describe('model, tier and task', () => {
  test.each([
    [{}, {}, 'fake/small', 'config-default-tier'],
    [{ model: 'auto' }, {}, 'fake/small', 'config-default-tier'],
    [{ model: 'premium' }, {}, 'fake/large', 'explicit-tier'],
    [{ model: 'coding' }, {}, 'fake/large', 'explicit-task'],
    [{ model: 'poetry' }, {}, 'fake/medium', 'explicit-task'],
    [{ model: 'best' }, {}, 'fake/large', 'explicit-alias'],
    [{ model: 'fake/medium' }, {}, 'fake/medium', 'explicit-target'],
    [{}, { tier: 'premium' }, 'fake/large', 'explicit-tier'],
    [{}, { task: 'poetry' }, 'fake/medium', 'explicit-task'],
  ] as const)('%j %j goes to %s', async (params, options, target, reason) => {
    const { router } = await oneProvider()
    const plan = await router.plan({ ...saying('hi'), ...params }, options)
    expect(plan).toMatchObject({
      reason,
      steps: expect.arrayContaining([expect.objectContaining({ target })]),
    })
    const { report } = await router.chat.completions
      .create({ ...saying('hi'), ...params }, options)
      .withReport()
    expect(report.target).toBe(target)
  })

  test('two names that disagree are refused', async () => {
    const { router, fake } = await oneProvider()
    const call = router.chat.completions.create({ ...saying('hi'), model: 'premium' }, { tier: 'cheap' })
    await expect(call).rejects.toMatchObject({ code: 'invalid_params', status: 400 })
    expect(fake.requests).toHaveLength(0)
  })

  test('an unknown name is refused with the nearest right spelling', async () => {
    const { router } = await oneProvider()
    const call = router.chat.completions.create({ ...saying('hi'), model: 'premum' })
    await expect(call).rejects.toMatchObject({
      code: 'model_not_found',
      status: 404,
      message: /Did you mean "premium"/,
    })
  })
})

test('plan() spends nothing, and reads as a sentence', async () => {
  const { router, fake } = await oneProvider()
  const plan = await router.plan(saying('hi'))
  expect(plan.toString()).toMatch(
    /cheap.*\n1\. fake\/small \(about \$\S+\)\n2\. fake\/medium \(cost unknown\)/s,
  )
  expect(structuredClone({ ...plan, toString: undefined })).toMatchObject({
    tier: 'cheap',
    strategy: 'in-order',
  })
  expect(fake.requests).toHaveLength(0)
  expect(router.summary().calls).toBe(0)
})

describe('the promise of a call', () => {
  test('has the client’s withResponse and asResponse, over one request', async () => {
    const { router, fake } = await oneProvider()
    const call = router.chat.completions.create(saying('hi'))
    const { data, response, request_id: requestId } = await call.withResponse()
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual(JSON.parse(JSON.stringify(data)))
    expect(requestId).toBe(response.headers.get('x-request-id'))
    expect((await (await call.asResponse()).json()) as object).toMatchObject({ object: 'chat.completion' })
    expect(await call).toBe(data)
    expect(fake.requests).toHaveLength(1)
  })

  test('a failure that is awaited through an extra is not unhandled', async () => {
    const { router } = await oneProvider({ script: [{ status: 400, message: 'no' }] })
    const unhandled: unknown[] = []
    const keep = (reason: unknown): void => void unhandled.push(reason)
    process.on('unhandledRejection', keep)
    await expect(router.chat.completions.create(saying('hi')).withReport()).rejects.toMatchObject({
      status: 400,
    })
    await new Promise((resolve) => {
      setImmediate(resolve)
    })
    process.off('unhandledRejection', keep)
    expect(unhandled).toEqual([])
  })
})

describe('parse()', () => {
  const Answer = z.object({ city: z.string() })
  const params = { ...saying('hi'), response_format: zodResponseFormat(Answer, 'answer') }

  test('gives the parsed answer, typed', async () => {
    const { router } = await oneProvider({ answer: '{"city":"Paris"}' })
    const completion = await router.chat.completions.parse(params)
    const city: string | undefined = completion.choices[0]?.message.parsed?.city
    expect(city).toBe('Paris')
  })

  test('an answer that the schema refuses is a rejected attempt, and the next target is asked', async () => {
    const { router } = await oneProvider({
      script: [{ answer: '{"town":1}' }, { answer: '{"city":"Rome"}' }],
    })
    const { data, report } = await router.chat.completions.parse(params).withReport()
    expect(data.choices[0]?.message.parsed).toEqual({ city: 'Rome' })
    expect(report.attempts.map(({ target, outcome }) => [target, outcome])).toEqual([
      ['fake/small', 'rejected'],
      ['fake/medium', 'success'],
    ])
    expect(JSON.stringify(report)).not.toContain('town')
  })
})

test('embeddings are routed, decoded and counted', async () => {
  const { router } = await oneProvider({ embeddingDimensions: 4 })
  const { data, report } = await router.embeddings
    .create({ model: 'vectors', input: ['one', 'two'] })
    .withReport()
  expect(data.data.map(({ embedding }) => embedding.length)).toEqual([4, 4])
  expect(data.data[0]?.embedding.every((value) => Number.isFinite(value))).toBe(true)
  expect(report).toMatchObject({ operation: 'embeddings', target: 'fake/embed', outcome: 'success' })
  expect(report.inputTokens).toBeGreaterThan(0)
})

test('ask() is a question and a text', async () => {
  const { router, fake } = await oneProvider({ answer: 'Paris.' })
  const { text, report } = await router.ask('capital of France?', { tier: 'premium' })
  expect([text, report.target]).toEqual(['Paris.', 'fake/large'])
  expect(fake.requests[0]?.body).toMatchObject(saying('capital of France?'))
})

test.each([undefined, '', { role: 'system' }, ['hi']])('ask() takes a text, not %j', async (question) => {
  const { router, fake } = await oneProvider()
  await expect(router.ask(question as never)).rejects.toMatchObject({
    code: 'invalid_params',
    param: 'question',
  })
  expect(fake.requests).toHaveLength(0)
})

test('a logger that throws breaks no call', async () => {
  const fake = await aFake({ script: [{ status: 401 }] })
  const throws = (): void => {
    throw new TypeError('no space left')
  }
  const { router } = aRouter({
    tiers: { cheap: ['fake/a', 'fake/b'] },
    providers: providersOf({ fake }),
    logger: { debug: throws, info: throws, warn: throws, error: throws },
  })
  expect((await router.ask('hi')).report).toMatchObject({ outcome: 'degraded', target: 'fake/b' })
})

test('everything that the installed client has is there, or refused by name', async () => {
  const { router } = await oneProvider()
  const client = new OpenAI({ apiKey: 'k' })
  const resources = Object.entries(client)
    .filter(([, part]) => typeof part === 'object' && part !== null && '_client' in part)
    .map(([name]) => name)
  const methods = ['get', 'post', 'put', 'patch', 'delete', 'request', 'withOptions']
  expect(resources.length).toBeGreaterThan(15)
  for (const name of [...resources, ...methods].filter((each) => !['chat', 'embeddings'].includes(each))) {
    expect(() => Reflect.get(router, name), name).toThrow(
      expect.objectContaining({ code: 'unsupported', param: name }),
    )
  }
})

test('with() and tier() bind options; a call’s own options win', async () => {
  const { router } = await oneProvider()
  const bound = router.with({ user: 'ann', feature: 'search' }).tier('premium')
  const first = await bound.ask('hi')
  expect(first.report).toMatchObject({ user: 'ann', feature: 'search', tier: 'premium' })
  const second = await bound.ask('hi', { tier: 'cheap', user: 'bob' })
  expect(second.report).toMatchObject({ user: 'bob', feature: 'search', tier: 'cheap' })
})

test('summary() adds up calls, attempts, tokens and cost', async () => {
  const { router, fake } = await oneProvider({ script: [{ status: 500 }] })
  const one = await router.ask('hi')
  const two = await router.ask('hello')
  const summary = router.summary()
  expect(summary).toMatchObject({ calls: 2, attempts: 3, costStatus: 'exact', wastedUsd: 0 })
  expect(summary.inputTokens).toBe(fake.completions.promptTokens)
  expect(summary.outputTokens).toBe(fake.completions.completionTokens)
  expect(summary.costUsd).toBeCloseTo((one.report.costUsd ?? 0) + (two.report.costUsd ?? 0), 12)
})

test('an unpriced call has no cost, and says so', async () => {
  const { router } = await oneProvider()
  const { report } = await router.tier('premium').ask('hi')
  expect(report.costStatus).toBe('unpriced')
  expect(report).not.toHaveProperty('costUsd')
  expect(router.summary()).not.toHaveProperty('costUsd')
})

test('what the surface does not have throws a named error', async () => {
  const { router } = await oneProvider()
  const loose = router as unknown as {
    responses: unknown
    images: unknown
    chat: { completions: { runTools: unknown } }
  }
  for (const use of [() => loose.responses, () => loose.images, () => loose.chat.completions.runTools]) {
    expect(use).toThrow(expect.objectContaining({ name: 'LlmError', code: 'unsupported', status: 501 }))
  }
})

test('request options of the client reach the provider', async () => {
  const { router, fake } = await oneProvider()
  await router.chat.completions.create(saying('hi'), {
    headers: { 'x-team': 'blue', 'x-none': null },
    idempotencyKey: 'once',
  })
  expect(fake.requests[0]?.headers).toMatchObject({ 'x-team': 'blue', 'idempotency-key': 'once' })
  expect(fake.requests[0]?.headers).not.toHaveProperty('x-none')
})

test('one line per call, with everything that a log needs', async () => {
  const { router, lines } = await oneProvider()
  await router.ask('hi', { user: 'ann', metadata: { job: 'nightly' } })
  const calls = lines.filter(({ level, message }) => level === 'info' && message === 'llm call')
  expect(calls).toHaveLength(1)
  expect(calls[0]?.fields).toMatchObject({
    outcome: 'success',
    tier: 'cheap',
    target: 'fake/small',
    attempts: 1,
    user: 'ann',
  })
})

test('bad params are refused before any attempt', async () => {
  const { router, fake } = await oneProvider()
  await expect(router.chat.completions.create({ messages: [] })).rejects.toMatchObject({
    code: 'invalid_params',
    status: 400,
  })
  await expect(router.chat.completions.create(saying('hi'), { tier: 'nope' })).rejects.toMatchObject({
    status: 400,
  })
  await expect(
    router.chat.completions.create(saying('hi'), { maxRetries: 1 } as never),
  ).rejects.toMatchObject({ status: 400 })
  expect(fake.requests).toHaveLength(0)
  expect(router.summary().calls).toBe(3)
})

test('maxCostUsd skips what is too dear and what has no price', async () => {
  const { router, fake } = await oneProvider()
  const call = router.chat.completions.create(saying('hi'), { maxCostUsd: 0.000001 })
  await expect(call).rejects.toMatchObject({
    code: 'no_candidate',
    status: 402,
    report: {
      outcome: 'refused',
      errorType: 'no_candidate',
      skipped: [
        { target: 'fake/small', why: 'max-cost' },
        { target: 'fake/medium', why: 'unpriced' },
      ],
    },
  })
  expect(fake.requests).toHaveLength(0)
})
