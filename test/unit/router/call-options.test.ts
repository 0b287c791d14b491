import { describe, expect, test } from 'vitest'
import { LlmError } from '../../../src/core/llm-error.ts'
import { checkCallOptions } from '../../../src/router/call-options.ts'

function refusal(options: unknown): LlmError {
  try {
    checkCallOptions(options)
  } catch (error) {
    if (error instanceof LlmError) return error
    throw error
  }
  throw new Error('the options were accepted')
}

test('accepts every option with a right value', () => {
  expect(() =>
    checkCallOptions({
      timeout: 1000,
      signal: new AbortController().signal,
      headers: { 'x-trace': '1', 'x-gone': null },
      idempotencyKey: 'k',
      attemptTimeoutMs: 10,
      maxAttempts: 2,
      hedge: true,
      tier: 'cheap',
      task: 'coding',
      strategy: 'in-order',
      maxCostUsd: 0,
      maxLatencyMs: 1,
      user: 'u',
      tenant: 't',
      feature: 'f',
      metadata: { a: 'b' },
      accept: () => true,
      detached: true,
    }),
  ).not.toThrow()
})

test('undefined means not given, and a null signal is none, as for the client', () => {
  expect(() => checkCallOptions({ tier: undefined, timeout: undefined, signal: null })).not.toThrow()
})

describe('refuses', () => {
  test('an unknown key, with the nearest right spelling', () => {
    expect(refusal({ tierr: 'cheap' })).toMatchObject({
      code: 'invalid_params',
      status: 400,
      param: 'tierr',
      message: 'Unknown call option "tierr". Did you mean "tier"?',
    })
  })

  test('maxRetries, naming ours', () => {
    expect(refusal({ maxRetries: 3 }).message).toMatch(/maxAttempts/)
  })

  test.each([
    ['timeout', -1],
    ['timeout', 0],
    ['timeout', Number.NaN],
    ['timeout', '5'],
    ['timeout', 2 ** 31],
    ['maxAttempts', 0],
    ['maxAttempts', 1.5],
    ['maxCostUsd', -0.1],
    ['maxCostUsd', Number.POSITIVE_INFINITY],
    ['tier', ''],
    ['signal', {}],
    ['accept', true],
    ['detached', 'yes'],
    ['metadata', { a: 1 }],
    ['headers', ['a']],
    ['headers', { 'x-a': 'two\nlines' }],
    ['headers', { 'x a': 'b' }],
    ['headers', { 'x-a': 5 }],
    ['idempotencyKey', 'schlüssel-✓'],
    ['strategy', 'random'],
  ])('%s: %s', (name, value) => {
    expect(refusal({ [name]: value })).toMatchObject({ code: 'invalid_params', param: name })
  })

  test.each(['authorization', 'Authorization', 'api-key', 'Host'])(
    'a header that decides whose key is used: %s',
    (name) => {
      expect(refusal({ headers: { [name]: 'secret-value' } }).message).not.toContain('secret-value')
      expect(refusal({ headers: new Headers({ [name]: 'secret-value' }) }).code).toBe('invalid_params')
    },
  )

  test.each([null, [], 'fast'])('options that are no object: %s', (options) => {
    expect(refusal(options).code).toBe('invalid_params')
  })

  test('names of Object.prototype as unknown, not as known', () => {
    expect(refusal({ constructor: 1 }).message).toMatch(/Unknown call option "constructor"/)
  })
})
