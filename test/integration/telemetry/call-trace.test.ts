import { expect, test } from 'vitest'
import { EVENT, METRIC, OURS, STANDARD } from '../../../src/telemetry/semconv.ts'
import type { FakeStepLike } from '../../../src/testing/fake/step.ts'
import { aFake, aRouter, providersOf, saying } from '../../support/app.ts'
import { aCapture, onlyTree, sumOf } from './captured.ts'

const PRICES = {
  'first/a': { price: { inputUsdPerMTok: 1, outputUsdPerMTok: 2 } },
  'second/b': { price: { inputUsdPerMTok: 10, outputUsdPerMTok: 20 } },
}

async function twoProviders(script: readonly FakeStepLike[], telemetry: object = {}) {
  const first = await aFake({ name: 'first', script })
  const second = await aFake({ name: 'second' })
  const { router, lines } = aRouter({
    tiers: { cheap: ['first/a', 'second/b'] },
    targets: PRICES,
    providers: providersOf({ first, second }),
    retry: { backoffBaseMs: 1, backoffMaxMs: 2 },
    telemetry,
  })
  return { router, lines, first, second }
}

test('a call that was retried and fell back is one tree: its attempts are the inference spans', async () => {
  const captured = await aCapture()
  const { router, lines, second } = await twoProviders([{ status: 503 }, { status: 503 }])
  const { report } = await router.chat.completions
    .create({ ...saying('hi'), temperature: 0.5 }, { maxAttempts: 3 })
    .withReport()

  const call = onlyTree(captured)
  expect(call).toMatchObject({
    name: 'route cheap',
    kind: 'internal',
    status: 'unset',
    scope: 'express-llm',
    schemaUrl: 'https://opentelemetry.io/schemas/gen-ai-dev/1.42.0-dev',
    traceId: report.traceId,
    attributes: {
      'express_llm.tier': 'cheap',
      'express_llm.outcome': 'degraded',
      'express_llm.attempt.count': 3,
      'express_llm.retry.count': 1,
      'express_llm.fallback.depth': 1,
      'express_llm.final.model': 'b',
      'express_llm.cost.total': report.costUsd,
      'express_llm.usage.input_tokens': report.inputTokens,
    },
  })
  expect(call.attributes).not.toHaveProperty(['gen_ai.operation.name'])
  expect(call.children.map(({ name, kind, status }) => [name, kind, status])).toEqual([
    ['chat a', 'client', 'error'],
    ['chat a', 'client', 'error'],
    ['chat b', 'client', 'unset'],
  ])
  expect(call.children[0]?.attributes).toMatchObject({
    'error.type': '503',
    'http.response.status_code': 503,
    'express_llm.attempt.reason': 'initial',
  })
  expect(call.children[1]?.attributes).toMatchObject({ 'express_llm.attempt.reason': 'retry' })
  expect(call.children[2]?.attributes).toMatchObject({
    'gen_ai.operation.name': 'chat',
    'gen_ai.request.model': 'b',
    'gen_ai.request.temperature': 0.5,
    'server.address': '127.0.0.1',
    'server.port': second.port,
    'express_llm.attempt.reason': 'fallback',
    'express_llm.cost.amount': report.costUsd,
  })
  expect(call.children[2]?.attributes).not.toHaveProperty(['error.type'])
  expect(call.events.map(({ name, attributes }) => [name, attributes['express_llm.to.target']])).toEqual([
    ['express_llm.retry', 'first/a'],
    ['express_llm.fallback', 'second/b'],
  ])
  expect(lines.find(({ message }) => message === 'llm call')?.fields).toMatchObject({
    traceId: report.traceId,
    outcome: 'degraded',
    attempts: 3,
  })
  expect(captured.openSpans()).toEqual([])
})

test('every name is one of the conventions, or ours', async () => {
  const captured = await aCapture()
  const { router } = await twoProviders([{ status: 429, retryAfter: 60 }], { semconv: 'both' })
  await router.chat.completions.create({ ...saying('hi'), stop: 'x', seed: 1, n: 2 })
  await router.embeddings.create({ input: 'hi', dimensions: 3 })
  const names = new Set<string>([...Object.values(STANDARD), ...Object.values(OURS)])
  const metrics = await captured.metrics()
  const written = [...captured.spans().flatMap((span) => [span, ...span.events]), ...metrics].flatMap(
    ({ attributes }) => Object.keys(attributes),
  )
  expect(written.filter((name) => !names.has(name))).toEqual([])
  expect(written.length).toBeGreaterThan(50)
  const events = captured.spans().flatMap((span) => span.events.map(({ name }) => name))
  expect(events).not.toEqual([])
  expect(events.filter((name) => !Object.values<string>(EVENT).includes(name))).toEqual([])
  expect(metrics.filter(({ name }) => !Object.values<string>(METRIC).includes(name))).toEqual([])
})

test('a refused call is a span of its own, in error, with nothing of what it asked for', async () => {
  const captured = await aCapture()
  const { router } = await twoProviders([])
  await expect(
    router.chat.completions.create({ ...saying('hi'), model: 'PLANTED-no-such-model' }),
  ).rejects.toMatchObject({ code: 'model_not_found' })
  expect(onlyTree(captured)).toMatchObject({
    name: 'route',
    status: 'error',
    attributes: { 'express_llm.outcome': 'refused', 'express_llm.attempt.count': 0 },
    children: [],
  })
  expect(JSON.stringify([captured.spans(), await captured.metrics()])).not.toContain('PLANTED')
})

