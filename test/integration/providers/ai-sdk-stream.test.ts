import type { ServerResponse } from 'node:http'
import { createAnthropic } from '@ai-sdk/anthropic'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import type { ChatCompletion } from 'openai/resources/chat/completions'
import { ChatCompletionStream } from 'openai/lib/ChatCompletionStream'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Adapter } from '../../../src/core/adapter.ts'
import type { ChatChunk, ChatParams } from '../../../src/core/openai-types.ts'
import type { ProviderStream } from '../../../src/core/provider-stream.ts'
import { fromAiSdk } from '../../../src/ai-sdk.ts'
import { createAdapter } from '../../../src/providers/registry.ts'
import { type FakeServer, startRawServer } from './dialects/server.ts'
import { aRouter, saying } from '../../support/app.ts'
import { failureOf, sendOptions } from './support.ts'

let server: FakeServer
let answer: (res: ServerResponse) => void
beforeAll(async () => {
  server = await startRawServer((_request, res) => answer(res))
})
afterEach(() => void server.seen.splice(0))
afterAll(() => server.close())

const noTransport = {
  fetch: () => Promise.reject(new Error('not this way')),
  close: () => Promise.resolve(),
}

function anthropic(): Adapter {
  const provider = createAnthropic({ apiKey: 'sk-ant-test', baseURL: `${server.url}/v1` })
  return createAdapter(fromAiSdk(provider('claude-sonnet-4-6')), noTransport)
}

function compatible(): Adapter {
  const url = `${server.url}/v1`
  const provider = createOpenAICompatible({ name: 'acme', apiKey: 'sk', baseURL: url, includeUsage: true })
  return createAdapter(fromAiSdk(provider('acme-large')), noTransport)
}

const QUESTION: ChatParams = { messages: [{ role: 'user', content: 'What nobody may read in an error?' }] }

function ask(adapter: Adapter, params = QUESTION): Promise<ProviderStream> {
  return adapter.stream(params, sendOptions('it/model'))
}

interface NamedEvent {
  readonly type: string
  readonly [field: string]: unknown
}

/** Events as Anthropic sends them: named, with the name in the data too. */
function named(...events: readonly NamedEvent[]): string {
  return events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('')
}

/** Events as OpenAI sends them. */
function bare(...events: readonly (object | string)[]): string {
  return events
    .map((event) => `data: ${typeof event === 'string' ? event : JSON.stringify(event)}\n\n`)
    .join('')
}

function begin(res: ServerResponse, events: string): void {
  res.writeHead(200, { 'content-type': 'text/event-stream', 'request-id': 'req_s' })
  res.write(events)
}

function streams(events: string): void {
  answer = (res) => {
    begin(res, events)
    res.end()
  }
}

/** @param chunks get filled, so that they are there when it fails */
async function chunksOf(stream: ProviderStream, chunks: ChatChunk[] = []): Promise<ChatChunk[]> {
  for (let parts = await stream.read(); parts !== undefined; parts = await stream.read()) {
    chunks.push(...parts.map(({ chunk }) => chunk))
  }
  return chunks
}

async function firstOf(stream: ProviderStream): Promise<ChatChunk | undefined> {
  let parts = await stream.read()
  while (parts?.length === 0) parts = await stream.read()
  return parts?.[0]?.chunk
}

/** What the official client makes of these chunks. */
function assembled(chunks: readonly ChatChunk[]): Promise<ChatCompletion> {
  const lines = chunks.map((chunk) => new TextEncoder().encode(`${JSON.stringify(chunk)}\n`))
  return ChatCompletionStream.fromReadableStream(ReadableStream.from(lines)).finalChatCompletion()
}

const USAGE = {
  input_tokens: 3,
  cache_creation_input_tokens: 10,
  cache_read_input_tokens: 5,
  output_tokens: 1,
}
const MESSAGE_START = {
  type: 'message_start',
  message: {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'claude-sonnet-4-6-20260101',
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: USAGE,
  },
}
const MESSAGE_STOP = { type: 'message_stop' }

