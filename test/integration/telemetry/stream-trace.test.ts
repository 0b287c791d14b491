import { diag, DiagLogLevel } from '@opentelemetry/api'
import { expect, onTestFinished, test } from 'vitest'
import { createTelemetry } from '../../../src/telemetry/telemetry.ts'
import { METRIC } from '../../../src/telemetry/semconv.ts'
import type { CallStream } from '../../../src/router/call-stream.ts'
import type { CallInput } from '../../../src/router/open-call.ts'
import { runStream } from '../../../src/router/run-stream.ts'
import { stateOf } from '../../../src/surface/router.ts'
import type { FakeStepLike } from '../../../src/testing/fake/step.ts'
import { formatTrace } from '../../../src/testing/trace-tree.ts'
import { aFake, aRouter, providersOf, saying } from '../../support/app.ts'
import { aRecord, aTarget } from '../../support/targets.ts'
import { aPlan, aSettlement, someFacts } from '../../unit/telemetry/some-calls.ts'
import { aCapture, onlyTree } from './captured.ts'

const binding: CallInput['binding'] = {
  isOverhead: false,
  caller: () => ({ allow: ['*'] }),
  route: () => '/ask',
  method: 'POST',
  onHangUp: undefined,
  telemetry: undefined,
  committed: () => undefined,
  settled: () => undefined,
}
const LONG = 'one two three four five six seven eight nine ten'

interface Setup {
  readonly script: readonly FakeStepLike[]
  readonly options?: Readonly<Record<string, unknown>>
  readonly abandonedMs?: number
}

/** A streamed call at two providers, of which the first does what its script says. */
async function aStream({ script, options = {}, abandonedMs }: Setup): Promise<CallStream> {
  const first = await aFake({ name: 'first', script, answer: LONG })
  const second = await aFake({ name: 'second', answer: LONG, tokenDelayMs: 2 })
  const price = { inputUsdPerMTok: 1, outputUsdPerMTok: 2 }
  const { router } = aRouter({
    tiers: { cheap: ['first/a', 'second/b'] },
    targets: { 'first/a': { price }, 'second/b': { price } },
    providers: providersOf({ first, second }),
    retry: { backoffBaseMs: 1, backoffMaxMs: 2 },
    ...(abandonedMs === undefined ? {} : { timeouts: { abandonedMs } }),
  })
  const input = { operation: 'chat', params: { ...saying('hi'), stream: true }, options, binding } as const
  return await runStream(stateOf(router), input)
}

async function readAll(stream: CallStream): Promise<number> {
  let parts = 0
  for (;;) {
    const read = await stream.read()
    if (read === undefined) return parts
    parts += read.length
  }
}

test('a stream that fell back before its first content is one tree, open until it has settled', async () => {
  const captured = await aCapture()
  const stream = await aStream({ script: [{ fault: 'cut', how: 'unterminated', afterTokens: 0 }] })
  expect(captured.openSpans().map(({ name }) => name)).toEqual(['route cheap', 'chat b'])
  await readAll(stream)
  const report = await stream.report
  expect(captured.openSpans()).toEqual([])
  const call = onlyTree(captured)
  expect(call).toMatchObject({
    name: 'route cheap',
    status: 'unset',
    attributes: {
      'express_llm.call.stream': true,
      'express_llm.outcome': 'degraded',
      'express_llm.final.model': 'b',
      'express_llm.time_to_first_chunk': (report.timeToFirstTokenMs ?? Number.NaN) / 1000,
    },
    events: [{ name: 'express_llm.fallback', attributes: { 'error.type': 'stream_interrupted' } }],
    children: [
      {
        name: 'chat a',
        status: 'error',
        attributes: {
          'gen_ai.request.stream': true,
          'error.type': 'stream_interrupted',
          'gen_ai.response.finish_reasons': ['error'],
        },
      },
      {
        name: 'chat b',
        status: 'unset',
        attributes: {
          'gen_ai.request.stream': true,
          'gen_ai.response.finish_reasons': ['stop'],
          'gen_ai.response.time_to_first_chunk':
            (report.attempts[1]?.timeToFirstChunkMs ?? Number.NaN) / 1000,
        },
      },
    ],
  })
  expect(call.children[1]?.attributes['express_llm.stream.chunk_count']).toBeGreaterThan(5)
  expect(formatTrace(call)).toMatch(/chat b {2}[\d.]+ ms {2}first chunk [\d.]+ ms/)
  const points = await captured.metrics()
  const modelsOf = (name: string): unknown[] =>
    points.filter((point) => point.name === name).map(({ attributes }) => attributes['gen_ai.request.model'])
  expect(modelsOf(METRIC.callFirstChunk)).toEqual([undefined])
  // The first target had sent a role before it broke: a chunk, but no content.
  expect(modelsOf(METRIC.inferenceFirstChunk)).toEqual(['a', 'b'])
  expect(modelsOf(METRIC.inferencePerChunk)).toEqual(['b'])
})

