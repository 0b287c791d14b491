import { expect, test } from 'vitest'
import type { ChatChunk } from '../../../src/core/openai-types.ts'
import { StreamProgress } from '../../../src/streams/progress.ts'

/** Parts as providers send them, which is not always as the types have it. */
function observed(n: unknown, ...chunks: readonly object[]): StreamProgress {
  const progress = new StreamProgress(n)
  for (const chunk of chunks) {
    progress.observe({ chunk: { choices: [], ...chunk } as unknown as ChatChunk, json: undefined })
  }
  return progress
}

const saying = (delta: object | null, finish: string | null = null, index = 0): object => ({
  choices: [{ index, delta, finish_reason: finish }],
})

test.each([
  ['text', { content: 'a' }],
  ['a refusal', { refusal: 'no' }],
  ['a tool call', { tool_calls: [{ index: 0 }] }],
  ['a call of the older kind', { function_call: { name: 'f' } }],
  ['audio', { audio: { id: 'a' } }],
  ['reasoning', { reasoning_content: 'hm' }],
  ['reasoning under its other name', { reasoning: 'hm' }],
])('content has come with %s', (_name, delta) => {
  expect(observed(1, saying(delta)).hasContent).toBe(true)
})

test.each([
  ['a role', { role: 'assistant', content: '' }],
  ['no tool calls', { tool_calls: [] }],
  ['null', { content: null, refusal: null, audio: null }],
  ['no delta', null],
])('no content has come with %s', (_name, delta) => {
  const progress = observed(1, saying(delta))
  expect(progress.hasContent).toBe(false)
  expect(progress.outputBytes).toBe(0)
})

test('counts the bytes of all that was written', () => {
  const progress = observed(1, saying({ content: 'é' }), saying({ reasoning_content: 'ab', content: 'c' }))
  expect(progress.outputBytes).toBe(5)
  expect(progress.chunkCount).toBe(2)
})

test('is finished when every choice that was asked for has its reason', () => {
  expect(observed(1, saying({ content: 'a' })).isFinished).toBe(false)
  expect(observed(1, saying({}, 'stop')).isFinished).toBe(true)
  expect(observed(2, saying({}, 'stop')).isFinished).toBe(false)
  expect(observed(2, saying({}, 'stop', 1), saying({}, 'length')).isFinished).toBe(true)
})

test('is not finished while a choice that nobody asked for goes on', () => {
  expect(observed(1, saying({ content: 'a' }, null, 1), saying({}, 'stop')).isFinished).toBe(false)
})

test('at the end, fewer choices than were asked for are complete, one without a reason is not', () => {
  expect(observed(3, saying({}, 'stop')).isCompleteAtEnd).toBe(true)
  expect(observed(2, saying({}, 'stop'), saying({ content: 'b' }, null, 1)).isCompleteAtEnd).toBe(false)
  expect(observed(1).isCompleteAtEnd).toBe(false)
})

test('tells finish reasons by choice, and none for none', () => {
  expect(observed(2, saying({}, 'length', 1), saying({}, 'stop')).finishReasons).toEqual(['stop', 'length'])
  expect(observed(1, saying({}, '')).finishReasons).toBeUndefined()
  expect(observed(3, saying({}, 'stop', 1), saying({ content: 'x' }, null, 2)).finishReasons).toEqual([
    '',
    'stop',
    '',
  ])
})

test('keeps the first id and model', () => {
  const progress = observed(1, { id: '', model: 7 }, { id: 'one', model: 'm' }, { id: 'two', model: 'n' })
  expect([progress.responseId, progress.responseModel]).toEqual(['one', 'm'])
})

test('sees usage that comes in a part of its own, after the content', () => {
  const end = saying({}, 'stop')
  const usage = { prompt_tokens: 1 }
  expect(observed(1, end, { usage }).hasUsageApart).toBe(true)
  expect(observed(1, { usage }, saying({ content: 'a' }), end).hasUsageApart).toBe(false)
  expect(observed(1, { ...end, usage }).hasUsageApart).toBe(false)
  expect(observed(1, end, { usage: null }).hasUsageApart).toBe(false)
})

test('whatever a provider puts into a choice, nothing throws', () => {
  const odd = {
    choices: [
      null,
      { delta: 'text' },
      { index: 1e9, delta: {}, finish_reason: 'stop' },
      { index: 'x', delta: { content: 5 }, finish_reason: {} },
    ],
  }
  expect(observed('n', odd).hasContent).toBe(false)
})
