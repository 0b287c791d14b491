import { describe, expect, test } from 'vitest'
import { AttemptError } from '../../../src/core/attempt-failure.ts'
import { FAILURE_RULES, type FailureKind } from '../../../src/core/failure-kind.ts'
import { invalidParams, LlmError } from '../../../src/core/llm-error.ts'
import { wireError, wireErrorBody } from '../../../src/surface/wire-error.ts'
import { badRequest } from '../../../src/surface/wire-refusal.ts'
import { openaiShapes } from '../../support/openai-shapes.ts'

const SECRET = 'openai/gpt-4o of org-PLANTED at $0.02'

describe('an error in OpenAI’s words', () => {
  test.each(Object.keys(FAILURE_RULES) as FailureKind[])('of kind %s tells nothing of targets', (kind) => {
    const status = FAILURE_RULES[kind].httpStatus
    const error = new LlmError({ code: 'exhausted', status, kind, message: SECRET, cause: new Error(SECRET) })
    const answer = wireError(error)
    openaiShapes.error.parse(answer.body)
    expect(answer.status).toBe(status)
    expect(JSON.stringify(answer)).not.toContain('PLANTED')
    expect(answer.body.error.message).toContain(FAILURE_RULES[kind].publicMeaning)
  })

  test('keeps what speaks of the request alone', () => {
    expect(wireErrorBody(invalidParams('"n" must be a whole number.', 'n')).error).toEqual({
      message: '"n" must be a whole number.',
      type: 'invalid_request_error',
      param: 'n',
      code: 'invalid_params',
    })
    expect(wireErrorBody(badRequest('no')).error).toMatchObject({ message: 'no', param: null })
  })

  test.each([new Error(SECRET), SECRET, undefined, { message: SECRET }])('knows nothing of %s', (thrown) => {
    const { status, body } = wireError(thrown)
    expect([status, body.error.code]).toEqual([500, 'internal'])
    expect(body.error.message).toBe('The server failed.')
  })

  test.each([
    ['model_not_found', 404, 'invalid_request_error', 'model_not_found'],
    ['not_allowed', 403, 'permission_error', 'not_allowed'],
    ['context_window_exceeded', 400, 'invalid_request_error', 'context_length_exceeded'],
    ['content_filtered', 400, 'invalid_request_error', 'content_filter'],
    ['exhausted', 429, 'rate_limit_error', 'rate_limit_exceeded'],
    ['budget_exceeded', 429, 'insufficient_quota', 'budget_exceeded'],
    ['budget_exceeded', 402, 'insufficient_quota', 'budget_exceeded'],
    ['identify_failed', 401, 'authentication_error', 'invalid_api_key'],
    ['identify_failed', 500, 'server_error', 'identify_failed'],
    ['cancelled', 499, 'invalid_request_error', 'cancelled'],
  ] as const)('%s (%i) is a %s', (code, status, type, wireCode) => {
    const { error } = wireErrorBody(new LlmError({ code, status, message: 'x' }))
    expect([error.type, error.code]).toEqual([type, wireCode])
  })

  test('rounds waits up, and asks to wait only where that helps', () => {
    const waiting = (status: number) =>
      wireError(new LlmError({ code: 'exhausted', status, message: '', retryAfterMs: 1200.4 })).headers
    expect(waiting(429)).toMatchObject({
      'retry-after': '2',
      'retry-after-ms': '1201',
      'x-ratelimit-remaining-requests': '0',
      'x-ratelimit-reset-requests': '2s',
    })
    expect(waiting(503)).toEqual({ 'retry-after': '2', 'retry-after-ms': '1201' })
    expect(waiting(502)).toEqual({ 'x-should-retry': 'false' })
  })

  test.each([
    [429, 1_000, undefined],
    [429, undefined, undefined],
    [503, 60_000, undefined],
    // OpenAI's clients would not wait that long, but come back at once.
    [429, 61_000, 'false'],
    [500, undefined, 'false'],
    [502, undefined, 'false'],
    [504, undefined, 'false'],
    [400, undefined, undefined],
  ])('%i with a wait of %s ms: x-should-retry is %s', (status, wait, expected) => {
    const retryAfterMs = wait === undefined ? {} : { retryAfterMs: wait }
    const { headers } = wireError(new LlmError({ code: 'exhausted', status, message: '', ...retryAfterMs }))
    expect(headers['x-should-retry']).toBe(expected)
  })

  test.each([
    ['upstream_refused', 'The model provider refused the request'],
    ['content_filtered', 'The content filter refused the request'],
    ['context_window_exceeded', 'The request is too long for the model'],
    ['invalid_params', 'The request is not valid'],
  ] as const)('%s tells the provider’s reason, not whose it is', (code, title) => {
    const told = (reason: object) => {
      const message = `${SECRET} answered 400`
      const cause = new AttemptError({ kind: 'invalid-request', wasSent: true, message, ...reason })
      return wireErrorBody(new LlmError({ code, status: 400, kind: 'invalid-request', message, cause })).error
    }
    expect(told({ providerMessage: 'top_p is too large' }).message).toBe(`${title}: top_p is too large`)
    expect(told({}).message).toBe(`${title}.`)
  })

  test('says once that an answer broke off', () => {
    const kind = 'stream-interrupted'
    const error = new LlmError({ code: 'stream_interrupted', status: 502, kind, message: SECRET })
    expect(wireErrorBody(error).error.message).toBe('The answer broke off.')
  })
})