function block(index: number, content_block: object, ...deltas: readonly object[]): NamedEvent[] {
  return [
    { type: 'content_block_start', index, content_block },
    ...deltas.map((delta) => ({ type: 'content_block_delta', index, delta })),
    { type: 'content_block_stop', index },
  ]
}

function spoken(index: number, ...texts: readonly string[]): NamedEvent[] {
  return block(index, { type: 'text', text: '' }, ...texts.map((text) => ({ type: 'text_delta', text })))
}

function stopped(stop_reason: string): NamedEvent {
  return { type: 'message_delta', delta: { stop_reason, stop_sequence: null }, usage: { output_tokens: 30 } }
}

describe('a stream of @ai-sdk/anthropic', () => {
  test('gives thoughts, text and tool calls as they come, and all tokens at the end', async () => {
    const input = ['', '{"at":', '"sea"}'].map((json) => ({ type: 'input_json_delta', partial_json: json }))
    const tool = (id: string) => ({ type: 'tool_use', id, name: 'look', input: {} })
    streams(
      named(
        MESSAGE_START,
        { type: 'ping' },
        ...block(
          0,
          { type: 'thinking', thinking: '', signature: '' },
          { type: 'thinking_delta', thinking: 'Hm.' },
          { type: 'signature_delta', signature: 's' },
        ),
        ...spoken(1, 'I ', 'look.'),
        ...block(2, tool('toolu_1'), ...input),
        ...block(3, tool('toolu_2')),
        stopped('tool_use'),
        MESSAGE_STOP,
      ),
    )
    const parameters = { type: 'object', properties: { at: { type: 'string' } } }
    const tools: ChatParams['tools'] = [{ type: 'function', function: { name: 'look', parameters } }]
    const stream = await ask(anthropic(), { ...QUESTION, tools, max_tokens: 600, seed: 7 })
    const chunks = await chunksOf(stream)

    expect(server.seen[0]?.body).toMatchObject({ stream: true, max_tokens: 600, tools: [{ name: 'look' }] })
    expect(chunks[0]).toMatchObject({
      id: 'msg_1',
      model: 'claude-sonnet-4-6-20260101',
      choices: [{ delta: { role: 'assistant', reasoning_content: 'Hm.' } }],
    })
    const call = (id: string, text: string) => ({ id, function: { name: 'look', arguments: text } })
    expect(await assembled(chunks)).toMatchObject({
      choices: [
        {
          finish_reason: 'tool_calls',
          message: {
            role: 'assistant',
            content: 'I look.',
            tool_calls: [call('toolu_1', '{"at":"sea"}'), call('toolu_2', '{}')],
          },
        },
      ],
      usage: { prompt_tokens: 18, completion_tokens: 30, total_tokens: 48 },
    })
    expect(stream.usage()).toMatchObject({
      inputTokens: 18,
      outputTokens: 30,
      cacheReadTokens: 5,
      cacheWriteTokens: 10,
    })
    expect(stream.upstreamRequestId).toBe('req_s')
    expect(stream.droppedParams).toEqual(['seed'])
    expect(stream.malformedCount()).toBe(0)
  })

  test.each([
    ['max_tokens', 'length'],
    ['refusal', 'content_filter'],
    ['end_turn', 'stop'],
  ])('that stops with %s finishes with %s', async (reason, expected) => {
    streams(named(MESSAGE_START, ...spoken(0, 'x'), stopped(reason), MESSAGE_STOP))
    const chunks = await chunksOf(await ask(anthropic()))
    expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe(expected)
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 18 } })
  })

  const overloaded = { type: 'error', error: { type: 'overloaded_error', message: 'nobody may read' } }

  test('that begins with an error event is none', async () => {
    streams(named(overloaded))
    const failure = await failureOf(ask(anthropic()))
    expect(failure).toMatchObject({ kind: 'overloaded', status: 529, wasSent: true })
    expect(JSON.stringify(failure)).not.toContain('nobody')
  })

  test('with an error event in its middle fails by it, after what came before', async () => {
    streams(named(MESSAGE_START, ...spoken(0, 'Half'), overloaded))
    const chunks: ChatChunk[] = []
    const failure = await failureOf(chunksOf(await ask(anthropic()), chunks))
    expect(chunks).toMatchObject([{ choices: [{ delta: { content: 'Half' } }] }])
    expect(failure).toMatchObject({ kind: 'overloaded', code: 'overloaded_error' })
    expect(JSON.stringify(failure)).not.toContain('nobody')
  })

  test.each([
    ['without a last word', named(MESSAGE_START, ...spoken(0, 'Half'))],
    ['without a stop reason', named(MESSAGE_START, ...spoken(0, 'Half'), MESSAGE_STOP)],
  ])('that ends cleanly, but %s, was interrupted', async (_name, events) => {
    streams(events)
    const stream = await ask(anthropic())
    const failure = await failureOf(chunksOf(stream))
    expect(failure).toMatchObject({ kind: 'stream-interrupted', wasSent: true })
  })

  test('whose socket breaks was interrupted', async () => {
    let breakIt = (): void => undefined
    answer = (res) => {
      begin(res, named(MESSAGE_START, ...spoken(0, 'Half')))
      breakIt = () => res.socket?.resetAndDestroy()
    }
    const stream = await ask(anthropic())
    await firstOf(stream)
    const failed = failureOf(chunksOf(stream))
    breakIt()
    expect(await failed).toMatchObject({ kind: 'stream-interrupted', wasSent: true })
  })
})

