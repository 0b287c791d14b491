import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ChatParams } from '../../../src/core/openai-types.ts'
import { createChatTranslation } from '../../../src/providers/chat-params.ts'
import { createResponsesTranslation } from '../../../src/providers/responses-dialect.ts'
import { type PresetName, PRESETS } from '../../../src/providers/presets.ts'

const NAMES = Object.keys(PRESETS) as PresetName[]
const messages: ChatParams['messages'] = [{ role: 'user', content: 'Hello?' }]

function translation(preset: PresetName) {
  const { dialect } = PRESETS[preset]
  const create = dialect.api === 'chat' ? createChatTranslation : createResponsesTranslation
  return create(preset, dialect)
}

function reason(preset: PresetName, params: Record<string, unknown>): string | undefined {
  return translation(preset).unsupported({ messages, ...params })
}

function body(preset: PresetName, params: Record<string, unknown>) {
  return translation(preset).body({ messages, ...params }, 'm')
}

describe('the output limit', () => {
  test.each(NAMES)('goes by the name that %s reads, whichever it was given', (preset) => {
    const { api, maxTokensParam } = PRESETS[preset].dialect
    const name = api === 'responses' ? 'max_output_tokens' : maxTokensParam
    for (const given of ['max_tokens', 'max_completion_tokens']) {
      const sent = body(preset, { [given]: 9 }).body
      expect(Object.entries(sent).filter(([param]) => param.startsWith('max_'))).toEqual([[name, 9]])
    }
    expect(body(preset, { max_tokens: 9, max_completion_tokens: 9 }).body).toHaveProperty(name, 9)
    expect(body(preset, { max_tokens: null }).body).not.toHaveProperty(name)
  })

  test.each(NAMES)('given twice and differently is refused for %s, whatever it reads', (preset) => {
    expect(reason(preset, { max_tokens: 9, max_completion_tokens: 9 })).toBeUndefined()
    expect(reason(preset, { max_tokens: null, max_completion_tokens: 9 })).toBeUndefined()
    expect(reason(preset, { max_tokens: 9, max_completion_tokens: 10 })).toMatch(/say different things/)
  })
})

describe('what changes the meaning', () => {
  test.each([
    ['anthropic', { response_format: { type: 'json_object' } }, 'anthropic does not take "response_format"'],
    ['anthropic', { n: 2 }, 'anthropic gives one choice only, and "n" asks for more'],
    ['anthropic', { temperature: 1.2 }, 'anthropic takes a "temperature" of at most 1'],
    [
      'anthropic',
      { tools: [{ type: 'function', function: { name: 'f', strict: true } }] },
      'anthropic does not keep the promise of "strict" functions',
    ],
    ['groq', { n: 2 }, 'groq gives one choice only, and "n" asks for more'],
    [
      'groq',
      { messages: [{ role: 'user', name: 'ann', content: 'x' }] },
      'groq does not take a "name" in messages',
    ],
    [
      'deepseek',
      { response_format: { type: 'json_schema', json_schema: { name: 'x' } } },
      'deepseek does not take a "response_format" of type "json_schema"',
    ],
    ['cohere', { parallel_tool_calls: false }, 'cohere does not take "parallel_tool_calls"'],
    ['ollama', { tool_choice: 'required' }, 'ollama does not take "tool_choice"'],
    ['mistral', { modalities: ['text', 'audio'] }, 'mistral does not take "modalities"'],
    [
      'mistral',
      { tools: [{ type: 'custom', custom: { name: 'f' } }] },
      'mistral does not take tools of type "custom"',
    ],
    [
      'perplexity',
      { tools: [{ type: 'function', function: { name: 'f' } }] },
      'perplexity does not take "tools"',
    ],
    ['perplexity', { stop: 'x' }, 'perplexity does not take "stop"'],
    [
      'perplexity',
      { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'x' } }] }] },
      'perplexity does not take images',
    ],
    [
      'perplexity',
      { messages: [{ role: 'tool', tool_call_id: '1', content: 'x' }] },
      'perplexity takes text only: no tool calls, no results of tools',
    ],
  ] as const)('makes %s a skip: %o', (preset, params, expected) => {
    expect(reason(preset, params)).toBe(expected)
  })

  test('is not what says no more than saying nothing, and then it is not sent either', () => {
    const defaults = {
      n: 1,
      response_format: { type: 'text' },
      parallel_tool_calls: true,
      modalities: ['text'],
      tools: [],
      tool_choice: 'auto',
      audio: null,
      temperature: 1,
    }
    for (const preset of NAMES) expect(reason(preset, defaults)).toBeUndefined()
    const sent = body('perplexity', defaults)
    expect(sent.droppedParams).toEqual([])
    expect(Object.keys(sent.body).toSorted()).toEqual(['input', 'model', 'temperature'])
  })

  test('is anything but hints: no preset drops what the answer depends on', () => {
    const meaningful = new Set([
      'tools',
      'tool_choice',
      'response_format',
      'n',
      'modalities',
      'audio',
      'stop',
      'max_tokens',
      'temperature',
      'messages',
      'functions',
      'parallel_tool_calls',
    ])
    for (const preset of NAMES) {
      expect(PRESETS[preset].dialect.dropParams.filter((param) => meaningful.has(param))).toEqual([])
    }
  })
})

