import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { ChatChunk, ChatParams } from '../../../src/core/openai-types.ts'
import type { ProviderStream } from '../../../src/core/provider-stream.ts'
import { createAdapter } from '../../../src/providers/registry.ts'
import { createTransport } from '../../../src/providers/transport.ts'
import { perplexity, RESPONSE_EVENTS, type ResponseEvent, streamed } from './dialects/perplexity.ts'
import { type FakeServer, type Reply, type SeenRequest, startServer } from './dialects/server.ts'
import { aProvider, failureOf, sendOptions, TRANSPORT } from './support.ts'

const transport = createTransport(TRANSPORT)
let server: FakeServer
let reply: (request: SeenRequest) => Reply
beforeAll(async () => {
  server = await startServer((request) => reply(request))
})
afterEach(() => void server.seen.splice(0))
afterAll(async () => {
  await server.close()
  await transport.close()
})

const QUESTION: ChatParams = {
  messages: [{ role: 'user', content: 'Say hello.' }],
  max_tokens: 50,
  seed: 7,
  stream_options: { include_usage: true },
}

function ask(): Promise<ProviderStream> {
  const adapter = createAdapter(aProvider('perplexity', perplexity.place(server.url)), transport)
  expect(adapter.streamingUnsupported).toBeUndefined()
  return adapter.stream(QUESTION, sendOptions('perplexity/sonar-pro'))
}

async function chunksOf(stream: ProviderStream): Promise<ChatChunk[]> {
  const chunks: ChatChunk[] = []
  for (let parts = await stream.read(); parts !== undefined; parts = await stream.read()) {
    chunks.push(...parts.map(({ chunk }) => chunk))
  }
  return chunks
}

test('the Responses API streams as chat completions do, with sources, usage and cost at the end', async () => {
  reply = (request) => perplexity.reply(request)
  const stream = await ask()
  const chunks = await chunksOf(stream)
  const [{ body } = { body: {} }] = server.seen
  expect(body).toEqual({
    model: 'sonar-pro',
    input: [{ type: 'message', role: 'user', content: 'Say hello.' }],
    max_output_tokens: 50,
    stream: true,
  })
  expect(chunks).toMatchObject([
    { id: 'resp_1', model: 'sonar-pro', choices: [{ delta: { role: 'assistant', content: 'Hello' } }] },
    { choices: [{ delta: { content: ' [1].' }, finish_reason: null }] },
    {
      choices: [{ delta: {}, finish_reason: 'stop' }],
      citations: ['https://a.example/1', 'https://b.example/2'],
      search_results: [{ title: 'A' }, {}],
    },
    { choices: [], usage: { prompt_tokens: 20, completion_tokens: 9, cost: { total_cost: 0.0062 } } },
  ])
  expect(stream.usage()).toEqual({ inputTokens: 20, outputTokens: 9 })
  expect(stream.costUsd()).toBe(0.0062)
  expect(stream.usageComes).toBe('along')
  expect(stream.upstreamRequestId).toBe('pplx-1')
  expect(stream.droppedParams).toEqual(['seed'])
  expect(stream.malformedCount()).toBe(0)
})

const BEGINNING = RESPONSE_EVENTS.slice(0, 9)

test('a stream that ends in its middle has no finish reason', async () => {
  reply = () => streamed(BEGINNING)
  const chunks = await chunksOf(await ask())
  expect(chunks.map(({ choices }) => choices[0]?.finish_reason)).toEqual([null])
})

const error = { code: 'server_error', message: 'nobody may read' }

test.each([
  ['response.failed', { type: 'response.failed', response: { id: 'r', status: 'failed', error } }],
  ['error', { type: 'error', ...error }],
] satisfies [string, ResponseEvent][])('the event "%s" fails by what it says', async (_name, event) => {
  reply = () => streamed([...BEGINNING, event])
  const failure = await failureOf(chunksOf(await ask()))
  expect(failure).toMatchObject({ kind: 'server', code: 'server_error', wasSent: true })
  expect(JSON.stringify(failure)).not.toContain('nobody')
})

test('an answer that was cut by its limit says so', async () => {
  const last = RESPONSE_EVENTS.at(-1)?.['response'] as object
  const response = { ...last, status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } }
  reply = () => streamed([...BEGINNING, { type: 'response.incomplete', response }])
  const chunks = await chunksOf(await ask())
  expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe('length')
  expect(chunks.at(-1)?.usage).toMatchObject({ prompt_tokens: 20 })
})
