import { expect, test } from 'vitest'
import { LlmError } from '../../../src/core/llm-error.ts'
import { callLogFields } from '../../../src/telemetry/call-log.ts'
import { aRecord } from '../../support/targets.ts'
import { aRateLimited, aSettlement, SECOND } from './some-calls.ts'

test('an answered call is one flat line', () => {
  const settlement = aSettlement([aRateLimited(), aRecord(SECOND, { number: 2, reason: 'fallback' })], {
    latencyMs: 12.3456789,
    caller: { user: 'ada', tenant: 'acme' },
    metadata: { order: '7' },
  })
  expect(callLogFields({ ...settlement, traceId: 'trace-1' })).toEqual({
    callId: 'call-1',
    operation: 'chat',
    outcome: 'degraded',
    tier: 'cheap',
    target: 'groq/llama',
    attempts: 2,
    fallbacks: 1,
    inputTokens: 10,
    outputTokens: 5,
    costUsd: 0.000001,
    costStatus: 'exact',
    latencyMs: 12.346,
    user: 'ada',
    tenant: 'acme',
    route: '/ask/:id',
    traceId: 'trace-1',
    metadata: { order: '7' },
  })
})

test('a failed call names its error by code and type; nobody else’s words are in it', () => {
  const error = new LlmError({ code: 'exhausted', status: 502, message: 'secret words' })
  const failed = aRateLimited({
    failure: {
      kind: 'invalid-request',
      status: 400,
      wasSent: true,
      message: 'secret words',
      providerMessage: 'secret words',
      code: 'secret words',
    },
  })
  const fields = callLogFields(aSettlement([failed], { error }))
  expect(fields).toMatchObject({
    outcome: 'exhausted',
    errorType: '400',
    errorCode: 'exhausted',
    attempts: 1,
  })
  expect(fields).not.toHaveProperty('target')
  expect(fields).not.toHaveProperty('traceId')
  expect(JSON.stringify(fields)).not.toContain('secret')
})
