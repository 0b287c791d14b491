import { describe, expect, test } from 'vitest'
import { LlmError } from '../../../src/core/llm-error.ts'
import type { ChatParams } from '../../../src/core/openai-types.ts'
import { fromAiSdk } from '../../../src/providers/ai-sdk.ts'
import { createAiSdkAdapter } from '../../../src/providers/ai-sdk-adapter.ts'
import { readAiSdkResult } from '../../../src/providers/ai-sdk-answer.ts'
import type { AiSdkCallOptions, AiSdkModel } from '../../../src/providers/ai-sdk-model.ts'
import { toCallOptions } from '../../../src/providers/ai-sdk-options.ts'

function aModel(parts: Partial<AiSdkModel> = {}): AiSdkModel {
  return {
    specificationVersion: 'v4',
    provider: 'anthropic.messages',
    modelId: 'claude',
    doGenerate: () => Promise.reject(new Error('not asked')),
    ...parts,
  }
}

const messages: ChatParams['messages'] = [{ role: 'user', content: 'Hello?' }]

describe('fromAiSdk', () => {
  test.each([
    ['anthropic.messages', 'anthropic', 'anthropic'],
    ['openai.responses', 'openai', 'openai'],
    ['google.generative-ai', 'gcp.gemini', 'google'],
    ['google.vertex.chat', 'gcp.vertex_ai', 'google'],
    ['amazon-bedrock', 'aws.bedrock', 'aws'],
    ['azure-openai.chat', 'azure.ai.openai', 'azure'],
    ['mistral.chat', 'mistral_ai', 'mistral'],
    ['xai.chat', 'x_ai', 'x-ai'],
    ['togetherai.chat', 'together', 'together'],
    ['acme.chat', 'acme', undefined],
    ['constructor', 'constructor', undefined],
  ])('calls %s %s, and looks its prices up under %s', (provider, expected, priceProvider) => {
    expect(fromAiSdk(aModel({ provider }))).toMatchObject({
      kind: 'ai-sdk',
      modelId: 'claude',
      provider: expected,
      priceProvider,
    })
  })

  test.each([
    ['gpt-4o', /string/],
    [undefined, /undefined/],
    [null, /null/],
    [{ ...aModel(), specificationVersion: 'v1' }, /specificationVersion/],
    [{ ...aModel(), doGenerate: undefined }, /doGenerate/],
    [{ ...aModel(), modelId: '' }, /modelId/],
  ])('refuses %o', (model, message) => {
    // As from JavaScript.
    const make = (): unknown => fromAiSdk(model as AiSdkModel)
    expect(make).toThrow(LlmError)
    expect(make).toThrow(message)
  })
})