test('a call that nobody could answer is in error, and so is every attempt', async () => {
  const captured = await aCapture()
  const { router, second } = await twoProviders([{ status: 401 }])
  second.script([{ fault: 'html' }])
  await expect(router.chat.completions.create(saying('hi'))).rejects.toMatchObject({ code: 'exhausted' })
  const call = onlyTree(captured)
  expect([call.status, call.attributes['error.type']]).toEqual(['error', 'exhausted'])
  expect(call.children.map(({ status, attributes }) => [status, attributes['error.type']])).toEqual([
    ['error', '401'],
    ['error', 'invalid_response'],
  ])
})

test('an answer that the call refuses leaves its attempt unset, and its cost is waste', async () => {
  const captured = await aCapture()
  const { router } = await twoProviders(['no', 'no'])
  const { report } = await router.chat.completions
    .create(saying('hi'), { accept: ({ choices }) => choices[0]?.message.content !== 'no' })
    .withReport()
  const call = onlyTree(captured)
  expect(call.children[0]).toMatchObject({
    status: 'unset',
    attributes: { 'express_llm.attempt.outcome': 'rejected' },
  })
  expect(call.attributes['express_llm.cost.wasted']).toBe(report.wastedUsd)
  const spent = (await captured.metrics()).filter(({ name }) => name === METRIC.costSpent)
  expect(new Set(spent.map(({ attributes }) => attributes['express_llm.purpose']))).toEqual(
    new Set(['answer', 'wasted']),
  )
})

test('a cancelled call says so on its span and on its attempt’s, and who did it', async () => {
  const captured = await aCapture()
  const { router, first } = await twoProviders([{ fault: 'silence' }])
  const controller = new AbortController()
  const answer = router.chat.completions.create(saying('hi'), { signal: controller.signal })
  await first.waitFor(1)
  controller.abort()
  await expect(answer).rejects.toMatchObject({ code: 'cancelled' })
  const call = onlyTree(captured)
  for (const span of [call, ...call.children]) {
    expect(span).toMatchObject({
      status: 'error',
      attributes: { 'error.type': 'cancelled', 'express_llm.abort.cause': 'caller_signal' },
      events: [],
    })
  }
  expect(call.attributes['express_llm.outcome']).toBe('cancelled')
  expect(call.children[0]?.attributes['express_llm.cost.status']).toBe('estimated')
  expect(captured.openSpans()).toEqual([])
})

test('a span takes as long as its record says', async () => {
  const captured = await aCapture()
  const { router } = await twoProviders([{ delayMs: 30 }])
  const { report } = await router.chat.completions.create(saying('hi')).withReport()
  const call = onlyTree(captured)
  expect(call.durationMs).toBeCloseTo(report.latencyMs, 2)
  expect(Math.abs((call.children[0]?.durationMs ?? 0) - (report.attempts[0]?.latencyMs ?? 0))).toBeLessThan(
    20,
  )
})

test.each([
  ['latest', [METRIC.inferenceDuration, METRIC.inferenceUsageInput], [METRIC.tokenUsage]],
  ['v1.41', [METRIC.tokenUsage, METRIC.operationDuration], [METRIC.inferenceDuration]],
  ['both', [METRIC.tokenUsage, METRIC.inferenceDuration], []],
])('metrics have the names of %s', async (semconv, present, absent) => {
  const captured = await aCapture()
  const { router } = await twoProviders([], { semconv })
  await router.chat.completions.create(saying('hi'))
  const names = new Set((await captured.metrics()).map(({ name }) => name))
  expect(present.filter((name) => !names.has(name))).toEqual([])
  expect(absent.filter((name) => names.has(name))).toEqual([])
})

test('embeddings have the conventions’ own metrics', async () => {
  const captured = await aCapture()
  const { router } = await twoProviders([])
  const { report } = await router.embeddings.create({ input: 'hi' }).withReport()
  expect(onlyTree(captured).children.map(({ name }) => name)).toEqual(['embeddings a'])
  expect(await sumOf(captured, METRIC.embeddingsInput)).toBe(report.inputTokens)
  const names = (await captured.metrics()).map(({ name }) => name)
  expect(names.filter((name) => name.startsWith('gen_ai.client.inference'))).toEqual([])
})

test('telemetry that is switched off records nothing', async () => {
  const captured = await aCapture()
  const { router } = await twoProviders([], { enabled: false })
  const { report } = await router.chat.completions.create(saying('hi')).withReport()
  expect(report.traceId).toBeUndefined()
  expect([captured.spans(), await captured.metrics()]).toEqual([[], []])
})

test('user, tenant and feature are on the span only where the app wants them', async () => {
  const captured = await aCapture()
  const who = { user: 'ada', tenant: 'acme', feature: 'chat' }
  for (const callerAttributes of [false, true]) {
    const { router } = await twoProviders([], { callerAttributes })
    await router.chat.completions.create(saying('hi'), who)
  }
  const [quiet, loud] = captured.tree()
  expect(quiet?.attributes).not.toHaveProperty(['user.id'])
  expect(loud?.attributes).toMatchObject({ 'user.id': 'ada', 'express_llm.tenant.id': 'acme' })
  expect(JSON.stringify(await captured.metrics())).not.toMatch(/ada|acme/)
})
