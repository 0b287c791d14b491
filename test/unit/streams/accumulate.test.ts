import { describe, expect, test } from 'vitest'
import type { ChatChunk, ChatCompletion } from '../../../src/core/openai-types.ts'
import { createAccumulator } from '../../../src/streams/accumulate.ts'

/** Chunks as a server sends them, whatever the types say. */
function completionOf(...chunks: readonly unknown[]): ChatCompletion | undefined {
  const accumulator = createAccumulator()
  for (const chunk of chunks) accumulator.add({ chunk: chunk as ChatChunk })
  return accumulator.completion()
}

function ofDeltas(...deltas: readonly unknown[]): ChatCompletion | undefined {
  return completionOf(...deltas.map((delta) => ({ choices: [{ index: 0, delta }] })))
}

function messageOf(...deltas: readonly unknown[]) {
  return ofDeltas(...deltas)?.choices[0]?.message
}

function callsOf(...calls: readonly unknown[]) {
  return messageOf(...calls.map((call) => ({ tool_calls: [call] })))?.tool_calls
}

describe('the head of a completion', () => {
  test('id, model and time are those of the first chunk that has them; other fields those of the last', () => {
    expect(
      completionOf(
        { id: '', model: '', created: 0, choices: [], prompt_filter_results: [{ ok: true }] },
        {
          id: 'a',
          model: 'm',
          created: 5,
          choices: [{ index: 0, delta: { content: 'x' } }],
          citations: ['1'],
        },
        { id: 'b', model: 'n', created: 6, choices: [], usage: null, citations: ['1', '2'] },
        { id: 'c', choices: [], usage: { prompt_tokens: 1 }, obfuscation: 'aaaa', service_tier: 'flex' },
      ),
    ).toEqual({
      id: 'a',
      model: 'm',
      created: 5,
      object: 'chat.completion',
      prompt_filter_results: [{ ok: true }],
      citations: ['1', '2'],
      usage: { prompt_tokens: 1 },
      service_tier: 'flex',
      choices: [
        {
          index: 0,
          finish_reason: null,
          logprobs: null,
          message: { role: 'assistant', content: 'x', refusal: null },
        },
      ],
    })
  })

  test('without any choice there is no completion', () => {
    expect(completionOf()).toBeUndefined()
    expect(completionOf({ id: 'a', choices: [] }, { id: 'a' }, { choices: 'none' })).toBeUndefined()
  })
})

describe('a choice', () => {
  test('texts are joined, also those of reasoning', () => {
    expect(
      messageOf(
        { role: 'assistant', content: '', reasoning_content: 'think' },
        { reasoning_content: 'ing', reasoning: 'so' },
        { content: 'Hel', refusal: null },
        { content: 'lo' },
        { refusal: 'n' },
        { refusal: 'o' },
      ),
    ).toEqual({
      role: 'assistant',
      content: 'Hello',
      reasoning_content: 'thinking',
      reasoning: 'so',
      refusal: 'no',
    })
  })

  test('choices stand in the order of their index, each with its own text, reason and log probabilities', () => {
    const choice = (index: number, content: string, rest: object = {}) => ({
      choices: [{ index, delta: { content }, ...rest }],
    })
    const completion = completionOf(
      choice(1, 'b', { logprobs: { content: [{ token: 'b' }], refusal: null } }),
      choice(0, 'a', { logprobs: null }),
      choice(1, 'B', { logprobs: { content: [{ token: 'B' }] }, finish_reason: 'length' }),
      choice(0, '', { finish_reason: 'stop', content_filter_results: { hate: 'none' } }),
      { choices: [{ index: 0, delta: {}, finish_reason: null }] },
    )
    expect(completion?.choices).toEqual([
      {
        index: 0,
        finish_reason: 'stop',
        logprobs: null,
        content_filter_results: { hate: 'none' },
        message: { role: 'assistant', content: 'a', refusal: null },
      },
      {
        index: 1,
        finish_reason: 'length',
        logprobs: { content: [{ token: 'b' }, { token: 'B' }], refusal: null },
        message: { role: 'assistant', content: 'bB', refusal: null },
      },
    ])
  })

  test('sound is joined, its id and end kept', () => {
    expect(
      messageOf(
        { audio: { id: 'audio_1', transcript: 'Hel' } },
        { audio: { data: 'AAAA' } },
        { audio: { data: 'BBBB', transcript: 'lo' } },
        { audio: { expires_at: 7 } },
      ),
    ).toMatchObject({ audio: { id: 'audio_1', transcript: 'Hello', data: 'AAAABBBB', expires_at: 7 } })
  })

  test('a function call of the old kind is put together', () => {
    expect(
      messageOf({ function_call: { name: 'f', arguments: '' } }, { function_call: { arguments: '{}' } }),
    ).toMatchObject({ function_call: { name: 'f', arguments: '{}' } })
  })

  test('lists of a message grow, and a list of thoughts does not hide the answer', () => {
    expect(
      messageOf(
        { content: [{ type: 'thinking' }] },
        { content: 'yes', annotations: [1] },
        { annotations: [2] },
      ),
    ).toMatchObject({ content: 'yes', annotations: [1, 2] })
  })
})

