import { expect, test } from 'vitest'
import { attemptAttributes } from '../../../src/telemetry/attempt-attributes.ts'
import { aRecord } from '../../support/targets.ts'
import { aRateLimited, FIRST } from './some-calls.ts'

const context = { operation: 'chat', params: {}, tier: 'cheap', task: undefined, draftCost: false } as const

test('an answered attempt says tier, tokens, latency and cost on one span', () => {
  const record = aRecord(FIRST, {
    latencyMs: 1234,
    usage: { inputTokens: 12, outputTokens: 7, cacheReadTokens: 3, cacheWriteTokens: 2, reasoningTokens: 4 },
    cost: { amountNanoUsd: 54_399_000, status: 'exact', source: 'catalog' },
    responseModel: 'gpt-4o-2024-08-06',
    upstreamRequestId: 'req-9',
  })
  expect(attemptAttributes(record, context)).toEqual({
    'express_llm.tier': 'cheap',
    'express_llm.attempt.number': 1,
    'express_llm.attempt.reason': 'initial',
    'express_llm.attempt.outcome': 'success',
    'express_llm.latency': 1.234,
    'express_llm.upstream.request_id': 'req-9',
    'express_llm.cost.amount': 0.054399,
    'express_llm.cost.currency': 'USD',
    'express_llm.cost.source': 'catalog',
    'express_llm.cost.status': 'exact',
    'gen_ai.response.id': 'chatcmpl-1',
    'gen_ai.response.model': 'gpt-4o-2024-08-06',
    'gen_ai.response.finish_reasons': ['stop'],
    'gen_ai.usage.input_tokens': 12,
    'gen_ai.usage.output_tokens': 7,
    'gen_ai.usage.cache_read.input_tokens': 3,
    'gen_ai.usage.cache_write.input_tokens': 2,
    'gen_ai.usage.reasoning.output_tokens': 4,
  })
})

test('a failed attempt says its error type, status and Retry-After, and nothing that it does not know', () => {
  expect(attemptAttributes(aRateLimited({ number: 2, reason: 'retry', retryDelayMs: 750 }), context)).toEqual(
    {
      'express_llm.tier': 'cheap',
      'express_llm.attempt.number': 2,
      'express_llm.attempt.reason': 'retry',
      'express_llm.attempt.outcome': 'failed',
      'express_llm.latency': 0.01,
      'express_llm.retry.delay': 0.75,
      'express_llm.retry_after': 2.5,
      'express_llm.cost.amount': 0,
      'express_llm.cost.currency': 'USD',
      'express_llm.cost.status': 'free',
      'gen_ai.response.finish_reasons': ['error'],
      'http.response.status_code': 429,
      'error.type': '429',
    },
  )
})

test('an unknown cost is absent, and said to be unknown', () => {
  const attributes = attemptAttributes(aRecord(FIRST, { cost: { status: 'unpriced' } }), {
    ...context,
    draftCost: true,
  })
  expect(attributes).toMatchObject({ 'express_llm.cost.status': 'unpriced' })
  expect(Object.keys(attributes).filter((name) => name.includes('.cost.'))).toEqual([
    'express_llm.cost.status',
  ])
})

test.each([
  ['provider', 'provider'],
  ['catalog', 'local'],
  ['config', 'local'],
] as const)('a cost from the %s is drafted as %s', (source, drafted) => {
  const record = aRecord(FIRST, { cost: { amountNanoUsd: 1_500_000_000, status: 'exact', source } })
  expect(attemptAttributes(record, { ...context, draftCost: true })).toMatchObject({
    'gen_ai.usage.cost.amount': 1.5,
    'gen_ai.usage.cost.currency': 'USD',
    'gen_ai.usage.cost.source': drafted,
  })
})

test('a refused answer is no error, and its answer is told', () => {
  const attributes = attemptAttributes(
    aRecord(FIRST, {
      outcome: 'rejected',
      failure: { kind: 'rejected', wasSent: true, message: 'no' },
    }),
    context,
  )
  expect(attributes).toMatchObject({
    'express_llm.attempt.outcome': 'rejected',
    'gen_ai.response.finish_reasons': ['stop'],
    'gen_ai.usage.input_tokens': 10,
  })
  expect(attributes).not.toHaveProperty('error.type')
})

test('a cancelled attempt says who cancelled it, and that its tokens are a guess', () => {
  const record = aRecord(FIRST, {
    outcome: 'cancelled',
    failure: { kind: 'cancelled', code: 'client_gone', wasSent: true, message: 'gone' },
    usage: { inputTokens: 9, outputTokens: 0, isEstimated: true },
  })
  expect(attemptAttributes(record, context)).toMatchObject({
    'error.type': 'cancelled',
    'express_llm.abort.cause': 'client_gone',
    'express_llm.usage.is_estimated': true,
  })
})

test('a provider that sends an endless id gets a short attribute', () => {
  const record = aRecord(FIRST, { responseId: 'x'.repeat(10_000), upstreamRequestId: 'y'.repeat(10_000) })
  const attributes = attemptAttributes(record, context)
  expect(attributes['gen_ai.response.id']).toHaveLength(128)
  expect(attributes['express_llm.upstream.request_id']).toHaveLength(128)
})

test('an embedding has no output tokens and no finish reasons', () => {
  const record = aRecord(FIRST, { usage: { inputTokens: 5, outputTokens: 0 }, finishReasons: undefined })
  const attributes = attemptAttributes(record, { ...context, operation: 'embeddings' })
  expect(attributes).toHaveProperty(['gen_ai.usage.input_tokens'], 5)
  expect(attributes).not.toHaveProperty(['gen_ai.usage.output_tokens'])
  expect(attributes).not.toHaveProperty(['gen_ai.response.finish_reasons'])
})
