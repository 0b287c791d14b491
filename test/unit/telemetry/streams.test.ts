import { describe, expect, test } from 'vitest'
import type { AttemptRecord } from '../../../src/core/attempt-record.ts'
import { CallAborted } from '../../../src/core/abort.ts'
import { LlmError } from '../../../src/core/llm-error.ts'
import { attemptAttributes } from '../../../src/telemetry/attempt-attributes.ts'
import { callEndAttributes, callStartAttributes } from '../../../src/telemetry/call-attributes.ts'
import { callLogFields } from '../../../src/telemetry/call-log.ts'
import { aRecord } from '../../support/targets.ts'
import { aBrokenStream, aPlan, aSettlement, FIRST, someFacts } from './some-calls.ts'

const context = { operation: 'chat', params: {}, tier: 'cheap', task: undefined, draftCost: false } as const

function attributesOf(record: AttemptRecord, params: Record<string, unknown> = {}) {
  return attemptAttributes(record, { ...context, params })
}

describe('a streamed attempt', () => {
  test('says when its first chunk came, and how many came', () => {
    const attributes = attributesOf(aRecord(FIRST, { stream: someFacts() }))
    expect(attributes).toMatchObject({
      'gen_ai.response.time_to_first_chunk': 0.2,
      'gen_ai.response.finish_reasons': ['stop'],
      'express_llm.stream.chunk_count': 11,
    })
    expect(attributes).not.toHaveProperty(['express_llm.stream.malformed_parts'])
  })

  test('says what of it could not be read', () => {
    const record = aRecord(FIRST, { stream: someFacts({ malformedCount: 2 }) })
    expect(attributesOf(record)).toMatchObject({ 'express_llm.stream.malformed_parts': 2 })
  })

  test('that nothing came of has no time of a first chunk', () => {
    const stream = someFacts({ timeToFirstChunkMs: undefined, timeToLastChunkMs: undefined, chunkCount: 0 })
    const attributes = attributesOf(aBrokenStream({ stream }))
    expect(attributes).not.toHaveProperty(['gen_ai.response.time_to_first_chunk'])
    expect(attributes).toMatchObject({ 'express_llm.stream.chunk_count': 0 })
  })

  test.each([
    ['stream-interrupted', undefined, 'stream_interrupted', undefined],
    ['timeout', undefined, 'timeout', undefined],
    ['abandoned', undefined, 'stream_abandoned', 'abandoned'],
    ['cancelled', 'reader_stopped', 'cancelled', 'reader_stopped'],
    ['cancelled', 'deadline', 'cancelled', 'deadline'],
  ] as const)('that ended by %s (%s) has the error type %s', (kind, code, errorType, cause) => {
    const failure = { kind, wasSent: true, message: 'cut', ...(code === undefined ? {} : { code }) }
    const attributes = attributesOf(aBrokenStream({ failure }))
    expect([attributes['error.type'], attributes['express_llm.abort.cause']]).toEqual([errorType, cause])
    expect(attributes).toMatchObject({
      'gen_ai.response.finish_reasons': ['error'],
      'express_llm.usage.is_estimated': true,
      'express_llm.cost.status': 'estimated',
    })
  })

  test('that broke between its choices says which of them finished', () => {
    const record = aBrokenStream({ finishReasons: ['', 'stop'] })
    expect(attributesOf(record, { n: 3 })['gen_ai.response.finish_reasons']).toEqual([
      'error',
      'stop',
      'error',
    ])
  })
})

test('an attempt that is not streamed says nothing of chunks', () => {
  const names = Object.keys(attributesOf(aRecord(FIRST)))
  expect(names.filter((name) => /chunk|stream/.test(name))).toEqual([])
})

describe('a streamed call', () => {
  test('says so at its start, and only then', () => {
    const facts = { callId: 'call-1', plan: aPlan(), caller: undefined, route: undefined }
    expect(callStartAttributes({ ...facts, isStreamed: true, isOverhead: false }, false)).toMatchObject({
      'express_llm.call.stream': true,
    })
    expect(callStartAttributes({ ...facts, isStreamed: false, isOverhead: false }, false)).not.toHaveProperty(
      ['express_llm.call.stream'],
    )
  })

  test('says when it gave its caller the first chunk, also when it broke later', () => {
    const error = new LlmError({ code: 'stream_interrupted', status: 502, message: 'cut' })
    const settlement = aSettlement([aBrokenStream()], { isStreamed: true, timeToFirstTokenMs: 450, error })
    expect(callEndAttributes(settlement)).toMatchObject({
      'express_llm.outcome': 'exhausted',
      'express_llm.time_to_first_chunk': 0.45,
      'express_llm.cost.wasted': 0.0000007,
      'error.type': 'stream_interrupted',
    })
    expect(callEndAttributes(settlement)).not.toHaveProperty(['express_llm.final.model'])
  })

  test('that nobody read says so, and is no failure of a target', () => {
    const error = new CallAborted('abandoned')
    expect(callEndAttributes(aSettlement([aBrokenStream()], { isStreamed: true, error }))).toMatchObject({
      'express_llm.outcome': 'cancelled',
      'error.type': 'stream_abandoned',
      'express_llm.abort.cause': 'abandoned',
    })
  })

  test('that gave nothing has no time of a first chunk', () => {
    const error = new CallAborted('deadline')
    const attributes = callEndAttributes(aSettlement([], { isStreamed: true, error }))
    expect(attributes).not.toHaveProperty(['express_llm.time_to_first_chunk'])
  })

  test('has both in its log line', () => {
    const record = aRecord(FIRST, { stream: someFacts() })
    const streamed = aSettlement([record], { isStreamed: true, timeToFirstTokenMs: 200.12345 })
    expect(callLogFields(streamed)).toMatchObject({ streamed: true, timeToFirstTokenMs: 200.123 })
    const plain = callLogFields(aSettlement([aRecord(FIRST)]))
    expect(plain).not.toHaveProperty('streamed')
    expect(plain).not.toHaveProperty('timeToFirstTokenMs')
  })
})
