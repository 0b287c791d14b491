import { expect, test } from 'vitest'
import type { AttemptFailure } from '../../../src/core/attempt-failure.ts'
import { streamUsage } from '../../../src/router/stream-usage.ts'

const params = { messages: [{ role: 'user', content: 'x'.repeat(40) }] }
const told = { inputTokens: 12, outputTokens: 3 }
const cut: AttemptFailure = { kind: 'stream-interrupted', wasSent: true, message: 'cut' }
const some = { outputBytes: 80, hasContent: true }
const none = { outputBytes: 0, hasContent: false }

test('an answer that came in full counts as told', () => {
  expect(streamUsage({ failure: undefined, told, progress: some, params })).toBe(told)
})

test('an answer that told no output, but has some, is estimated', () => {
  const early = { inputTokens: 12, outputTokens: 0 }
  const expected = { inputTokens: 12, outputTokens: 20, isEstimated: true }
  expect(streamUsage({ failure: undefined, told: early, progress: some, params })).toEqual(expected)
  expect(streamUsage({ failure: undefined, told: early, progress: none, params })).toBe(early)
})

test('an answer that told nothing is estimated', () => {
  expect(streamUsage({ failure: undefined, told: undefined, progress: some, params })).toEqual({
    inputTokens: 14,
    outputTokens: 20,
    isEstimated: true,
  })
})

test('an answer that was refused by the call’s own check was billed in full', () => {
  const failure = { ...cut, kind: 'rejected' } as const
  expect(streamUsage({ failure, told, progress: some, params })).toBe(told)
})

test('one that broke off is billed for what had come, at least for what was told', () => {
  expect(streamUsage({ failure: cut, told, progress: some, params })).toEqual({
    inputTokens: 12,
    outputTokens: 20,
    isEstimated: true,
  })
  const more = { inputTokens: 12, outputTokens: 90 }
  expect(streamUsage({ failure: cut, told: more, progress: some, params })?.outputTokens).toBe(90)
})

test('sent and never answered: the input is estimated', () => {
  expect(streamUsage({ failure: cut, told: undefined, progress: none, params })).toMatchObject({
    inputTokens: 14,
    outputTokens: 0,
  })
})

test('an error in place of an answer, and what was never sent, cost nothing', () => {
  const refused = { ...cut, status: 429 }
  expect(streamUsage({ failure: refused, told: undefined, progress: none, params })).toBeUndefined()
  const inside = { ...cut, kind: 'context-window' } as const
  expect(streamUsage({ failure: inside, told: undefined, progress: none, params })).toBeUndefined()
  const unsent = { ...cut, wasSent: false }
  expect(streamUsage({ failure: unsent, told: undefined, progress: none, params })).toBeUndefined()
})

test('an error after content is billed for the content', () => {
  const failure = { ...cut, status: 500 }
  expect(streamUsage({ failure, told: undefined, progress: some, params })?.outputTokens).toBe(20)
})