const CHUNK = {
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 1_790_000_000,
  model: 'acme-large-2',
}

function chunk(delta: object, finish_reason: string | null = null): object {
  return { ...CHUNK, choices: [{ index: 0, delta, finish_reason }] }
}

const TOLD = { ...CHUNK, choices: [], usage: { prompt_tokens: 20, completion_tokens: 9, total_tokens: 29 } }

describe('a stream of @ai-sdk/openai-compatible', () => {
  test('gives what came, with the usage at the end', async () => {
    streams(
      bare(
        chunk({ role: 'assistant', content: '' }),
        chunk({ reasoning_content: 'Hm.' }),
        chunk({ content: 'Hel' }),
        chunk({ content: 'lo.' }),
        chunk({}, 'stop'),
        TOLD,
        '[DONE]',
      ),
    )
    const stream = await ask(compatible())
    const chunks = await chunksOf(stream)
    expect(chunks.map(({ choices }) => choices[0]?.delta)).toEqual([
      { role: 'assistant', reasoning_content: 'Hm.' },
      { content: 'Hel' },
      { content: 'lo.' },
      {},
      undefined,
    ])
    expect(await assembled(chunks)).toMatchObject({
      id: 'chatcmpl-1',
      model: 'acme-large-2',
      created: 1_790_000_000,
      choices: [{ finish_reason: 'stop', message: { content: 'Hello.' } }],
    })
    expect(stream.usage()).toMatchObject({ inputTokens: 20, outputTokens: 9 })
  })

  test('passes calls of tools on, two of them mixed', async () => {
    const call = (index: number, text: string, more: object = {}) =>
      chunk({ tool_calls: [{ index, ...more, function: { name: 'look', arguments: text } }] })
    streams(
      bare(
        call(0, '', { id: 'a', type: 'function' }),
        call(1, '', { id: 'b', type: 'function' }),
        chunk({ tool_calls: [{ index: 1, function: { arguments: '{"n":' } }] }),
        chunk({ tool_calls: [{ index: 0, function: { arguments: '{"n":1}' } }] }),
        chunk({ tool_calls: [{ index: 1, function: { arguments: '2}' } }] }),
        chunk({}, 'tool_calls'),
        '[DONE]',
      ),
    )
    const completion = await assembled(await chunksOf(await ask(compatible())))
    expect(completion.choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: {
        tool_calls: [
          { id: 'a', function: { arguments: '{"n":1}' } },
          { id: 'b', function: { arguments: '{"n":2}' } },
        ],
      },
    })
  })

  test('goes on after an event that is no JSON, and counts it', async () => {
    streams(bare(chunk({ content: 'a' }), '{"id": ', chunk({ content: 'b' }), chunk({}, 'stop'), '[DONE]'))
    const stream = await ask(compatible())
    const chunks = await chunksOf(stream)
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe('ab')
    expect(stream.malformedCount()).toBe(1)
  })

  test.each([
    ['an error', { error: { message: 'nobody may read', code: 'rate_limit_exceeded' } }, 'rate-limited'],
    ['an error in words only', { error: 'nobody may read' }, 'server'],
  ])('with %s in its middle fails by it', async (_name, error, kind) => {
    streams(bare(chunk({ content: 'Half' }), error))
    const failure = await failureOf(chunksOf(await ask(compatible())))
    expect(failure).toMatchObject({ kind, wasSent: true })
    expect(JSON.stringify(failure)).not.toContain('nobody')
  })

  test.each([
    ['ends', bare(chunk({ content: 'Half' }))],
    ['says [DONE]', bare(chunk({ content: 'Half' }), '[DONE]')],
  ])('that %s without a finish reason was interrupted', async (_name, events) => {
    streams(events)
    const failure = await failureOf(chunksOf(await ask(compatible())))
    expect(failure).toMatchObject({ kind: 'stream-interrupted', message: 'the stream of it ended too early' })
  })

  test('that is refused fails by its status', async () => {
    answer = (res) => {
      res.writeHead(429, { 'content-type': 'application/json', 'retry-after': '7' })
      res.end(JSON.stringify({ error: { message: 'nobody', type: 'rate_limit_error' } }))
    }
    const failure = await failureOf(ask(compatible()))
    expect(failure).toMatchObject({ kind: 'rate-limited', status: 429, retryAfterMs: 7000 })
    expect(server.seen).toHaveLength(1)
  })

  test('that stalls is ended by cancel, and its socket is closed', async () => {
    const closed = Promise.withResolvers<void>()
    answer = (res) => {
      begin(res, bare(chunk({ content: 'a' })))
      res.once('close', () => closed.resolve())
    }
    const stream = await ask(compatible())
    expect((await firstOf(stream))?.choices[0]?.delta.content).toBe('a')
    const waiting = stream.read()
    stream.cancel()
    expect(await waiting).toBeUndefined()
    await closed.promise
  })

  test('hands on what arrived together in one go', async () => {
    const texts = Array.from({ length: 50 }, (_, n) => chunk({ content: `${n} ` }))
    streams(bare(...texts, chunk({}, 'stop'), '[DONE]'))
    const stream = await ask(compatible())
    let reads = 0
    for (let parts = await stream.read(); parts !== undefined; parts = await stream.read()) reads += 1
    expect(reads).toBeLessThan(10)
  })
})

