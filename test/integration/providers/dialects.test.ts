import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import type { ChatParams } from '../../../src/core/openai-types.ts'
import { PRESETS } from '../../../src/providers/presets.ts'
import { createAdapter } from '../../../src/providers/registry.ts'
import { createTransport } from '../../../src/providers/transport.ts'
import { DIALECTS } from './dialects/all.ts'
import { type DialectFake, FAILING_MODEL, messagesOf } from './dialects/fake.ts'
import { type FakeServer, startServer } from './dialects/server.ts'
import { aProvider, failureOf, sendOptions, TRANSPORT } from './support.ts'

const transport = createTransport(TRANSPORT)
afterAll(() => transport.close())

/** Every kind of param at once: a limit, hints that not all take, bookkeeping, things said at their defaults. */
const QUESTION: ChatParams = {
  messages: [
    { role: 'developer', content: 'Be brief.' },
    { role: 'user', content: 'Say hello.' },
  ],
  max_tokens: 50,
  temperature: 0.5,
  seed: 7,
  frequency_penalty: 0.1,
  metadata: { job: 'greeting' },
  user: 'user-1',
  n: 1,
  response_format: { type: 'text' },
}

/** For a service that knows fewer words than others, the same question without those that are no hints. */
function questionFor({ preset }: DialectFake): ChatParams {
  const { n: _n, response_format: _format, ...plain } = QUESTION
  return ['anthropic', 'perplexity', 'groq', 'cerebras', 'ollama', 'openai'].includes(preset)
    ? QUESTION
    : plain
}

test('every preset has a fake in its own dialect', () => {
  expect(DIALECTS.map(({ preset }) => preset)).toEqual(Object.keys(PRESETS))
})

