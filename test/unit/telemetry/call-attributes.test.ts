import { expect, test } from 'vitest'
import { CallAborted } from '../../../src/core/abort.ts'
import { LlmError } from '../../../src/core/llm-error.ts'
import {
  callEndAttributes,
  callSpanName,
  callStartAttributes,
  moveAttributes,
  requestAttributes,
  skipAttributes,
} from '../../../src/telemetry/call-attributes.ts'
import { aRecord } from '../../support/targets.ts'
import { aPlan, aRateLimited, aSettlement, FIRST, SECOND } from './some-calls.ts'

test('a call that fell back tells both what it cost and what of it bought nothing', () => {
  const refused = aRecord(FIRST, {
    outcome: 'rejected',
    failure: { kind: 'rejected', wasSent: true, message: 'no' },
    cost: { amountNanoUsd: 2000, status: 'exact', source: 'catalog' },
  })
  const answered = aRecord(SECOND, {
    number: 2,
    reason: 'fallback',
    cost: { amountNanoUsd: 500, status: 'estimated', source: 'catalog' },
  })
  expect(callEndAttributes(aSettlement([refused, answered], { retryWaitMs: 250 }))).toEqual({
    'express_llm.outcome': 'degraded',
    'express_llm.attempt.count': 2,
    'express_llm.retry.count': 0,
    'express_llm.retry.wait': 0.25,
    'express_llm.fallback.used': true,
    'express_llm.fallback.depth': 1,
    'express_llm.final.provider': 'groq',
    'express_llm.final.model': 'llama',
    'express_llm.cost.total': 0.0000025,
    'express_llm.cost.wasted': 0.000002,
    'express_llm.cost.status': 'estimated',
    'express_llm.usage.input_tokens': 20,
    'express_llm.usage.output_tokens': 10,
    'express_llm.latency': 1.5,
    'express_llm.decision.reason': 'config-default-tier',
  })
})

test('an unknown total is absent', () => {
  const attributes = callEndAttributes(
    aSettlement([aRecord(FIRST, { cost: { status: 'unpriced' }, usage: undefined })]),
  )
  expect(attributes).toMatchObject({ 'express_llm.cost.status': 'unpriced' })
  expect(attributes).not.toHaveProperty(['express_llm.cost.total'])
  expect(attributes).not.toHaveProperty(['express_llm.usage.input_tokens'])
})

test('a failed call has its error type, and the cause when somebody ended it', () => {
  const error = new CallAborted('deadline')
  expect(callEndAttributes(aSettlement([], { error }))).toMatchObject({
    'express_llm.outcome': 'cancelled',
    'error.type': 'cancelled',
    'express_llm.abort.cause': 'deadline',
  })
  const refused = new LlmError({ code: 'budget_exceeded', status: 402, message: 'no' })
  expect(callEndAttributes(aSettlement([], { error: refused }))).toMatchObject({
    'express_llm.outcome': 'refused',
    'error.type': 'budget_exceeded',
  })
})

test.each([
  [aPlan(), 'route cheap'],
  [aPlan({ tier: undefined, task: 'summarize' }), 'route summarize'],
  [aPlan({ tier: undefined, reason: 'explicit-target', steps: [SECOND] }), 'route groq/llama'],
  [
    aPlan({ tier: undefined, steps: [], skipped: [{ target: 'a/b', why: 'budget', detail: '' }] }),
    'route a/b',
  ],
  [undefined, 'route'],
])('a span is named after the config, never after the request', (plan, name) => {
  expect(callSpanName(plan)).toBe(name)
})

const facts = {
  callId: 'call-1',
  plan: aPlan({ requestedModel: 'cheap', task: 'faq' }),
  caller: { user: 'ada', tenant: 'acme', feature: 'chat' },
  route: '/ask/:id',
  isStreamed: false,
  isOverhead: false,
}

test('what samplers may ask for is there at the start; users only where the app wants them', () => {
  const attributes = {
    'express_llm.call.id': 'call-1',
    'express_llm.tier': 'cheap',
    'express_llm.task': 'faq',
    'express_llm.requested.model': 'cheap',
    'http.route': '/ask/:id',
  }
  expect(callStartAttributes(facts, false)).toEqual(attributes)
  expect(callStartAttributes(facts, true)).toEqual({
    ...attributes,
    'user.id': 'ada',
    'express_llm.tenant.id': 'acme',
    'express_llm.feature': 'chat',
  })
})

test('a call that was refused before its plan shows nothing of what it asked for', () => {
  expect(callStartAttributes({ ...facts, plan: undefined, route: undefined }, false)).toEqual({
    'express_llm.call.id': 'call-1',
  })
})

test('events name targets and reasons, not messages', () => {
  expect(skipAttributes({ target: 'a/b', why: 'capability', detail: 'a sentence' })).toEqual({
    'express_llm.candidate.target': 'a/b',
    'express_llm.candidate.why': 'capability',
  })
  const { failure } = aRateLimited()
  if (failure === undefined) throw new Error('it failed')
  expect(moveAttributes({ kind: 'retry', from: 'a/b', to: 'a/b', failure, delayMs: 20 })).toEqual({
    'express_llm.from.target': 'a/b',
    'express_llm.to.target': 'a/b',
    'express_llm.retry.delay': 0.02,
    'error.type': '429',
  })
})

test('the roll-up of a request leaves an unknown cost out', () => {
  const summary = {
    calls: 2,
    attempts: 3,
    inputTokens: 10,
    outputTokens: 4,
    costStatus: 'exact',
    wastedUsd: 0,
  } as const
  expect(requestAttributes({ ...summary, costUsd: 0.25 })).toEqual({
    'express_llm.request.call.count': 2,
    'express_llm.request.attempt.count': 3,
    'express_llm.request.input_tokens': 10,
    'express_llm.request.output_tokens': 4,
    'express_llm.request.cost.total': 0.25,
  })
  expect(requestAttributes(summary)).not.toHaveProperty(['express_llm.request.cost.total'])
})