describe('tool calls', () => {
  test('may begin at index 1, come in turns, and tell the name and the id late', () => {
    expect(
      callsOf(
        { index: 2, function: { arguments: '{"b"' } },
        { index: 1, id: 'one', type: 'function', function: { name: '', arguments: '{"a"' } },
        { index: 2, function: { arguments: ':2}' } },
        { index: 1, function: { name: 'first', arguments: ':1}' } },
        { index: 2, id: 'two', function: { name: 'second' } },
      ),
    ).toEqual([
      { id: 'one', type: 'function', function: { name: 'first', arguments: '{"a":1}' } },
      { id: 'two', type: 'function', function: { name: 'second', arguments: '{"b":2}' } },
    ])
  })

  test('an id that never came is absent, and so is a name', () => {
    expect(callsOf({ index: 0, function: { arguments: '{}' } })).toEqual([
      { type: 'function', function: { arguments: '{}' } },
    ])
  })

  test('without an index a piece belongs to the call before it', () => {
    expect(
      callsOf(
        { id: 'a', function: { name: 'f', arguments: '{' } },
        { function: { arguments: '}' } },
        { id: 'b', function: { name: 'g', arguments: '[]' } },
      ),
    ).toEqual([
      { id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } },
      { id: 'b', type: 'function', function: { name: 'g', arguments: '[]' } },
    ])
  })

  test('calls that share an index are told apart by id and name, but not by the id alone', () => {
    const calls = callsOf(
      { index: 0, id: 'a', function: { name: 'f', arguments: '{' } },
      { index: 0, id: 'made up', function: { arguments: '}' } },
      { index: 0, id: 'b', function: { name: 'f', arguments: '[]' } },
    )
    expect(calls?.map((call) => 'function' in call && call.function)).toEqual([
      { name: 'f', arguments: '{}' },
      { name: 'f', arguments: '[]' },
    ])
  })

  test('of a custom tool keep its input', () => {
    expect(
      callsOf(
        { index: 0, id: 'a', type: 'custom', custom: { name: 'sh', input: 'l' } },
        { index: 0, custom: { input: 's' } },
      ),
    ).toEqual([{ id: 'a', type: 'custom', custom: { name: 'sh', input: 'ls' } }])
  })
})

describe('what no server should send', () => {
  test('absurd indexes cost nothing', () => {
    expect(
      callsOf({ index: 4e9, function: { name: 'f' } }, { index: -1, function: { name: 'g' } })?.map(
        (call) => 'function' in call && call.function.name,
      ),
    ).toEqual(['g', 'f'])
    expect(completionOf({ choices: [{ index: 1e300, delta: {} }] })?.choices).toHaveLength(1)
  })

  test('choices and calls beyond the 128th are left out', () => {
    const many = Array.from({ length: 200 }, (_, index) => ({ index, delta: {}, function: { name: 'f' } }))
    expect(completionOf({ choices: many })?.choices).toHaveLength(128)
    expect(callsOf(...many)).toHaveLength(128)
  })

  test('a key named __proto__ reaches no prototype, wherever it stands', () => {
    const evil = '"__proto__":{"polluted":true}'
    const chunk: unknown = JSON.parse(
      `{${evil},"choices":[{${evil},"index":0,"delta":{${evil},"content":"a","audio":{${evil}},` +
        `"tool_calls":[{${evil},"index":0,"function":{${evil},"name":"f"}}]},"logprobs":{${evil}}}]}`,
    )
    const completion = completionOf(chunk, chunk)
    expect(JSON.stringify(completion)).not.toContain('polluted')
    const choice = completion?.choices[0]
    const objects = [completion, choice, choice?.message, choice?.message.tool_calls?.[0], choice?.logprobs]
    for (const object of objects) expect(Object.getPrototypeOf(object)).toBe(Object.prototype)
    expect({}).not.toHaveProperty('polluted')
  })

  test('values of a wrong type are no reason to fail', () => {
    expect(
      completionOf(
        {
          choices: [
            null,
            1,
            'x',
            [],
            { delta: null },
            { index: 'one', delta: { tool_calls: [null, 3, 'y'] } },
          ],
        },
        { choices: [{ index: 0, delta: { content: 5, audio: 'x', tool_calls: {} }, logprobs: 3 }] },
      )?.choices,
    ).toMatchObject([{ index: 0, message: { content: 5 } }])
  })

  test('objects nested without end do not exhaust the stack', () => {
    const depth = 20_000
    const nested: unknown = JSON.parse(`${'{"audio":'.repeat(depth)}{}${'}'.repeat(depth)}`)
    expect(messageOf(nested, nested)).toHaveProperty('audio.audio')
  })

  test('half a million pieces are put together in linear time', () => {
    const accumulator = createAccumulator()
    const chunk = { choices: [{ index: 0, delta: { content: 'ab' } }] } as ChatChunk
    for (let i = 0; i < 500_000; i++) accumulator.add({ chunk })
    expect(accumulator.completion()?.choices[0]?.message.content).toHaveLength(1_000_000)
  })
})
