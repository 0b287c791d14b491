import { expect, test } from 'vitest'
import { LlmError } from '../../../../src/core/llm-error.ts'
import { parseFakeOptions } from '../../../../src/testing/fake/options.ts'
import { checkStep } from '../../../../src/testing/fake/step-check.ts'
import type { FakeStepLike } from '../../../../src/testing/fake/step.ts'

function refusal(act: () => unknown): LlmError {
  try {
    act()
  } catch (error) {
    if (error instanceof LlmError) return error
  }
  throw new Error('it was not refused')
}

test('names an unknown option and the nearest right spelling', () => {
  const error = refusal(() => parseFakeOptions({ latencyMS: 3 } as object))
  expect(error).toMatchObject({ code: 'config_invalid', param: 'latencyMS' })
  expect(error.message).toContain('Did you mean "latencyMs"?')
})

test.each([
  [{ latencyMs: -1 }, 'latencyMs'],
  [{ latencyMs: Number.NaN }, 'latencyMs'],
  [{ requestsPerMinute: 0 }, 'requestsPerMinute'],
  [{ embeddingDimensions: 0 }, 'embeddingDimensions'],
  [{ requestsMax: -1 }, 'requestsMax'],
  [{ requestMaxBytes: 0 }, 'requestMaxBytes'],
  [{ firstTokenDelayMs: -1 }, 'firstTokenDelayMs'],
  [{ tokenDelayMs: Number.NaN }, 'tokenDelayMs'],
  [{ streamUsage: 'often' as 'always' }, 'streamUsage'],
])('refuses %o, naming the option', (options, param) => {
  expect(refusal(() => parseFakeOptions(options)).param).toBe(param)
})

test.each([[null], ['fake'], [[]], [5]])('refuses options that are no object: %o', (options) => {
  const error = refusal(() => parseFakeOptions(options as object))
  expect(error).toMatchObject({ code: 'config_invalid', param: 'options' })
  expect(error.message).toBe('The options of a fake provider must be an object.')
})

test.each(['script', 'models', 'apiKeys', 'refusedParams'])('refuses %s that is no list', (name) => {
  const error = refusal(() => parseFakeOptions({ [name]: 'text' }))
  expect(error).toMatchObject({ code: 'config_invalid', param: name })
  expect(error.message).toContain(`"${name}" of the fake provider must be a list`)
})

test.each([
  [{ fault: 'stal' }, 'Did you mean "stall"?'],
  [{ status: 429, retryafter: 1 }, 'Did you mean "retryAfter"?'],
  [{ status: 429, answer: 'hi' }, 'no field "answer"'],
  [{ status: 200 }, '400 to 599'],
  [{ fault: 'reset', status: 500 }, 'no field "status"'],
  [{ fault: 'redirect' }, 'says where'],
  [null, 'A step is'],
  [{ fault: 'cut', done: false }, 'A "cut" step has no field "done"'],
  [{ fault: 'cut', how: 'hard' }, `"how" is hard: it must be one of close, done, reset, unterminated.`],
  [{ fault: 'cut', afterTokens: 1.5 }, '"afterTokens" is 1.5: it must be a whole number of at least 0'],
  [{ fault: 'cut', aftertokens: 1 }, 'Did you mean "afterTokens"?'],
  [{ fault: 'stall', finishReason: 'stop' }, 'A "stall" step has no field "finishReason"'],
  [{ fault: 'stall', contentEncoding: 'gzip' }, 'no field "contentEncoding"'],
  [{ fault: 'reset', afterTokens: 2 }, 'A "reset" step has no field "afterTokens"'],
  [{ fault: 'malformed', count: 0 }, '"count" is 0'],
  [{ fault: 'malformed', tail: true, done: false }, '"done" has no place: with "tail"'],
  [{ fault: 'malformed', tail: 'yes' }, '"tail" is yes: it must be one of true, false.'],
  [{ fault: 'stream-error', status: 200 }, '"status" is 200: it must be 400 to 599.'],
  [{ fault: 'stream-error', error: 'no' }, '"error" must be an object'],
  [{ fault: 'stream-error', done: 'never' }, '"done" is never'],
  [{ answer: 'hi', tokenDelayMs: -1 }, '"tokenDelayMs" is -1: it must be a number of at least 0.'],
  [{ answer: 'hi', keepAliveMs: 0 }, '"keepAliveMs" is 0: it must be a number of at least 1.'],
  [{ answer: 'hi', streamUsage: 'often' }, '"streamUsage" is often'],
  [{ answer: 'hi', toolCallsFrom: 1 }, '"toolCallsFrom" has no place without "toolCalls".'],
  [{ status: 503, tokenDelayMs: 5 }, 'An error step has no field "tokenDelayMs"'],
])('refuses the step %o', (step, reason) => {
  expect(refusal(() => checkStep(step as FakeStepLike)).message).toContain(reason)
})

test.each<FakeStepLike>([
  'text',
  {},
  { answer: 'hi', usage: 'absent', delayMs: 5 },
  { status: 429, retryAfter: { ms: 20 } },
  { body: '<xml/>', status: 200 },
  { fault: 'redirect', to: 'http://127.0.0.1:1/' },
  () => ({ status: 500 }),
  { fault: 'cut', answer: 'hi', afterTokens: Number.POSITIVE_INFINITY, how: 'reset', tokenDelayMs: 1 },
  { fault: 'malformed', count: 2, done: 'hang', trailingChunks: 1, finishReason: 'length' },
  { fault: 'stream-error', status: 503, error: { code: 503 }, done: true },
  { answer: { system_fingerprint: 'x' }, toolCallsFrom: 1 },
  { toolCalls: [], toolCallName: 'late', done: false, roleChunks: 0, streamUsage: 'pieces' },
])('takes the step %o', (step) => {
  expect(() => checkStep(step)).not.toThrow()
})