describe('translation', () => {
  test('names each hint that it leaves out, and none that said nothing', () => {
    const sent = body('anthropic', {
      seed: 1,
      presence_penalty: null,
      logprobs: false,
      store: false,
      metadata: {},
      top_p: 0.5,
    })
    expect(sent.droppedParams).toEqual(['seed'])
    expect(Object.keys(sent.body).toSorted()).toEqual(['messages', 'model', 'top_p'])
  })

  test('leaves its input as it was', () => {
    const params = {
      messages: [
        { role: 'developer' as const, content: 'x' },
        {
          role: 'assistant' as const,
          content: null,
          refusal: null,
          tool_calls: [
            { id: 'long_id_1', type: 'function' as const, function: { name: 'f', arguments: '{}' } },
          ],
        },
      ],
      seed: 1,
    }
    const before = structuredClone(params)
    for (const preset of NAMES) translation(preset).body(params, 'm')
    expect(params).toEqual(before)
  })

  test('has the same answer to "can it be sent" and "was anything lost": every param is sent, dropped by name, or refused', () => {
    const value = fc.constantFrom<unknown>(true, 2, 'x', ['x'], { type: 'json_object' })
    const known = [
      'seed',
      'n',
      'stop',
      'top_p',
      'logprobs',
      'response_format',
      'tool_choice',
      'user',
      'metadata',
      'frequency_penalty',
      'reasoning_effort',
      'vendor_extra',
    ]
    const any = fc.dictionary(fc.constantFrom(...known), value)
    fc.assert(
      fc.property(any, fc.constantFrom(...NAMES), (params, preset) => {
        if (reason(preset, params) !== undefined) return
        const { body: sent, droppedParams } = body(preset, params)
        const renamed = PRESETS[preset].dialect.renamedParams ?? {}
        for (const [param, given] of Object.entries(params)) {
          if (droppedParams.includes(param)) continue
          const isDefault = param === 'parallel_tool_calls'
          if (!isDefault) expect(sent[renamed[param] ?? param]).toEqual(given)
        }
      }),
    )
  })

  test('lets no param name the model', () => {
    for (const preset of NAMES) expect(body(preset, { model: 'other', stream: true }).body['model']).toBe('m')
  })
})

describe('earlier answers', () => {
  const answer = {
    role: 'assistant' as const,
    content: 'Hi.',
    reasoning_content: 'hm',
    annotations: [],
    citations: ['https://a.example'],
    refusal: null,
    audio: null,
    tool_calls: [],
  }

  test('lose what only answers have, and keep reasoning only where it is wanted', () => {
    const sent = (preset: PresetName): unknown => body(preset, { messages: [answer] }).body['messages']
    expect(sent('openai')).toEqual([{ role: 'assistant', content: 'Hi.' }])
    expect(sent('mistral')).toEqual([{ role: 'assistant', content: 'Hi.' }])
    expect(sent('deepseek')).toEqual([{ role: 'assistant', content: 'Hi.', reasoning_content: 'hm' }])
  })

  test('are the same array when there is nothing to change', () => {
    const plain: ChatParams['messages'] = [
      { role: 'system', content: 'x' },
      { role: 'assistant', content: 'y' },
    ]
    expect(translation('groq').body({ messages: plain }, 'm').body['messages']).toBe(plain)
  })
})
