import { context, createContextKey, metrics, trace, type Context, type Span } from '@opentelemetry/api'
import { SamplingDecision } from '@opentelemetry/api'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import { AlwaysOffSampler, TracerProvider } from '@opentelemetry/sdk-trace'
import { expect, onTestFinished, test } from 'vitest'
import { METRIC } from '../../../src/telemetry/semconv.ts'
import { createTelemetry, type Telemetry } from '../../../src/telemetry/telemetry.ts'
import { aFake, aRouter, providersOf, saying } from '../../support/app.ts'
import { aRecord, aTarget } from '../../support/targets.ts'
import { aPlan, aSettlement } from '../../unit/telemetry/some-calls.ts'
import { aCapture, onlyTree } from './captured.ts'

const TARGET = aTarget('a/one')

function aTelemetry(): { telemetry: Telemetry; problems: string[] } {
  const problems: string[] = []
  const config = { enabled: true, semconv: 'latest', draftCost: true, callerAttributes: false } as const
  return { telemetry: createTelemetry(config, '0.0.0', (problem) => problems.push(problem)), problems }
}

/** One call from start to end, through the telemetry alone. */
async function oneCall(telemetry: Telemetry): Promise<string | undefined> {
  const request = telemetry.attach()
  const call = telemetry.startCall({
    operation: 'chat',
    callId: 'call-1',
    isStreamed: false,
    isOverhead: false,
    startedAtMs: Date.now(),
    plan: aPlan(),
    requestedModel: undefined,
    caller: undefined,
    route: undefined,
    request,
  })
  call.skipped({ target: 'b/two', why: 'cooldown', detail: '' })
  const attempt = call.startAttempt({
    number: 1,
    reason: 'initial',
    target: TARGET,
    operation: 'chat',
    params: {},
    isStreamed: false,
    retryDelayMs: 0,
  })
  expect(await attempt.run(() => Promise.resolve('answer'))).toBe('answer')
  attempt.end(aRecord(TARGET))
  call.end(aSettlement([aRecord(TARGET)]))
  request.rollUp({
    calls: 1,
    attempts: 1,
    inputTokens: 1,
    outputTokens: 1,
    costStatus: 'exact',
    costUsd: 1,
    wastedUsd: 0,
  })
  return call.traceId
}

test('without an SDK a call makes nothing: the same silent objects serve all calls', async () => {
  const { telemetry, problems } = aTelemetry()
  expect(await oneCall(telemetry)).toBeUndefined()
  const start = { ...aSettlement([]), request: undefined }
  expect(telemetry.startCall(start)).toBe(telemetry.startCall(start))
  expect(telemetry.attach()).toBe(telemetry.attach())
  expect(problems).toEqual([])
})

test('an SDK that comes after the router is used; and the next one, when it is replaced', async () => {
  const { telemetry } = aTelemetry()
  await oneCall(telemetry)
  for (let life = 0; life < 2; life++) {
    const captured = await aCapture()
    const traceId = await oneCall(telemetry)
    expect(onlyTree(captured)).toMatchObject({
      name: 'route cheap',
      traceId,
      events: [{ name: 'express_llm.candidate.skipped' }],
      children: [{ name: 'chat one' }],
    })
    expect((await captured.metrics()).map(({ name }) => name)).toContain(METRIC.callDuration)
    await captured.shutdown()
    expect(await oneCall(telemetry)).toBeUndefined()
  }
})

test('metrics alone work without traces', async () => {
  const captured = await aCapture()
  trace.disable()
  const { telemetry } = aTelemetry()
  expect(await oneCall(telemetry)).toBeUndefined()
  expect((await captured.metrics()).map(({ name }) => name)).toContain(METRIC.costSpent)
})

test('a trace that is not sampled has an id, no attributes, and its metrics', async () => {
  const captured = await aCapture()
  trace.disable()
  trace.setGlobalTracerProvider(new TracerProvider({ sampler: new AlwaysOffSampler() }))
  const { telemetry, problems } = aTelemetry()
  expect(await oneCall(telemetry)).toMatch(/^[0-9a-f]{32}$/)
  expect(captured.spans()).toEqual([])
  expect((await captured.metrics()).map(({ name }) => name)).toContain(METRIC.callDuration)
  expect(problems).toEqual([])
})

function broken(): never {
  throw new Error('broken')
}

