import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ChatChunk } from '../../../src/core/openai-types.ts'
import { AiSdkParts, isUnfinished } from '../../../src/providers/ai-sdk-parts.ts'

/** The chunks that these parts become. */
function chunksOf(parts: readonly object[], translated = new AiSdkParts('m')): readonly ChatChunk[] {
  return parts.flatMap((part) => translated.of(part as never)).map(({ chunk }) => chunk)
}

function deltasOf(parts: readonly object[]): readonly unknown[] {
  return chunksOf(parts).flatMap(({ choices }) => choices.map(({ delta }) => delta))
}

const METADATA = {
  type: 'response-metadata',
  id: 'msg_1',
  modelId: 'claude-4',
  timestamp: new Date(1_790_000_000_999),
}
const STOP = { type: 'finish', finishReason: { unified: 'stop', raw: 'end_turn' }, usage: {} }

describe('parts of a stream', () => {
  test('become chunks with one head, the role in the first, and the usage last', () => {
    const usage = { inputTokens: { total: 9, cacheRead: 2 }, outputTokens: { total: 4, reasoning: 1 } }
    const translated = new AiSdkParts('m')
    const chunks = chunksOf(
      [
        { type: 'stream-start', warnings: [{ type: 'unsupported', feature: 'seed' }] },
        METADATA,
        { type: 'reasoning-start', id: '0' },
        { type: 'reasoning-delta', id: '0', delta: 'Hm.' },
        { type: 'reasoning-end', id: '0' },
        { type: 'text-start', id: '1' },
        { type: 'text-delta', id: '1', delta: '' },
        { type: 'text-delta', id: '1', delta: 'Hello' },
        // Told too late to change the head.
        { ...METADATA, id: 'msg_2' },
        { type: 'text-delta', id: '1', delta: '.' },
        { type: 'text-end', id: '1' },
        { type: 'custom', kind: 'vendor.something' },
        { ...STOP, usage },
      ],
      translated,
    )
    const head = {
      id: 'msg_1',
      object: 'chat.completion.chunk',
      created: 1_790_000_000,
      model: 'claude-4',
    }
    const choice = (delta: object, finish_reason: string | null = null) => ({
      ...head,
      choices: [{ index: 0, delta, finish_reason, logprobs: null }],
    })
    expect(chunks).toEqual([
      choice({ role: 'assistant', reasoning_content: 'Hm.' }),
      choice({ content: 'Hello' }),
      choice({ content: '.' }),
      choice({}, 'stop'),
      {
        ...head,
        choices: [],
        usage: {
          prompt_tokens: 9,
          completion_tokens: 4,
          total_tokens: 13,
          prompt_tokens_details: { cached_tokens: 2 },
          completion_tokens_details: { reasoning_tokens: 1 },
        },
      },
    ])
    expect(translated.usage).toEqual({
      inputTokens: 9,
      outputTokens: 4,
      cacheReadTokens: 2,
      reasoningTokens: 1,
    })
    expect(translated.ignoredSettings).toEqual(['seed'])
  })

  test('of version 2 have flat usage and a bare finish reason', () => {
    const usage = { inputTokens: 9, outputTokens: 4, totalTokens: 13 }
    const chunks = chunksOf([{ type: 'finish', finishReason: 'length', usage }])
    expect(chunks).toMatchObject([
      { model: 'm', choices: [{ delta: { role: 'assistant' }, finish_reason: 'length' }] },
      { choices: [], usage: { prompt_tokens: 9, completion_tokens: 4, total_tokens: 13 } },
    ])
  })

  test('that tell no usage make no usage', () => {
    const translated = new AiSdkParts('m')
    expect(chunksOf([{ type: 'text-delta', id: '0', delta: 'x' }, STOP], translated)).toHaveLength(2)
    expect(translated.usage).toBeUndefined()
  })

  test('name their sources once, with the finish', () => {
    const source = { type: 'source', sourceType: 'url', id: 's', url: 'https://a.example' }
    const document = { type: 'source', sourceType: 'document', id: 'd', mediaType: 'text/plain', title: 't' }
    expect(deltasOf([source, source, document, STOP])).toEqual([
      { role: 'assistant', citations: ['https://a.example'] },
    ])
  })
})