describe.each(DIALECTS.map((fake) => [fake.preset, fake] as const))('%s', (_name, fake) => {
  let server: FakeServer
  beforeAll(async () => {
    server = await startServer((request) =>
      request.url.includes(FAILING_MODEL) || request.body['model'] === FAILING_MODEL
        ? fake.failure.reply
        : fake.reply(request),
    )
  })
  afterEach(() => void server.seen.splice(0))
  afterAll(() => server.close())

  function adapter() {
    return createAdapter(aProvider(fake.preset, fake.place(server.url)), transport)
  }

  test('answers a question that is put in its own words', async () => {
    const speaker = adapter()
    const question = questionFor(fake)
    expect(speaker.unsupported('chat', question)).toBeUndefined()
    const answer = await speaker.send('chat', question, sendOptions(`${fake.preset}/${fake.model}`))
    const { expected } = fake

    expect(answer.data.choices[0]?.message.content).toMatch(/^Hello/)
    expect(answer.usage).toEqual(expected.usage)
    expect(answer.costUsd).toBe(expected.costUsd)
    expect(answer.finishReasons).toEqual(['stop'])
    expect(answer.upstreamRequestId).toBe(expected.requestId)
    expect([...answer.droppedParams].toSorted()).toEqual([...expected.dropped].toSorted())
    expect(answer.responseId).toMatch(/^(chatcmpl-fake|resp_1)$/)

    const [request] = server.seen
    expect(server.seen).toHaveLength(1)
    expect(request?.method).toBe('POST')
    expect(request?.url).toBe(fake.path)
    expect(request?.body['model']).toBe(fake.model)
    expect(request?.body[expected.limit[0]]).toBe(expected.limit[1])
    expect(Object.keys(request?.body ?? {}).filter((field) => field.startsWith('max_'))).toEqual([
      expected.limit[0],
    ])
    expect(request?.body['seed'] ?? request?.body['random_seed']).toBe(
      expected.seed === undefined ? undefined : 7,
    )
    if (expected.seed !== undefined) expect(request?.body).toHaveProperty(expected.seed)
    const messages = (request?.body['input'] ?? request?.body['messages']) as { role: string }[]
    expect(messages.map(({ role }) => role)).toEqual([expected.instructionRole, 'user'])
    if (fake.auth === undefined) expect(request?.headers.authorization).toBeUndefined()
    else expect(request?.headers[fake.auth[0]]).toBe(fake.auth[1])
  })

  test('fails with the right kind, without a word of the prompt or the key', async () => {
    const question = {
      messages: [{ role: 'user' as const, content: 'a secret nobody may read in an error' }],
    }
    const failure = await failureOf(
      adapter().send('chat', question, sendOptions(`${fake.preset}/${FAILING_MODEL}`)),
    )
    expect(failure.kind).toBe(fake.failure.kind)
    expect(failure.code).toBe(fake.failure.code)
    expect(failure.retryAfterMs).toBe(fake.failure.retryAfterMs)
    expect(failure.wasSent).toBe(true)
    expect(failure.message).toContain(fake.preset)
    expect(JSON.stringify(failure)).not.toMatch(/secret|sk-test/)
  })

  test('gets a conversation with an image and tool calls whole, or not at all', async () => {
    const speaker = adapter()
    const reason = speaker.unsupported('chat', CONVERSATION)
    if (fake.preset === 'perplexity') {
      expect(reason).toMatch(/^perplexity does not take/)
      return
    }
    expect(reason).toBeUndefined()
    await speaker.send('chat', CONVERSATION, sendOptions(`${fake.preset}/${fake.model}`))
    const [instructions, question, call, result, answer, followUp] = messagesOf(server.seen[0]?.body ?? {})
    expect(instructions).toEqual({ role: fake.expected.instructionRole, content: 'Use the tools.' })
    expect(question).toEqual(CONVERSATION.messages[1])
    expect(call).toMatchObject({
      role: 'assistant',
      tool_calls: [{ function: { name: 'look', arguments: '{"at":"sky"}' } }, {}],
    })
    expect(result).toMatchObject({ role: 'tool', content: 'blue' })
    // Whatever the service makes of ids: a result still names its call, and the calls are still told apart.
    expect(result?.tool_call_id).toBe(call?.tool_calls?.[0]?.id)
    expect(answer?.tool_call_id).toBe(call?.tool_calls?.[1]?.id)
    expect(call?.tool_calls?.[0]?.id).not.toBe(call?.tool_calls?.[1]?.id)
    if (fake.preset !== 'mistral') expect(call?.tool_calls?.[0]?.id).toBe('call_aVeryLongIdOfAnotherService')
    expect(followUp).toEqual({ role: 'user', content: 'And now?' })
  })
})

const CONVERSATION: ChatParams = {
  messages: [
    { role: 'developer', content: 'Use the tools.' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'Which colour?' },
        { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=', detail: 'low' } },
      ],
    },
    // As an answer came, with what only answers have.
    Object.assign(
      {
        role: 'assistant' as const,
        content: null,
        refusal: null,
        tool_calls: [
          {
            id: 'call_aVeryLongIdOfAnotherService',
            type: 'function' as const,
            function: { name: 'look', arguments: '{"at":"sky"}' },
          },
          {
            id: 'call_aVeryLongIdOfAnotherServicf',
            type: 'function' as const,
            function: { name: 'look', arguments: '{"at":"sea"}' },
          },
        ],
      },
      { annotations: [], audio: null, function_call: null },
    ),
    { role: 'tool', tool_call_id: 'call_aVeryLongIdOfAnotherService', content: 'blue' },
    { role: 'tool', tool_call_id: 'call_aVeryLongIdOfAnotherServicf', content: 'green' },
    { role: 'user', content: 'And now?' },
  ],
  tools: [
    {
      type: 'function',
      function: { name: 'look', parameters: { type: 'object', properties: { at: { type: 'string' } } } },
    },
  ],
}

