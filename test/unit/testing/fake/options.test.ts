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
])('refuses %o, naming the option', (options, param) => {
  expect(refusal(() => parseFakeOptions(options)).param).toBe(param)
})

test.each([[null], ['fake'], [[]], [5]])('refuses options that are no object: %o', (options) => {
  const error = refusal(() => parseFakeOptions(options as object))
  expect(error).toMatchObject({ code: 'config_invalid', param: 'options' })
  expect(error.message).toBe('The options of a fake provider must be an object.')
})

test.each(['script', 'models', 'apiKeys'])('refuses %s that is no list', (name) => {
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
  [null, 'A step is'],
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
])('takes the step %o', (step) => {
  expect(() => checkStep(step)).not.toThrow()
})
