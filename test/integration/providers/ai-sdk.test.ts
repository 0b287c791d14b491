import { createAnthropic } from '@ai-sdk/anthropic'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { CallAborted } from '../../../src/core/abort.ts'
import type { ChatParams } from '../../../src/core/openai-types.ts'
import { fromAiSdk } from '../../../src/ai-sdk.ts'
import { createAdapter } from '../../../src/providers/registry.ts'
import { completion } from './dialects/fake.ts'
import {
  type FakeServer,
  type Reply,
  type SeenRequest,
  startRawServer,
  startServer,
} from './dialects/server.ts'
import { failureOf, sendOptions } from './support.ts'

let server: FakeServer
let reply: (request: SeenRequest) => Reply
beforeAll(async () => {
  server = await startServer((request) => reply(request))
})
afterEach(() => void server.seen.splice(0))
afterAll(() => server.close())

/** No request of these may go over the router's transport. */
const noTransport = {
  fetch: () => Promise.reject(new Error('not this way')),
  close: () => Promise.resolve(),
}

function anthropicAdapter() {
  const provider = createAnthropic({ apiKey: 'sk-ant-test', baseURL: `${server.url}/v1` })
  return createAdapter(fromAiSdk(provider('claude-sonnet-4-6')), noTransport)
}

function compatibleAdapter(url = server.url) {
  const provider = createOpenAICompatible({ name: 'acme', apiKey: 'sk-acme', baseURL: `${url}/v1` })
  return createAdapter(fromAiSdk(provider('acme-large')), noTransport)
}

const QUESTION: ChatParams = { messages: [{ role: 'user', content: 'What nobody may read in an error?' }] }

function anthropicMessage(content: readonly object[], stop_reason = 'end_turn'): object {
  return {
    type: 'message',
    id: 'msg_1',
    model: 'claude-sonnet-4-6-20260101',
    role: 'assistant',
    content,
    stop_reason,
    stop_sequence: null,
    usage: {
      input_tokens: 3,
      cache_creation_input_tokens: 12_304,
      cache_read_input_tokens: 0,
      output_tokens: 550,
    },
  }
}