describe('a routed call', () => {
  const claude = () => createAnthropic({ apiKey: 'sk', baseURL: `${server.url}/v1` })('claude-sonnet-4-6')
  const GOOD = named(MESSAGE_START, ...spoken(0, 'Hel', 'lo.'), stopped('end_turn'), MESSAGE_STOP)

  async function routed(options: { include_usage: boolean } | undefined) {
    const { router } = aRouter({
      tiers: { all: ['claude/claude-sonnet-4-6'] },
      defaultTier: 'all',
      providers: { claude: fromAiSdk(claude()) },
    })
    const params = { ...saying('Hello?'), stream: true as const }
    const stream = await router.chat.completions.create(
      options === undefined ? params : { ...params, stream_options: options },
    )
    const chunks: ChatChunk[] = []
    for await (const part of stream) chunks.push(part)
    return { chunks, report: await stream.report }
  }

  test('streams through the model, and tells usage only to who asked for it', async () => {
    streams(GOOD)
    const { chunks, report } = await routed(undefined)
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe('Hello.')
    expect(chunks.some(({ usage }) => usage !== undefined && usage !== null)).toBe(false)
    expect(report).toMatchObject({ attempts: [{ usage: { inputTokens: 18, outputTokens: 30 } }] })
    const asked = await routed({ include_usage: true })
    expect(asked.chunks.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 18 } })
  })

  test('that breaks after its first words says so', async () => {
    streams(named(MESSAGE_START, ...spoken(0, 'Half')))
    await expect(routed(undefined)).rejects.toMatchObject({ code: 'stream_interrupted' })
  })
})