describe('addresses', () => {
  /** Where each preset sends when nobody says otherwise. */
  const ADDRESSES: Record<string, string> = {
    openai: 'https://api.openai.com/v1/chat/completions',
    azure: 'https://res.openai.azure.com/openai/deployments/m/chat/completions?api-version=2024-10-21',
    bedrock: 'https://bedrock-runtime.eu-central-1.amazonaws.com/openai/v1/chat/completions',
    groq: 'https://api.groq.com/openai/v1/chat/completions',
    mistral: 'https://api.mistral.ai/v1/chat/completions',
    perplexity: 'https://api.perplexity.ai/v1/responses',
    deepseek: 'https://api.deepseek.com/chat/completions',
    cohere: 'https://api.cohere.ai/compatibility/v1/chat/completions',
    gemini: 'https://generativelanguage.googleapis.com/v1beta/openai/chat/completions',
    xai: 'https://api.x.ai/v1/chat/completions',
    anthropic: 'https://api.anthropic.com/v1/chat/completions',
    together: 'https://api.together.ai/v1/chat/completions',
    fireworks: 'https://api.fireworks.ai/inference/v1/chat/completions',
    cerebras: 'https://api.cerebras.ai/v1/chat/completions',
    openrouter: 'https://openrouter.ai/api/v1/chat/completions',
    ollama: 'http://localhost:11434/v1/chat/completions',
    vllm: 'http://localhost:8000/v1/chat/completions',
    lmstudio: 'http://localhost:1234/v1/chat/completions',
    compatible: 'https://llm.example/v1/chat/completions',
  }

  test.each(DIALECTS)(
    '$preset sends to the address of its vendor, whatever OPENAI_* and AWS_* variables say',
    async (fake) => {
      for (const [name, value] of Object.entries(HOSTILE_ENVIRONMENT)) vi.stubEnv(name, value)
      const printed = vi.spyOn(console, 'debug')
      const place = {
        azure: { endpoint: 'https://res.openai.azure.com/', apiVersion: '2024-10-21' },
        bedrock: { region: 'eu-central-1' },
        compatible: { baseUrl: 'https://llm.example/v1' },
      }
      const parts = Object.entries(place).find(([preset]) => preset === fake.preset)?.[1] ?? {}
      const sent: { url: string; headers: Headers }[] = []
      const recording = {
        close: () => Promise.resolve(),
        fetch: (input: string | URL | Request, init?: RequestInit) => {
          sent.push({
            url: input instanceof Request ? input.url : input.toString(),
            headers: new Headers(init?.headers),
          })
          return Promise.resolve(new Response('{}', { status: 404 }))
        },
      }
      const speaker = createAdapter(aProvider(fake.preset, parts), recording)
      await failureOf(
        speaker.send('chat', { messages: [{ role: 'user', content: 'x' }] }, sendOptions(`${fake.preset}/m`)),
      )
      expect(sent.map(({ url }) => url)).toEqual([ADDRESSES[fake.preset]])
      // With OPENAI_LOG=debug the client would print the prompt.
      expect(printed).not.toHaveBeenCalled()
      const [request] = sent
      expect(JSON.stringify([...(request?.headers ?? [])])).not.toContain('leak')
      const [name, value] = fake.auth ?? ['authorization', 'Bearer sk-test']
      expect(request?.headers.get(name)).toBe(value)
    },
  )

  const HOSTILE_ENVIRONMENT = {
    OPENAI_API_KEY: 'sk-leak',
    OPENAI_ADMIN_KEY: 'sk-leak-admin',
    OPENAI_BASE_URL: 'https://leak.example/v1',
    OPENAI_ORG_ID: 'org-leak',
    OPENAI_PROJECT_ID: 'proj-leak',
    OPENAI_API_VERSION: '1999-leak',
    OPENAI_CUSTOM_HEADERS: 'X-Leak: leak\nAuthorization: Bearer leak',
    OPENAI_LOG: 'debug',
    AZURE_OPENAI_API_KEY: 'leak',
    AZURE_OPENAI_ENDPOINT: 'https://leak.example',
    AWS_REGION: 'us-leak-1',
    AWS_BEDROCK_BASE_URL: 'https://leak.example',
    AWS_BEARER_TOKEN_BEDROCK: 'leak',
  }
})