describe('a model of @ai-sdk/anthropic', () => {
  test('answers in the shape of a chat completion, with all its tokens', async () => {
    reply = () => ({
      headers: { 'request-id': 'req_ant' },
      body: anthropicMessage([{ type: 'text', text: 'Hello.' }]),
    })
    const params: ChatParams = {
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Hello?' },
      ],
      max_tokens: 600,
      temperature: 0.5,
      stop: 'END',
      user: 'u-1',
      seed: 7,
    }
    const adapter = anthropicAdapter()
    expect(adapter.unsupported('chat', params)).toBeUndefined()
    const options = sendOptions('claude/claude-sonnet-4-6', {
      headers: { 'x-call': 'c' },
      idempotencyKey: 'once',
    })
    const answer = await adapter.send('chat', params, options)

    expect(answer.data).toMatchObject({
      id: 'msg_1',
      object: 'chat.completion',
      model: 'claude-sonnet-4-6-20260101',
      choices: [
        { index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'Hello.', refusal: null } },
      ],
      usage: { prompt_tokens: 12_307, completion_tokens: 550, total_tokens: 12_857 },
    })
    expect(answer.usage).toMatchObject({ inputTokens: 12_307, outputTokens: 550, cacheWriteTokens: 12_304 })
    expect(answer.finishReasons).toEqual(['stop'])
    expect(answer.responseId).toBe('msg_1')
    expect(answer.upstreamRequestId).toBe('req_ant')
    expect(answer.droppedParams).toEqual(['user', 'seed'])
    expect(await answer.toResponse().json()).toEqual(answer.data)

    const [request] = server.seen
    expect(request?.url).toBe('/v1/messages')
    expect(request?.headers).toMatchObject({
      'x-api-key': 'sk-ant-test',
      'x-call': 'c',
      'idempotency-key': 'once',
    })
    expect(request?.body).toMatchObject({
      model: 'claude-sonnet-4-6',
      max_tokens: 600,
      temperature: 0.5,
      stop_sequences: ['END'],
      system: [{ type: 'text', text: 'Be brief.' }],
      messages: [{ role: 'user', content: [{ type: 'text', text: 'Hello?' }] }],
    })
  })

  test('calls tools, and gets earlier calls, results and images whole', async () => {
    const call = { type: 'tool_use', id: 'toolu_2', name: 'look', input: { at: 'sea' } }
    reply = () => ({ body: anthropicMessage([{ type: 'text', text: 'I look.' }, call], 'tool_use') })
    const params: ChatParams = {
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Which colour?' },
            { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } },
            { type: 'image_url', image_url: { url: 'https://img.example/sea.png' } },
          ],
        },
        {
          role: 'assistant',
          content: null,
          tool_calls: [
            { id: 'call_1', type: 'function', function: { name: 'look', arguments: '{"at":"sky"}' } },
          ],
        },
        { role: 'tool', tool_call_id: 'call_1', content: 'blue' },
      ],
      tools: [
        {
          type: 'function',
          function: {
            name: 'look',
            description: 'Looks.',
            parameters: { type: 'object', properties: { at: { type: 'string' } } },
          },
        },
      ],
      tool_choice: { type: 'function', function: { name: 'look' } },
      max_tokens: 100,
    }
    const answer = await anthropicAdapter().send('chat', params, sendOptions('claude/claude-sonnet-4-6'))
    expect(answer.data.choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: {
        content: 'I look.',
        tool_calls: [
          { id: 'toolu_2', type: 'function', function: { name: 'look', arguments: '{"at":"sea"}' } },
        ],
      },
    })
    expect(server.seen[0]?.body).toMatchObject({
      tool_choice: { type: 'tool', name: 'look' },
      tools: [{ name: 'look', description: 'Looks.', input_schema: { type: 'object' } }],
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Which colour?' },
            { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' } },
            { type: 'image', source: { type: 'url', url: 'https://img.example/sea.png' } },
          ],
        },
        {
          role: 'assistant',
          content: [{ type: 'tool_use', id: 'call_1', name: 'look', input: { at: 'sky' } }],
        },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'call_1' }] },
      ],
    })
    expect(JSON.stringify(server.seen[0]?.body)).toContain('blue')
  })

  test('keeps its thoughts beside the answer', async () => {
    const thoughts = { type: 'thinking', thinking: 'Hm.', signature: 's' }
    reply = () => ({ body: anthropicMessage([thoughts, { type: 'text', text: 'Yes.' }]) })
    const answer = await anthropicAdapter().send('chat', QUESTION, sendOptions('claude/claude-sonnet-4-6'))
    expect(answer.data.choices[0]?.message).toMatchObject({ content: 'Yes.', reasoning_content: 'Hm.' })
  })

  test.each([
    [429, { type: 'rate_limit_error' }, { 'retry-after': '7' }, { kind: 'rate-limited', retryAfterMs: 7000 }],
    [529, { type: 'overloaded_error' }, {}, { kind: 'overloaded' }],
    [401, { type: 'authentication_error' }, {}, { kind: 'auth' }],
    [404, { type: 'not_found_error' }, {}, { kind: 'not-found' }],
    [500, { type: 'api_error' }, {}, { kind: 'server' }],
  ] as const)('fails with its status: %i', async (status, error, headers, expected) => {
    const message = 'What nobody may read in an error? sk-ant-test'
    reply = () => ({
      status,
      headers: { 'request-id': 'req_f', ...headers },
      body: { type: 'error', error: { ...error, message } },
    })
    const failure = await failureOf(
      anthropicAdapter().send('chat', QUESTION, sendOptions('claude/claude-sonnet-4-6')),
    )
    expect(failure).toMatchObject({
      ...expected,
      status,
      wasSent: true,
      upstreamRequestId: 'req_f',
      code: error.type,
    })
    expect(failure.message).toBe(`claude answered ${status} (${error.type})`)
    expect(JSON.stringify(failure)).not.toMatch(/nobody|sk-ant/)
    // Once: the chain retries, nobody else.
    expect(server.seen).toHaveLength(1)
  })

  test('that is asked for more than it reads is told apart from other refusals', async () => {
    const message = 'prompt is too long: 210000 tokens > 200000 maximum'
    reply = () => ({
      status: 400,
      body: { type: 'error', error: { type: 'invalid_request_error', message } },
    })
    const failure = await failureOf(
      anthropicAdapter().send('chat', QUESTION, sendOptions('claude/claude-sonnet-4-6')),
    )
    expect(failure).toMatchObject({ kind: 'context-window', status: 400, providerMessage: message })
  })
})