test.each([
  ['start of a span', { onStart: broken }],
  ['end of a span', { onEnd: broken }],
])('a processor that throws at the %s changes no call, and is told once', async (_where, part) => {
  const ignore = { onStart: () => undefined, onEnd: () => undefined, ...part }
  const finish = { forceFlush: () => Promise.resolve(), shutdown: () => Promise.resolve() }
  await aCapture({ spanProcessors: [{ ...ignore, ...finish }] })
  const fake = await aFake()
  const { router, lines } = aRouter({ tiers: { cheap: ['fake/a'] }, providers: providersOf({ fake }) })
  for (let call = 0; call < 5; call++) {
    const { report } = await router.chat.completions.create(saying('hi')).withReport()
    expect(report.outcome).toBe('success')
  }
  const told = lines.filter(({ level }) => level === 'warn').map(({ message }) => message)
  expect(told.length).toBeGreaterThan(0)
  expect(new Set(told).size).toBe(told.length)
  expect(told.join()).toContain('telemetry failed')
})

test('a sampler, an instrument and a context manager that throw change no call', async () => {
  const provider = new TracerProvider({ sampler: { shouldSample: broken } })
  trace.setGlobalTracerProvider(provider)
  metrics.setGlobalMeterProvider({ getMeter: broken })
  context.setGlobalContextManager({
    active: broken,
    with: broken,
    bind: broken,
    enable: broken,
    disable: () => broken,
  } as never)
  onTestFinished(() => {
    trace.disable()
    metrics.disable()
    context.disable()
  })
  const { telemetry, problems } = aTelemetry()
  for (let call = 0; call < 3; call++) expect(await oneCall(telemetry)).toBeUndefined()
  expect(problems.length).toBeGreaterThan(0)
  expect(new Set(problems).size).toBe(problems.length)
})

test('samplers see what they need when a span begins', async () => {
  const seen: [string, Record<string, unknown>][] = []
  trace.setGlobalTracerProvider(
    new TracerProvider({
      sampler: {
        shouldSample(_context, _traceId, name, _kind, attributes) {
          seen.push([name, attributes])
          return { decision: SamplingDecision.NOT_RECORD }
        },
      },
    }),
  )
  onTestFinished(() => trace.disable())
  await oneCall(aTelemetry().telemetry)
  expect(seen).toEqual([
    ['route cheap', { 'express_llm.call.id': 'call-1', 'express_llm.tier': 'cheap' }],
    [
      'chat one',
      { 'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': 'a', 'gen_ai.request.model': 'one' },
    ],
  ])
})

const RPC_METADATA = createContextKey('OpenTelemetry SDK Context Key RPC_METADATA')

function within(parts: { server?: Span; active?: Span }): Context {
  let here = context.active()
  if (parts.server) here = here.setValue(RPC_METADATA, { type: 'http', span: parts.server })
  return parts.active ? trace.setSpan(here, parts.active) : here
}

test('the roll-up goes to the server span, not to the layer that the middleware runs in', async () => {
  const captured = await aCapture()
  const tracer = trace.getTracer('app')
  const server = tracer.startSpan('POST /ask')
  const layer = tracer.startSpan('middleware - llm')
  await context.with(within({ server, active: layer }), () => oneCall(aTelemetry().telemetry))
  layer.end()
  server.end()
  const spans = captured.spans()
  expect(spans.find(({ name }) => name === 'POST /ask')?.attributes).toMatchObject({
    'express_llm.request.cost.total': 1,
    'express_llm.request.call.count': 1,
  })
  expect(spans.find(({ name }) => name.startsWith('middleware'))?.attributes).toEqual({})
})

test('without RPC metadata the active span gets the roll-up; after its end nobody does, and nobody complains', async () => {
  const captured = await aCapture()
  const { telemetry, problems } = aTelemetry()
  const span = trace.getTracer('app').startSpan('request')
  await context.with(within({ active: span }), () => oneCall(telemetry))
  span.end()
  await context.with(within({ active: span }), () => oneCall(telemetry))
  const [request] = captured.spans()
  expect(request?.attributes).toMatchObject({ 'express_llm.request.call.count': 1 })
  expect(problems).toEqual([])
})

test('a call belongs to its request even where the app lost its context', async () => {
  const captured = await aCapture()
  const { telemetry } = aTelemetry()
  const server = trace.getTracer('app').startSpan('POST /ask')
  const request = context.with(within({ server }), () => telemetry.attach())
  const call = telemetry.startCall({ ...aSettlement([]), startedAtMs: Date.now(), request })
  call.end(aSettlement([]))
  server.end()
  const routed = captured.spans().find(({ scope }) => scope === 'express-llm')
  expect(routed?.parentSpanId).toBe(server.spanContext().spanId)
})

test('a meter provider without readers costs nothing but its instruments', async () => {
  metrics.setGlobalMeterProvider(new MeterProvider())
  onTestFinished(() => metrics.disable())
  const { telemetry, problems } = aTelemetry()
  await oneCall(telemetry)
  expect(problems).toEqual([])
})