describe('tool calls', () => {
  const started = (id: string, more: object = {}) => ({
    type: 'tool-input-start',
    id,
    toolName: `do_${id}`,
    ...more,
  })
  const input = (id: string, delta: string) => ({ type: 'tool-input-delta', id, delta })
  const whole = (toolCallId: string, text: string, more: object = {}) => ({
    type: 'tool-call',
    toolCallId,
    toolName: `do_${toolCallId}`,
    input: text,
    ...more,
  })
  const call = (index: number, id: string, text: string) => ({
    index,
    id,
    type: 'function',
    function: { name: `do_${id}`, arguments: text },
  })
  const more = (index: number, text: string) => ({
    tool_calls: [{ index, function: { arguments: text } }],
  })

  test('that are streamed are told apart by their index, and not repeated at their end', () => {
    const parts = [
      started('a'),
      input('a', '{"at":'),
      started('b'),
      input('b', '{}'),
      input('a', '"sea"}'),
      { type: 'tool-input-end', id: 'a' },
      whole('a', '{"at":"sea"}'),
      whole('b', '{}'),
    ]
    expect(deltasOf(parts)).toEqual([
      { role: 'assistant', tool_calls: [call(0, 'a', '')] },
      more(0, '{"at":'),
      { tool_calls: [call(1, 'b', '')] },
      more(1, '{}'),
      more(0, '"sea"}'),
    ])
  })

  test('that come whole go on whole', () => {
    expect(deltasOf([whole('a', '{"at":"sea"}'), whole('a', '{"at":"sea"}'), whole('b', '{}')])).toEqual([
      { role: 'assistant', tool_calls: [call(0, 'a', '{"at":"sea"}')] },
      { tool_calls: [call(1, 'b', '{}')] },
    ])
  })

  test('get what they are called with from their end where the deltas were empty, or bare text', () => {
    const text = started('b', { inputEncoding: 'text' })
    const parts = [started('a'), input('a', ''), whole('a', '{}'), text, input('b', 'hi'), whole('b', '"hi"')]
    expect(deltasOf(parts)).toEqual([
      { role: 'assistant', tool_calls: [call(0, 'a', '')] },
      more(0, '{}'),
      { tool_calls: [call(1, 'b', '')] },
      more(1, '"hi"'),
    ])
  })

  test('that the provider runs itself are left out, with their input', () => {
    const own = { providerExecuted: true }
    const result = { type: 'tool-result', toolCallId: 'a', toolName: 'do_a', result: {} }
    expect(deltasOf([started('a', own), input('a', '{}'), whole('a', '{}', own), result])).toEqual([])
  })

  test('arrive whole, however they are cut and mixed', () => {
    const texts = fc.array(fc.array(fc.string(), { maxLength: 4 }), { maxLength: 4 })
    fc.assert(
      fc.property(texts, fc.boolean(), (calls, isMixed) => {
        const streams = calls.map((pieces, n) => [
          started(`${n}`),
          ...pieces.map((piece) => input(`${n}`, piece)),
          whole(`${n}`, pieces.join('')),
        ])
        const longest = Math.max(0, ...streams.map(({ length }) => length))
        const mixed = Array.from({ length: longest }, (_, at) =>
          streams.flatMap((parts) => parts.slice(at, at + 1)),
        )
        const chunks = chunksOf(isMixed ? mixed.flat() : streams.flat())
        const joined = calls.map(() => '')
        for (const { choices } of chunks) {
          for (const { index, function: part } of choices[0]?.delta.tool_calls ?? []) {
            joined[index] += part?.arguments ?? ''
          }
        }
        // Both orders start the calls in the order of their names.
        expect(joined).toEqual(calls.map((pieces) => pieces.join('')))
      }),
    )
  })
})

test.each([
  ['error', true],
  ['unknown', true],
  [undefined, true],
  [{}, true],
  [{ unified: 'interrupted', raw: undefined }, true],
  [{ unified: 'error', raw: 'x' }, true],
  [{ unified: 'other', raw: undefined }, true],
  [{ unified: 'other', raw: 'compaction' }, false],
  ['other', false],
  [{ unified: 'stop', raw: undefined }, false],
  ['stop', false],
])('a finish for the reason %o is none: %s', (finishReason, expected) => {
  expect(isUnfinished({ type: 'finish', finishReason })).toBe(expected)
})
