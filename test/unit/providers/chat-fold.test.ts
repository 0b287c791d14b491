import { describe, expect, test } from 'vitest'
import { AttemptError } from '../../../src/core/attempt-failure.ts'
import type { StreamPart } from '../../../src/core/provider-stream.ts'
import { chunkOf, createChatFold } from '../../../src/providers/chat-fold.ts'
import type { JsonObject } from '../../../src/core/json-shape.ts'

const failure = new AttemptError({ kind: 'server', wasSent: true, message: 'told' })

function foldAll(...messages: readonly (object | string)[]) {
  const fold = createChatFold({ instance: 'mine', fail: () => failure })
  const parts: StreamPart[] = []
  const outcomes = messages.map((message) => {
    const text = typeof message === 'string' ? message : JSON.stringify(message)
    return fold.take(JSON.parse(text) as JsonObject, { event: '', data: text }, parts)
  })
  return { parts, outcomes, told: fold.told() }
}

const chunk = (delta: object, rest: object = {}): object => ({
  id: 'c',
  choices: [{ index: 0, delta, finish_reason: null, ...rest }],
})

describe('a chunk', () => {
  test('is passed on as it came, with its text', () => {
    const calls = { tool_calls: [{ index: 1, id: 'x', function: { arguments: '{"a"' } }] }
    for (const told of [chunk({ content: 'a' }), chunk(calls), { choices: [], prompt_filter_results: [] }]) {
      const { parts, outcomes } = foldAll(told)
      expect(outcomes).toEqual(['more'])
      expect(parts).toEqual([{ chunk: told, json: JSON.stringify(told) }])
    }
  })

  test('on several lines has no text for one line', () => {
    const told = chunk({ content: 'a' })
    expect(foldAll(JSON.stringify(told, undefined, 1)).parts).toEqual([{ chunk: told, json: undefined }])
  })

  test('gets the choices, the delta and the finish reason that the types promise', () => {
    const usage = { prompt_tokens: 1, completion_tokens: 2 }
    expect(foldAll({ id: 'c', choices: null, usage }, { usage }).parts).toEqual([
      { chunk: { id: 'c', choices: [], usage }, json: undefined },
      { chunk: { choices: [], usage }, json: undefined },
    ])
    const filtered = { choices: [{ index: 0, content_filter_results: {}, finish_reason: null }] }
    expect(foldAll(filtered, { choices: [{ index: 0, delta: {} }] }).parts).toEqual([
      { chunk: { choices: [{ ...filtered.choices[0], delta: {} }] }, json: undefined },
      { chunk: { choices: [{ index: 0, delta: {}, finish_reason: null }] }, json: undefined },
    ])
  })

  test('is malformed when a choice is no object', () => {
    expect(foldAll({ choices: ['a'] }, { choices: [null, {}] })).toMatchObject({
      parts: [],
      outcomes: ['malformed', 'malformed'],
    })
  })

  test("is none when it is an event of the provider's own", () => {
    expect(foldAll({ type: 'ping' }, { choices: null }, {})).toMatchObject({
      parts: [],
      outcomes: ['more', 'more', 'more'],
    })
  })

  test('is a failure where Groq tells one', () => {
    expect(() => foldAll({ choices: [], x_groq: { error: 'over capacity' } })).toThrow(failure)
  })

  test('with the finish reason "error" is a failure', () => {
    expect(() => foldAll(chunk({ content: '' }, { finish_reason: 'error' }))).toThrow(
      'mine answered with the finish reason "error"',
    )
  })
})

describe('usage', () => {
  test('told in parts is put together; null takes nothing back', () => {
    const { told } = foldAll(
      { choices: [], usage: { prompt_tokens: 5, completion_tokens: 0, cost: null } },
      { choices: [], usage: { prompt_tokens: null, completion_tokens: 7 } },
      { choices: [], usage: null },
      { choices: [], usage: { cost: 0.5 } },
    )
    expect(told).toEqual({ prompt_tokens: 5, completion_tokens: 7, cost: 0.5 })
  })

  test('is read where Groq tells it', () => {
    expect(foldAll({ choices: [], x_groq: { id: 'r', usage: { prompt_tokens: 1 } } }).told).toEqual({
      prompt_tokens: 1,
    })
    expect(foldAll({ choices: [], x_groq: { id: 'r' } }).told).toBeUndefined()
  })
})

test('a whole completion becomes one chunk, its tool calls in order', () => {
  const call = { id: 'x', type: 'function' as const, function: { name: 'f', arguments: '{}' } }
  const message = { role: 'assistant' as const, content: 'a', refusal: null, tool_calls: [call, call] }
  const completion = {
    id: 'c',
    object: 'chat.completion' as const,
    created: 1,
    model: 'm',
    choices: [{ index: 0, message, finish_reason: 'stop' as const, logprobs: null }],
  }
  expect(chunkOf(completion)).toEqual({
    ...completion,
    object: 'chat.completion.chunk',
    choices: [
      {
        index: 0,
        finish_reason: 'stop',
        logprobs: null,
        delta: {
          ...message,
          tool_calls: [
            { index: 0, ...call },
            { index: 1, ...call },
          ],
        },
      },
    ],
  })
})