describe('params', () => {
  test('become settings, tools and formats of the SDK', () => {
    const params: ChatParams = {
      messages: [
        {
          role: 'developer',
          content: [
            { type: 'text', text: 'a' },
            { type: 'text', text: 'b' },
          ],
        },
        ...messages,
      ],
      max_completion_tokens: 9,
      temperature: 0,
      top_p: 0.5,
      top_k: 3,
      seed: 1,
      presence_penalty: 0.1,
      frequency_penalty: 0.2,
      stop: ['x', 'y'],
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'n', description: 'd', schema: { type: 'object' }, strict: true },
      },
      tools: [{ type: 'function', function: { name: 'f' } }],
      tool_choice: 'required',
      reasoning_effort: 'low',
      logit_bias: { 1: 2 },
      n: 1,
      parallel_tool_calls: true,
      modalities: ['text'],
      providerOptions: { anthropic: { cacheControl: { type: 'ephemeral' } } },
    }
    expect(toCallOptions(params, 'v4')).toEqual({
      droppedParams: ['logit_bias'],
      options: {
        prompt: [
          { role: 'system', content: 'ab' },
          { role: 'user', content: [{ type: 'text', text: 'Hello?' }] },
        ],
        maxOutputTokens: 9,
        temperature: 0,
        topP: 0.5,
        topK: 3,
        seed: 1,
        presencePenalty: 0.1,
        frequencyPenalty: 0.2,
        stopSequences: ['x', 'y'],
        responseFormat: { type: 'json', name: 'n', description: 'd', schema: { type: 'object' } },
        tools: [{ type: 'function', name: 'f', inputSchema: { type: 'object', properties: {} } }],
        toolChoice: { type: 'required' },
        reasoning: 'low',
        providerOptions: { anthropic: { cacheControl: { type: 'ephemeral' } } },
      },
    })
    expect(toCallOptions({ messages, reasoning_effort: 'low' }, 'v3').droppedParams).toEqual([
      'reasoning_effort',
    ])
  })

  test('hold files as each version takes them', () => {
    const content = [
      { type: 'image_url' as const, image_url: { url: 'data:image/png;base64,AAAA' } },
      { type: 'image_url' as const, image_url: { url: 'https://img.example/a.png' } },
      { type: 'input_audio' as const, input_audio: { data: 'BBBB', format: 'mp3' as const } },
      { type: 'file' as const, file: { file_data: 'data:application/pdf;base64,CCCC', filename: 'a.pdf' } },
    ]
    const prompt = (version: 'v3' | 'v4'): unknown =>
      toCallOptions({ messages: [{ role: 'user', content }] }, version).options.prompt[0]?.content
    const url = new URL('https://img.example/a.png')
    expect(prompt('v3')).toEqual([
      { type: 'file', mediaType: 'image/png', data: 'AAAA' },
      { type: 'file', mediaType: 'image/*', data: url },
      { type: 'file', mediaType: 'audio/mpeg', data: 'BBBB' },
      { type: 'file', mediaType: 'application/pdf', data: 'CCCC', filename: 'a.pdf' },
    ])
    expect(prompt('v4')).toMatchObject([
      { data: { type: 'data', data: 'AAAA' } },
      { data: { type: 'url', url } },
      {},
      {},
    ])
  })

  test.each([
    [{ n: 2 }, /one choice only/],
    [{ max_tokens: 1, max_completion_tokens: 2 }, /say different things/],
    [{ audio: { voice: 'x', format: 'wav' } }, /no word for "audio"/],
    [{ modalities: ['audio'] }, /text only/],
    [{ parallel_tool_calls: false }, /parallel_tool_calls/],
    [{ vendor_extra: true }, /no word for "vendor_extra"/],
    [{ toString: 1 }, /no word for "toString"/],
    [{ tools: [{ type: 'custom', custom: { name: 'f' } }] }, /type "function" only/],
    [{ tool_choice: { type: 'allowed_tools', allowed_tools: {} } }, /tool_choice/],
    [{ providerOptions: 'x' }, /providerOptions/],
    [{ messages: [{ role: 'user', name: 'ann', content: 'x' }] }, /"name"/],
    [{ messages: [{ role: 'function', name: 'f', content: 'x' }] }, /role "function"/],
    [{ messages: [{ role: 'tool', tool_call_id: 'gone', content: 'x' }] }, /answers no call/],
    [
      { messages: [{ role: 'user', content: [{ type: 'file', file: { file_id: 'f-1' } }] }] },
      /data URLs only/,
    ],
    [{ messages: [{ role: 'user', content: [{ type: 'video', video: {} }] }] }, /no content parts/],
    [{ messages: [{ role: 'critic', content: 'x' }] }, /no messages of such a role/],
  ])('that cannot be translated are a reason to skip: %o', (params, reason) => {
    const adapter = createAiSdkAdapter(fromAiSdk(aModel()))
    expect(adapter.unsupported('chat', { messages, ...params } as ChatParams)).toMatch(reason)
  })
})

