import { expect, test } from 'vitest'
import type { AttemptRecord } from '../../../src/core/attempt-record.ts'
import { LlmError } from '../../../src/core/llm-error.ts'
import { DURATION_BUCKETS_S, METRIC } from '../../../src/telemetry/semconv.ts'
import { createTelemetry } from '../../../src/telemetry/telemetry.ts'
import type { TelemetryConfig } from '../../../src/telemetry/telemetry-config.ts'
import type { CapturedMetric } from '../../../src/testing/captured-telemetry-data.ts'
import { aRecord } from '../../support/targets.ts'
import {
  aBrokenStream,
  aRateLimited,
  aSettlement,
  FIRST,
  someFacts,
} from '../../unit/telemetry/some-calls.ts'
import { aCapture } from './captured.ts'

type CallParts = NonNullable<Parameters<typeof aSettlement>[1]>
interface Settled {
  readonly records: readonly AttemptRecord[]
  readonly call?: CallParts
  readonly semconv?: TelemetryConfig['semconv']
}

/** The points of these metrics after one call with these records. */
async function pointsOf({ records, call = {}, semconv = 'latest' }: Settled) {
  const captured = await aCapture()
  const config = { enabled: true, semconv, draftCost: false, callerAttributes: false }
  const telemetry = createTelemetry(config, '0.0.0', (message) => {
    throw new Error(message)
  })
  const settlement = aSettlement(records, call)
  telemetry.startCall({ ...settlement, request: undefined }).end(settlement)
  const points = await captured.metrics()
  return (name: string): readonly CapturedMetric[] => points.filter((point) => point.name === name)
}

test('the first chunk of an attempt is counted from its sending, without an error type', async () => {
  const points = await pointsOf({ records: [aRateLimited({ number: 1 }), aBrokenStream({ number: 2 })] })
  expect(points(METRIC.inferenceFirstChunk)).toEqual([
    {
      name: 'gen_ai.client.inference.time_to_first_chunk',
      unit: 's',
      kind: 'histogram',
      value: 0.2,
      count: 1,
      boundaries: DURATION_BUCKETS_S,
      attributes: {
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'azure.ai.openai',
        'gen_ai.request.model': 'gpt-4o',
        'gen_ai.response.model': 'gpt-4o',
        'server.address': 'eu.openai.azure.com',
        'server.port': 443,
      },
    },
  ])
})

test('the time per chunk is a mean over those after the first, and knows nothing of a stall after the last', async () => {
  const points = await pointsOf({ records: [aBrokenStream()] })
  const [point, ...others] = points(METRIC.inferencePerChunk)
  expect(point).toMatchObject({ unit: 's', count: 1, boundaries: DURATION_BUCKETS_S })
  expect(point?.value).toBeCloseTo(0.1, 9)
  expect(point?.attributes).not.toHaveProperty(['error.type'])
  expect(others).toEqual([])
})

test.each([
  ['one chunk', someFacts({ chunkCount: 1, timeToLastChunkMs: 200 })],
  ['a last chunk that nobody timed, in a stream that broke', someFacts({ timeToLastChunkMs: undefined })],
])('%s makes no time per chunk', async (_what, stream) => {
  const points = await pointsOf({ records: [aBrokenStream({ stream })] })
  expect(points(METRIC.inferenceFirstChunk)).toHaveLength(1)
  expect(points(METRIC.inferencePerChunk)).toEqual([])
})

test('neither is there for an attempt without chunks, or one that was not streamed', async () => {
  const stream = someFacts({ timeToFirstChunkMs: undefined, timeToLastChunkMs: undefined, chunkCount: 0 })
  const points = await pointsOf({ records: [aBrokenStream({ stream }), aRecord(FIRST, { number: 2 })] })
  for (const name of [METRIC.inferenceFirstChunk, METRIC.inferencePerChunk, METRIC.callFirstChunk])
    expect(points(name)).toEqual([])
})

test('the first chunk of a call is counted from its begin, and tells how the call ended', async () => {
  const error = new LlmError({ code: 'stream_interrupted', status: 502, message: 'cut' })
  const call = { isStreamed: true, timeToFirstTokenMs: 450, error }
  const points = await pointsOf({ records: [aBrokenStream()], call })
  expect(points(METRIC.callFirstChunk)).toMatchObject([
    {
      unit: 's',
      value: 0.45,
      count: 1,
      boundaries: DURATION_BUCKETS_S,
      attributes: {
        'express_llm.tier': 'cheap',
        'express_llm.outcome': 'exhausted',
        'http.route': '/ask/:id',
        'error.type': 'stream_interrupted',
      },
    },
  ])
  expect(points(METRIC.callFirstChunk)[0]?.attributes).toEqual(points(METRIC.callDuration)[0]?.attributes)
})

test.each([
  ['latest', 1, 0],
  ['v1.41', 0, 1],
  ['both', 1, 1],
] as const)('the names are those of %s', async (semconv, latest, older) => {
  const points = await pointsOf({ records: [aBrokenStream()], semconv })
  for (const name of [METRIC.inferenceFirstChunk, METRIC.inferencePerChunk])
    expect(points(name)).toHaveLength(latest)
  for (const name of [METRIC.operationFirstChunk, METRIC.operationPerChunk])
    expect(points(name)).toHaveLength(older)
})
