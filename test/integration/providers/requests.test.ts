import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { LlmError } from '../../../src/core/llm-error.ts'
import { createAdapter } from '../../../src/providers/registry.ts'
import { createTransport } from '../../../src/providers/transport.ts'
import { completion } from './dialects/fake.ts'
import { type FakeServer, startServer } from './dialects/server.ts'
import { aProvider, sendOptions, TRANSPORT } from './support.ts'

const transport = createTransport(TRANSPORT)
let server: FakeServer
beforeAll(async () => {
  server = await startServer(({ url, body }) => {
    if (url.includes('/embeddings')) return { headers: { 'x-request-id': 'req_e' }, body: embeddings(body) }
    return {
      headers: { 'x-request-id': 'req_c', 'x-custom': 'kept' },
      body: completion(body['model'], { prompt_tokens: 1, completion_tokens: 2 }),
    }
  })
})
afterEach(() => void server.seen.splice(0))
afterAll(async () => {
  await server.close()
  await transport.close()
})

/** As base64 where that is asked for: little-endian 32-bit floats. */
function embeddings({ encoding_format: format, model }: Record<string, unknown>): object {
  const vector = new Float32Array([0.5, -0.25])
  const embedding = format === 'base64' ? Buffer.from(vector.buffer).toString('base64') : [...vector]
  return {
    object: 'list',
    model,
    data: [{ object: 'embedding', index: 0, embedding }],
    usage: { prompt_tokens: 3, total_tokens: 3 },
  }
}

const QUESTION = { messages: [{ role: 'user' as const, content: 'Hello?' }] }

describe('a request', () => {
  test('carries headers, key, organization and project of the instance, and headers and idempotency key of the call', async () => {
    const config = aProvider('openai', {
      baseUrl: `${server.url}/v1`,
      headers: { 'x-instance': 'i', 'x-both': 'instance' },
      organization: 'org-1',
      project: 'proj-1',
    })
    const options = sendOptions('openai/gpt', {
      headers: { 'x-call': 'c', 'x-both': 'call' },
      idempotencyKey: 'once',
    })
    await createAdapter(config, transport).send('chat', QUESTION, options)
    expect(server.seen[0]?.headers).toMatchObject({
      authorization: 'Bearer sk-test',
      'x-instance': 'i',
      'x-call': 'c',
      'x-both': 'call',
      'idempotency-key': 'once',
      'openai-organization': 'org-1',
      'openai-project': 'proj-1',
    })
  })

  test('is sent once, to the configured address with the configured key, whatever the params hold', async () => {
    const config = aProvider('compatible', { baseUrl: `${server.url}/v1` })
    const hostile = {
      ...QUESTION,
      baseURL: 'https://evil.example',
      base_url: 'https://evil.example',
      api_key: 'sk-evil',
      apiKey: 'sk-evil',
      headers: { authorization: 'Bearer evil' },
      path: '/evil',
      method: 'get',
      timeout: 1,
      maxRetries: 5,
      model: 'another-model',
      stream: true,
      stream_options: { include_usage: true },
      __proto__: { path: '/evil' },
    }
    await createAdapter(config, transport).send('chat', hostile, sendOptions('compatible/m'))
    const [request] = server.seen
    expect(server.seen).toHaveLength(1)
    expect(request?.url).toBe('/v1/chat/completions')
    expect(request?.headers.authorization).toBe('Bearer sk-test')
    expect(request?.body).toMatchObject({ model: 'm' })
    expect(request?.body).not.toHaveProperty('stream')
    expect(request?.body).not.toHaveProperty('stream_options')
  })

  test('passes on what only one provider understands', async () => {
    const config = aProvider('openrouter', { baseUrl: `${server.url}/v1` })
    const params = { ...QUESTION, provider: { sort: 'price' }, transforms: [] }
    const answer = await createAdapter(config, transport).send('chat', params, sendOptions('openrouter/m'))
    expect(server.seen[0]?.body).toMatchObject({ provider: { sort: 'price' }, transforms: [] })
    expect(answer.droppedParams).toEqual([])
  })
})