describe('results', () => {
  const content = [{ type: 'text', text: 'Hi.' }]

  test('of version 2 have flat usage, of 3 and 4 nested', () => {
    const flat = {
      inputTokens: 9,
      outputTokens: 4,
      totalTokens: 13,
      cachedInputTokens: 2,
      reasoningTokens: 1,
    }
    const nested = {
      inputTokens: { total: 9, cacheRead: 2, cacheWrite: 3 },
      outputTokens: { total: 4, reasoning: 1 },
    }
    const usageOf = (usage: object, finishReason: unknown): unknown => {
      const answer = readAiSdkResult({ content, finishReason, usage }, 'm')
      return typeof answer === 'object' ? answer.usage : answer
    }
    expect(usageOf(flat, 'stop')).toEqual({
      inputTokens: 9,
      outputTokens: 4,
      cacheReadTokens: 2,
      reasoningTokens: 1,
    })
    expect(usageOf(nested, { unified: 'stop', raw: 'end_turn' })).toEqual({
      inputTokens: 9,
      outputTokens: 4,
      cacheReadTokens: 2,
      cacheWriteTokens: 3,
      reasoningTokens: 1,
    })
    expect(usageOf({ inputTokens: undefined, outputTokens: 4 }, 'stop')).toBeUndefined()
    expect(usageOf({ inputTokens: Number.NaN, outputTokens: 4 }, 'stop')).toBeUndefined()
  })

  test('name the settings that were ignored, and no sentences', () => {
    const warnings = [
      { type: 'unsupported-setting', setting: 'seed' },
      { type: 'unsupported', feature: 'topK' },
      { type: 'other', message: 'something' },
      { type: 'unsupported', feature: 'a whole sentence about the prompt' },
    ]
    expect(readAiSdkResult({ content, finishReason: 'length', usage: {}, warnings }, 'm')).toMatchObject({
      ignoredSettings: ['seed', 'topK'],
      completion: { model: 'm', choices: [{ finish_reason: 'length' }] },
    })
  })

  test.each([undefined, null, 'x', {}, { content: 'x' }, { content: [] }])('%o is none', (result) => {
    expect(readAiSdkResult(result, 'm')).toBeUndefined()
  })

  test('that gave up are failures', async () => {
    const options = { target: { instance: 'i' }, signal: new AbortController().signal, timeoutMs: 1000 }
    const send = (result: () => Promise<object>): Promise<unknown> => {
      const adapter = createAiSdkAdapter(fromAiSdk(aModel({ doGenerate: result })))
      return adapter.send('chat', { messages }, options as never)
    }
    await expect(
      send(() => Promise.resolve({ content, finishReason: 'error', usage: {} })),
    ).rejects.toMatchObject({ failure: { kind: 'protocol' } })
    // With what they used, where they tell it: it is billed.
    const usage = { inputTokens: { total: 7 }, outputTokens: { total: 3 } }
    for (const result of [{ content, finishReason: 'error', usage }, { usage }]) {
      await expect(send(() => Promise.resolve(result))).rejects.toMatchObject({
        failure: { kind: 'protocol', wasSent: true, usage: { inputTokens: 7, outputTokens: 3 } },
      })
    }
    await expect(send(() => Promise.reject(new TypeError('secret')))).rejects.toMatchObject({
      failure: { kind: 'protocol', message: 'i answered through the AI SDK, which threw TypeError' },
    })
    await expect(
      send(() => {
        throw new RangeError('at once')
      }),
    ).rejects.toMatchObject({ failure: { kind: 'protocol' } })
    const noKey = Object.assign(new Error('secret'), { name: 'AI_LoadAPIKeyError' })
    await expect(send(() => Promise.reject(noKey))).rejects.toMatchObject({
      failure: { kind: 'auth', wasSent: false },
    })
  })
})

test('models of the SDK fit, whatever their version', () => {
  // A compile-time check: options typed as ours, and as the SDK types them, are both taken.
  const narrower: AiSdkModel = {
    ...aModel({ specificationVersion: 'v2' }),
    doGenerate(options: AiSdkCallOptions & { abortSignal?: AbortSignal }) {
      return Promise.resolve({ options })
    },
  }
  expect(fromAiSdk(narrower).model).toBe(narrower)
})