test('a stream that broke after its first content is an error of the call, never a `stop`, and waste', async () => {
  const captured = await aCapture()
  const stream = await aStream({
    script: [{ fault: 'cut', how: 'unterminated', afterTokens: 4, tokenDelayMs: 1 }],
  })
  await expect(readAll(stream)).rejects.toMatchObject({ code: 'stream_interrupted' })
  const call = onlyTree(captured)
  expect(call).toMatchObject({
    status: 'error',
    attributes: { 'express_llm.outcome': 'exhausted', 'error.type': 'stream_interrupted' },
    events: [],
    children: [
      {
        status: 'error',
        attributes: {
          'error.type': 'stream_interrupted',
          'gen_ai.response.finish_reasons': ['error'],
          'express_llm.usage.is_estimated': true,
          'express_llm.cost.status': 'estimated',
        },
      },
    ],
  })
  const { 'express_llm.cost.total': total, 'express_llm.cost.wasted': wasted } = call.attributes
  expect(total).toBeGreaterThan(0)
  expect(wasted).toBe(total)
  const spent = (await captured.metrics()).filter(({ name }) => name === METRIC.costSpent)
  expect(spent.map(({ attributes }) => attributes['express_llm.purpose'])).toEqual(['wasted'])
  expect(captured.openSpans()).toEqual([])
})

/** What the SDK complains about: a span that is ended twice, or written to after its end. */
function complaints(): readonly string[] {
  const told: string[] = []
  const tell = (message: string): void => void told.push(message)
  const silent = (): void => undefined
  diag.setLogger({ error: tell, warn: tell, info: silent, debug: silent, verbose: silent }, DiagLogLevel.WARN)
  onTestFinished(() => diag.disable())
  return told
}

const stalled: FakeStepLike = { fault: 'stall', afterTokens: 3 }

test.each([
  ['the caller’s signal', 'caller_signal', 'cancelled'],
  ['its reader', 'reader_stopped', 'cancelled'],
  ['nobody’s reading', 'abandoned', 'stream_abandoned'],
])(
  'a stream that was ended by %s says so on both its spans, each ended once',
  async (_who, cause, errorType) => {
    const told = complaints()
    const captured = await aCapture()
    const controller = new AbortController()
    const stream = await aStream({
      script: [stalled],
      options: { signal: controller.signal },
      ...(cause === 'abandoned' ? { abandonedMs: 30 } : {}),
    })
    if (cause === 'caller_signal') controller.abort()
    if (cause === 'reader_stopped') stream.stop()
    expect(await stream.report).toMatchObject({ outcome: 'cancelled', errorType })
    const call = onlyTree(captured)
    expect(call.children).toHaveLength(1)
    for (const span of [call, ...call.children]) {
      expect(span).toMatchObject({
        status: 'error',
        attributes: { 'error.type': errorType, 'express_llm.abort.cause': cause },
        events: [],
      })
    }
    expect(call.attributes['express_llm.outcome']).toBe('cancelled')
    expect(call.children[0]?.attributes).toMatchObject({
      'express_llm.attempt.outcome': 'cancelled',
      'gen_ai.response.finish_reasons': ['error'],
      'express_llm.cost.status': 'estimated',
    })
    expect(captured.openSpans()).toEqual([])
    expect(told).toEqual([])
  },
)

test('parts that could not be read are counted on the attempt', async () => {
  const captured = await aCapture()
  const stream = await aStream({ script: [{ fault: 'malformed', count: 2 }] })
  await readAll(stream)
  expect((await stream.report).attempts[0]).toMatchObject({ outcome: 'success', malformedParts: 2 })
  expect(onlyTree(captured).children[0]?.attributes).toMatchObject({
    'express_llm.stream.malformed_parts': 2,
    'gen_ai.response.finish_reasons': ['stop'],
  })
})

test('that it is streamed is told at the start, where samplers see it', async () => {
  const captured = await aCapture()
  const config = { enabled: true, semconv: 'latest', draftCost: false, callerAttributes: false } as const
  const target = aTarget('a/one')
  for (const isStreamed of [true, false]) {
    captured.reset()
    const settlement = aSettlement([aRecord(target, { stream: isStreamed ? someFacts() : undefined })], {
      isStreamed,
    })
    const telemetry = createTelemetry(config, '0.0.0', () => undefined)
    const call = telemetry.startCall({ ...settlement, plan: aPlan(), request: undefined })
    const attempt = call.startAttempt({
      number: 1,
      reason: 'initial',
      target,
      operation: 'chat',
      params: {},
      isStreamed,
      retryDelayMs: 0,
    })
    expect(captured.openSpans().map(({ attributes }) => attributes)).toMatchObject(
      isStreamed ? [{ 'express_llm.call.stream': true }, { 'gen_ai.request.stream': true }] : [{}, {}],
    )
    attempt.end(aRecord(target))
    call.end(settlement)
    const names = captured.spans().flatMap(({ attributes }) => Object.keys(attributes))
    expect(names.some((name) => name.endsWith('.stream'))).toBe(isStreamed)
  }
})