describe('an answer', () => {
  test("is the client's own shape, with a real response on demand", async () => {
    const adapter = createAdapter(aProvider('openai', { baseUrl: `${server.url}/v1` }), transport)
    const answer = await adapter.send('chat', QUESTION, sendOptions('openai/gpt'))
    expect(Object.getOwnPropertyDescriptor(answer.data, '_request_id')).toMatchObject({
      value: 'req_c',
      enumerable: false,
    })
    const [first, second] = [answer.toResponse(), answer.toResponse()]
    expect(first).toBeInstanceOf(Response)
    expect(first.headers.get('x-custom')).toBe('kept')
    expect(await first.json()).toEqual(answer.data)
    expect(await second.text()).toContain('Hello.')
  })

  test('over the Responses API becomes a completion with citations, also in its response', async () => {
    const { perplexity } = await import('./dialects/perplexity.ts')
    const service = await startServer((request) => perplexity.reply(request))
    const adapter = createAdapter(aProvider('perplexity', { baseUrl: `${service.url}/v1` }), transport)
    const answer = await adapter.send(
      'chat',
      { ...QUESTION, search_domain_filter: ['a.example'] },
      sendOptions('perplexity/sonar-pro'),
    )
    await service.close()
    expect(service.seen[0]?.body).toMatchObject({
      input: [{ type: 'message', role: 'user', content: 'Hello?' }],
      search_domain_filter: ['a.example'],
    })
    expect(answer.data).toMatchObject({
      object: 'chat.completion',
      choices: [
        {
          index: 0,
          finish_reason: 'stop',
          message: { role: 'assistant', content: 'Hello [1].', refusal: null },
        },
      ],
      usage: { prompt_tokens: 20, completion_tokens: 9, total_tokens: 29 },
      citations: ['https://a.example/1', 'https://b.example/2'],
      search_results: [{ id: 1, url: 'https://a.example/1', title: 'A' }, { id: 2 }],
    })
    expect(await answer.toResponse().json()).toEqual(answer.data)
  })
})

describe('embeddings', () => {
  test('travel as base64 where the service knows it, and come out as numbers', async () => {
    const adapter = createAdapter(aProvider('openai', { baseUrl: `${server.url}/v1` }), transport)
    const answer = await adapter.send(
      'embeddings',
      { input: ['a'] },
      sendOptions('openai/text-embedding-3-small'),
    )
    expect(server.seen[0]?.url).toBe('/v1/embeddings')
    expect(server.seen[0]?.body).toMatchObject({
      encoding_format: 'base64',
      model: 'text-embedding-3-small',
      input: ['a'],
    })
    expect(answer.data.data[0]?.embedding).toEqual([0.5, -0.25])
    expect(answer.usage).toEqual({ inputTokens: 3, outputTokens: 0 })
    expect(answer.upstreamRequestId).toBe('req_e')
    expect(await answer.toResponse().json()).toMatchObject({ data: [{ embedding: [0.5, -0.25] }] })
  })

  test('travel as numbers elsewhere, and in the format that the caller asks for', async () => {
    const adapter = createAdapter(aProvider('mistral', { baseUrl: `${server.url}/v1` }), transport)
    const answer = await adapter.send(
      'embeddings',
      { input: 'a', user: 'u' },
      sendOptions('mistral/mistral-embed'),
    )
    expect(server.seen[0]?.body).toEqual({ encoding_format: 'float', model: 'mistral-embed', input: 'a' })
    expect(answer.data.data[0]?.embedding).toEqual([0.5, -0.25])
    expect(answer.droppedParams).toEqual(['user'])
    const raw = await adapter.send(
      'embeddings',
      { input: 'a', encoding_format: 'base64' },
      sendOptions('mistral/mistral-embed'),
    )
    expect(raw.data.data[0]?.embedding).toBe('AAAAPwAAgL4=')
  })

  test('of an Azure deployment are asked for at its own path', async () => {
    const config = aProvider('azure', { baseUrl: undefined, endpoint: server.url, apiVersion: '2024-10-21' })
    await createAdapter(config, transport).send('embeddings', { input: 'a' }, sendOptions('azure/my embed'))
    expect(server.seen[0]?.url).toBe('/openai/deployments/my%20embed/embeddings?api-version=2024-10-21')
  })

  test('are refused in a sentence where a service has none', () => {
    const adapter = createAdapter(aProvider('groq'), transport)
    expect(adapter.unsupported('embeddings', { input: 'a' })).toBe('groq has no embeddings')
    expect(
      createAdapter(aProvider('mistral'), transport).unsupported('embeddings', { input: 'a', dimensions: 3 }),
    ).toBe('mistral does not take "dimensions"')
  })
})

describe('an instance that the client does not take', () => {
  test.each([
    ['azure', { apiVersion: '2024-10-21' }, /neither endpoint nor baseUrl/],
    ['azure', { endpoint: 'https://a.example', apiVersion: '2024-10-21', apiKey: undefined }, /credentials/i],
    ['bedrock', {}, /neither region nor baseUrl/],
    ['bedrock', { region: 'nowhere' }, /region/],
  ] as const)('is an error at creation: %s %o', (preset, parts, message) => {
    const create = (): unknown => createAdapter(aProvider(preset, parts), transport)
    expect(create).toThrow(LlmError)
    expect(create).toThrow(message)
  })

  test('does not show its key in that error', () => {
    const create = (): unknown =>
      createAdapter(aProvider('bedrock', { region: 'nowhere', apiKey: 'sk-hidden' }), transport)
    expect(create).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining('sk-hidden') as string }),
    )
  })
})
