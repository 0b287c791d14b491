import type { ChatCompletionMessageParam } from 'openai/resources/chat/completions'
import { describe, expect, test } from 'vitest'
import { fromAiSdk } from '../../src/ai-sdk.ts'
import { createAnthropic } from '@ai-sdk/anthropic'
import { aFake, aRouter } from '../support/app.ts'

const IMAGE =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

/** A conversation with instructions, an image, a tool call and its result. */
const messages: ChatCompletionMessageParam[] = [
  { role: 'developer', content: 'Answer briefly.' },
  {
    role: 'user',
    content: [
      { type: 'text', text: 'What is this, and how warm is it there?' },
      { type: 'image_url', image_url: { url: IMAGE } },
    ],
  },
  {
    role: 'assistant',
    content: null,
    tool_calls: [
      { id: 'call_abc123', type: 'function', function: { name: 'weather', arguments: '{"city":"Rome"}' } },
    ],
  },
  { role: 'tool', tool_call_id: 'call_abc123', content: '21 degrees' },
  { role: 'user', content: 'Go on.' },
]

const tools = [
  {
    type: 'function' as const,
    function: { name: 'weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
  },
]

interface SentMessage {
  readonly role: string
  readonly content: unknown
  readonly tool_calls?: readonly { id: string; function: { name: string; arguments: string } }[]
  readonly tool_call_id?: string
}

/** Falls from OpenAI, which has no capacity, to another dialect; gives what that one was sent. */
async function fallenTo(preset: string) {
  const openai = await aFake({ name: 'openai', script: [{ status: 503 }] })
  const other = await aFake({ name: 'other' })
  const { router } = aRouter({
    tiers: { smart: ['openai/gpt-4o', 'other/some-model'] },
    providers: {
      openai: { preset: 'openai', baseUrl: openai.baseUrl, apiKey: 'k1' },
      other: { preset, baseUrl: other.baseUrl, apiKey: 'k2' },
    },
    retry: { retriesPerTarget: 0 },
  })
  const { report } = await router.chat.completions.create({ messages, tools, seed: 7 }).withReport()
  const body = other.requests[0]?.body as { messages: readonly SentMessage[]; tools: unknown }
  return { report, body, sentFirst: openai.requests[0]?.body as { messages: readonly SentMessage[] } }
}

describe('a conversation with an image and earlier tool calls', () => {
  test.each([
    ['mistral', 'system'],
    ['anthropic', 'system'],
    ['groq', 'system'],
    ['gemini', 'system'],
    ['xai', 'system'],
    ['together', 'system'],
    ['openrouter', 'system'],
  ])('falls from OpenAI to %s: roles, parts, ids and tools survive', async (preset, instructionRole) => {
    const { report, body, sentFirst } = await fallenTo(preset)
    expect(report).toMatchObject({ outcome: 'degraded', target: 'other/some-model' })
    expect(sentFirst.messages[0]?.role).toBe('developer')
    expect(body.messages.map(({ role }) => role)).toEqual([
      instructionRole,
      'user',
      'assistant',
      'tool',
      'user',
    ])
    expect(body.messages[1]?.content).toEqual(messages[1]?.content)
    const [call] = body.messages[2]?.tool_calls ?? []
    expect(call?.function).toEqual({ name: 'weather', arguments: '{"city":"Rome"}' })
    // Mistral takes no other ids than its own nine letters; what matters is that call and result still belong together.
    if (preset !== 'mistral') expect(call?.id).toBe('call_abc123')
    expect(body.messages[3]?.tool_call_id).toBe(call?.id)
    expect(body.tools).toEqual(tools)
  })

  test.each(['perplexity', 'cohere'])(
    'to %s: survives whole, or the target is skipped with a reason',
    async (preset) => {
      const outcome = await fallenTo(preset).catch(
        (error: unknown) => error as { report: { skipped: readonly { target: string; detail: string }[] } },
      )
      if ('body' in outcome) {
        expect(outcome.body.messages.map(({ role }) => role)).toEqual([
          'system',
          'user',
          'assistant',
          'tool',
          'user',
        ])
      } else {
        expect(outcome.report.skipped).toEqual([
          expect.objectContaining({ target: 'other/some-model', detail: expect.stringMatching(/\w+/) }),
        ])
      }
    },
  )

  test('falls to a model of the AI SDK: Anthropic’s own protocol, ids and all', async () => {
    const openai = await aFake({ script: [{ status: 503 }] })
    const anthropic = await aFake({
      script: [
        {
          body: {
            id: 'msg_1',
            type: 'message',
            role: 'assistant',
            model: 'claude-sonnet-4-6',
            content: [{ type: 'text', text: 'Warm.' }],
            stop_reason: 'end_turn',
            usage: {
              input_tokens: 3,
              cache_creation_input_tokens: 12_304,
              cache_read_input_tokens: 0,
              output_tokens: 550,
            },
          },
        },
      ],
    })
    const model = createAnthropic({ baseURL: anthropic.baseUrl, apiKey: 'k' })('claude-sonnet-4-6')
    const { router } = aRouter({
      tiers: { smart: ['openai/gpt-4o', 'claude/claude-sonnet-4-6'] },
      providers: { openai: { baseUrl: openai.baseUrl, apiKey: 'k' }, claude: fromAiSdk(model) },
      retry: { retriesPerTarget: 0 },
    })
    const { data, report } = await router.chat.completions.create({ messages, tools }).withReport()
    expect(data.choices[0]?.message.content).toBe('Warm.')
    const sent = JSON.stringify(anthropic.requests[0]?.body)
    for (const part of ['Answer briefly.', 'call_abc123', '21 degrees', 'Rome', IMAGE.slice(-20)])
      expect(sent).toContain(part)
    // The golden number: 3 input, 12,304 cache-write and 550 output tokens at $3, $3.75 and $15 per million.
    expect(report).toMatchObject({
      target: 'claude/claude-sonnet-4-6',
      inputTokens: 12_307,
      costUsd: 0.054399,
      costStatus: 'exact',
    })
  })
})

test('two Azure regions are two instances of one preset: each with its own address and key, priced by priceAs', async () => {
  const west = await aFake({ name: 'west', script: [{ status: 429, retryAfter: 60 }] })
  const north = await aFake({ name: 'north', tokens: { promptTokens: 1000, completionTokens: 100 } })
  const { router } = aRouter({
    tiers: { smart: ['azure-west/our-gpt', 'azure-north/our-gpt'] },
    targets: {
      'azure-west/our-gpt': { priceAs: 'gpt-4o-mini' },
      'azure-north/our-gpt': { priceAs: 'gpt-4o-mini' },
    },
    providers: {
      'azure-west': { preset: 'azure', endpoint: west.url, apiKey: 'key-west', apiVersion: '2024-10-21' },
      'azure-north': { preset: 'azure', endpoint: north.url, apiKey: 'key-north', apiVersion: '2024-10-21' },
    },
  })
  const { report } = await router.ask('hi')
  expect(west.requests[0]?.headers['api-key']).toBe('key-west')
  expect(north.requests[0]).toMatchObject({
    path: '/openai/deployments/our-gpt/chat/completions?api-version=2024-10-21',
    headers: { 'api-key': 'key-north' },
  })
  expect(report).toMatchObject({ target: 'azure-north/our-gpt', costStatus: 'exact' })
  expect(report.costUsd).toBeCloseTo((1000 * 0.15 + 100 * 0.6) / 1e6, 12)
})