describe('a model of @ai-sdk/openai-compatible', () => {
  test('answers, with usage and without what it does not tell', async () => {
    reply = ({ body }) => ({
      body: completion(body['model'], {
        prompt_tokens: 20,
        completion_tokens: 9,
        prompt_tokens_details: { cached_tokens: 5 },
        completion_tokens_details: { reasoning_tokens: 4 },
      }),
    })
    const answer = await compatibleAdapter().send('chat', QUESTION, sendOptions('acme/acme-large'))
    expect(answer.data.choices[0]?.message.content).toBe('Hello.')
    expect(answer.usage).toMatchObject({
      inputTokens: 20,
      outputTokens: 9,
      cacheReadTokens: 5,
      reasoningTokens: 4,
    })
    expect(answer.costUsd).toBeUndefined()
    expect(server.seen[0]?.headers.authorization).toBe('Bearer sk-acme')
  })

  test.each([
    ['a page', { headers: { 'content-type': 'text/html' }, body: '<html>' }],
    ['broken JSON', { headers: { 'content-type': 'application/json' }, body: '{"choices":' }],
    ['another shape', { body: { hello: 'world' } }],
  ] satisfies [string, Reply][])('that answers %s fails by protocol', async (_name, bad) => {
    reply = () => bad
    const failure = await failureOf(
      compatibleAdapter().send('chat', QUESTION, sendOptions('acme/acme-large')),
    )
    expect(failure).toMatchObject({ kind: 'protocol', wasSent: true })
    expect(failure.status).toBeUndefined()
  })

  test('that nobody listens for fails by connection, unsent', async () => {
    const gone = await startServer(() => ({ body: '' }))
    await gone.close()
    const failure = await failureOf(
      compatibleAdapter(gone.url).send('chat', QUESTION, sendOptions('acme/acme-large')),
    )
    expect(failure).toMatchObject({ kind: 'connection', code: 'ECONNREFUSED', wasSent: false })
  })

  test('that resets the connection fails by connection, sent', async () => {
    const rude = await startRawServer((_request, res) => res.socket?.resetAndDestroy())
    const failure = await failureOf(
      compatibleAdapter(rude.url).send('chat', QUESTION, sendOptions('acme/acme-large')),
    )
    await rude.close()
    expect(failure).toMatchObject({ kind: 'connection', wasSent: true })
  })

  test('that is silent runs into the timeout, and its request is aborted', async () => {
    const closed = Promise.withResolvers<void>()
    const silent = await startRawServer((_request, res) => void res.once('close', () => closed.resolve()))
    const options = sendOptions('acme/acme-large', { timeoutMs: 50 })
    const failure = await failureOf(compatibleAdapter(silent.url).send('chat', QUESTION, options))
    await closed.promise
    await silent.close()
    expect(failure).toEqual({ kind: 'timeout', wasSent: true, message: 'acme did not answer within 50 ms' })
  })

  test('is cancelled by the signal, and its request is aborted', async () => {
    const aborter = new AbortController()
    const closed = Promise.withResolvers<void>()
    const silent = await startRawServer((_request, res) => {
      res.once('close', () => closed.resolve())
      aborter.abort(new CallAborted('client_gone'))
    })
    const options = sendOptions('acme/acme-large', { signal: aborter.signal })
    const failure = await failureOf(compatibleAdapter(silent.url).send('chat', QUESTION, options))
    await closed.promise
    await silent.close()
    expect(failure).toEqual({ kind: 'cancelled', wasSent: true, message: 'cancelled while acme was asked' })
  })

  test('is not asked at all when the signal was aborted before', async () => {
    const options = sendOptions('acme/acme-large', { signal: AbortSignal.abort(new CallAborted('deadline')) })
    const failure = await failureOf(compatibleAdapter().send('chat', QUESTION, options))
    expect(failure).toMatchObject({ kind: 'cancelled', wasSent: false })
    expect(server.seen).toEqual([])
  })

  test('has no embeddings', async () => {
    const adapter = compatibleAdapter()
    expect(adapter.unsupported('embeddings', { input: 'x' })).toMatch(/no embeddings/)
    expect(
      await failureOf(adapter.send('embeddings', { input: 'x' }, sendOptions('acme/acme-large'))),
    ).toMatchObject({
      kind: 'invalid-request',
      wasSent: false,
    })
  })
})
