import OpenAI, { AzureOpenAI } from 'openai'
import { bedrock } from 'openai/providers/bedrock'
import { describe, expect, onTestFinished, test } from 'vitest'
import { CallAborted } from '../../../src/core/abort.ts'
import type { ChatCompletion, ChatParams } from '../../../src/core/openai-types.ts'
import { chunkOf } from '../../../src/providers/chat-fold.ts'
import { type PresetName, PRESETS } from '../../../src/providers/presets.ts'
import { createAdapter } from '../../../src/providers/registry.ts'
import { openTransport } from '../support/transport-client.ts'
import { DIALECTS } from './dialects/all.ts'
import type { DialectFake } from './dialects/fake.ts'
import { type Reply, type SeenRequest, startServer } from './dialects/server.ts'
import {
  chunked,
  CHUNKED,
  closingOf,
  events,
  LAST_CHUNK,
  QUESTION,
  readAll,
  say,
  STOP,
  streamedBy,
} from './stream-support.ts'
import { aProvider, failureOf, sendOptions } from './support.ts'

async function served(reply: (request: SeenRequest) => Reply) {
  const server = await startServer(reply)
  onTestFinished(() => server.close())
  return server
}

const streamed = (...values: readonly (object | string)[]): Reply => ({
  headers: { 'content-type': 'text/event-stream' },
  body: events(...values),
})

describe('the request for a stream', () => {
  const azure = { baseUrl: undefined, apiVersion: '2024-10-21' }
  const common = { apiKey: 'sk-test', maxRetries: 0 }

  test.each<readonly [PresetName, (url: string) => object, (url: string) => OpenAI]>([
    [
      'openai',
      (url) => ({ baseUrl: `${url}/v1` }),
      (url) => new OpenAI({ ...common, baseURL: `${url}/v1`, fetch: openTransport().fetch }),
    ],
    [
      'azure',
      (url) => ({ ...azure, endpoint: url }),
      (url) =>
        new AzureOpenAI({ ...common, endpoint: url, apiVersion: '2024-10-21', fetch: openTransport().fetch }),
    ],
    [
      'bedrock',
      (url) => ({ baseUrl: `${url}/openai/v1`, region: 'eu-west-1' }),
      (url) => {
        const provider = bedrock({ apiKey: 'sk-test', baseURL: `${url}/openai/v1`, region: 'eu-west-1' })
        return new OpenAI({ maxRetries: 0, provider, fetch: openTransport().fetch })
      },
    ],
  ])("is, byte for byte, the official client's: %s", async (preset, place, officialAt) => {
    const server = await served(() => streamed(say('a'), STOP, '[DONE]'))
    const params = { ...QUESTION, temperature: 0 }
    const body = { model: 'm', ...params, stream: true, stream_options: { include_usage: true } } as const
    const official = await officialAt(server.url).chat.completions.create(body, { timeout: 5_000 })
    for await (const chunk of official) expect(chunk.id).toBe('c')
    const adapter = createAdapter(aProvider(preset, place(server.url)), openTransport())
    for (const _ of ['first', 'again'])
      await readAll(await adapter.stream(params, sendOptions(`${preset}/m`)))
    const [theirs, ...ours] = server.seen
    expect(ours).toEqual([theirs, theirs])
    expect(theirs?.body).toMatchObject({ stream: true })
  })

  test('keeps what else the caller says of the stream, and takes no word of it that is ours', async () => {
    const server = await served(() => streamed(STOP))
    const ask = async (preset: PresetName, params: ChatParams): Promise<unknown> => {
      const adapter = createAdapter(aProvider(preset, { baseUrl: `${server.url}/v1` }), openTransport())
      await readAll(await adapter.stream(params, sendOptions(`${preset}/m`)))
      return server.seen.pop()?.body
    }
    const own = { include_obfuscation: false, include_usage: false }
    const params = { ...QUESTION, stream: false, stream_options: own }
    expect(await ask('openai', params)).toMatchObject({
      stream: true,
      stream_options: { include_obfuscation: false, include_usage: true },
    })
    const silent = await ask('mistral', params)
    expect(silent).toMatchObject({ stream: true })
    expect(silent).not.toHaveProperty('stream_options')
    expect(
      await ask('openai', { ...QUESTION, ...(JSON.parse('{"stream_options":"no"}') as object) }),
    ).toMatchObject({
      stream_options: { include_usage: true },
    })
  })
})

/** As the service streams: it knows `stream`, and `stream_options` only where the preset says so. */
function streamReply(fake: DialectFake, request: SeenRequest): Reply {
  const { streamUsage } = PRESETS[fake.preset].dialect
  const { stream, stream_options: options, ...rest } = request.body
  expect(stream).toBe(true)
  const isAsked = streamUsage === 'stream_options'
  const known = isAsked || options === undefined ? rest : { ...rest, stream_options: options }
  const reply = fake.reply({ ...request, body: known })
  if ((reply.status ?? 200) !== 200) return reply
  const { usage, ...whole } = reply.body as ChatCompletion
  const chunk = chunkOf(whole)
  const last = isAsked && options !== undefined ? [chunk, { ...whole, choices: [], usage }] : [chunk]
  const along = streamUsage === 'always' ? [{ ...chunk, usage }] : last
  const { body, headers } = streamed(...along, '[DONE]')
  return { body, headers: { ...reply.headers, ...headers } }
}

describe.each(
  DIALECTS.filter(({ preset }) => preset !== 'perplexity').map((fake) => [fake.preset, fake] as const),
)('%s', (preset, fake) => {
  test('streams what is asked in its own words, and tells usage in its own way', async () => {
    const server = await served((request) => streamReply(fake, request))
    const adapter = createAdapter(aProvider(preset, fake.place(server.url)), openTransport())
    expect(adapter.streamingUnsupported).toBeUndefined()
    const stream = await adapter.stream(
      { ...QUESTION, max_tokens: 5 },
      sendOptions(`${preset}/${fake.model}`),
    )
    expect(await readAll(stream)).toMatchObject({ contents: 'Hello.', failure: undefined })
    const { streamUsage } = PRESETS[preset].dialect
    expect(stream.usageComes).toBe({ stream_options: 'apart', always: 'along', none: 'never' }[streamUsage])
    expect(stream.usage()).toEqual(streamUsage === 'none' ? undefined : fake.expected.usage)
    expect(stream.costUsd()).toBe(fake.expected.costUsd)
    expect(stream.upstreamRequestId).toBe(fake.expected.requestId)
    expect(server.seen[0]?.url).toBe(fake.path)
  })
})

describe.each(['azure', 'bedrock'] as const)("through the official client's own path: %s", (preset) => {
  async function at(answer: Parameters<typeof streamedBy>[0]) {
    const { adapter, upstream } = await streamedBy(answer, {
      preset,
      provider: { apiVersion: '2024-10-21', region: 'eu-west-1' },
    })
    return { adapter, upstream }
  }

  test('a stream is read, and its request leaves no listener on the signal', async () => {
    const { adapter, upstream } = await at(({ socket }) => socket.write(CHUNKED + chunked(events(say('a')))))
    const controller = new AbortController()
    const stream = await adapter.stream(QUESTION, sendOptions('mine/m', { signal: controller.signal }))
    controller.abort(new CallAborted('deadline'))
    expect(await stream.read()).toMatchObject([{ chunk: say('a') }])
    upstream.connections[0]?.write(chunked(events(say('b'), '[DONE]')) + LAST_CHUNK)
    expect(await readAll(stream)).toMatchObject({ contents: 'b', failure: undefined })
  })

  test('a stream is cancelled on the wire, and interrupted where it breaks', async () => {
    const { adapter, upstream } = await at(({ socket, connection }) => {
      socket.write(CHUNKED + chunked(events(say('a'))))
      if (connection === 2) socket.end()
    })
    const stream = await adapter.stream(QUESTION, sendOptions('mine/m'))
    const [socket] = upstream.connections
    if (socket === undefined) throw new Error('no connection')
    const closing = closingOf(socket)
    stream.cancel()
    expect(await closing).toBeLessThan(100)
    const broken = await adapter.stream(QUESTION, sendOptions('mine/m'))
    expect((await readAll(broken)).failure).toMatchObject({ kind: 'stream-interrupted' })
  })

  test('a request ends with its signal or its time, before there is a stream', async () => {
    const { adapter } = await at(() => controller.abort(new CallAborted('deadline')))
    const controller = new AbortController()
    const { signal } = controller
    const aborted = adapter.stream(QUESTION, sendOptions('mine/m', { signal }))
    expect(await failureOf(aborted)).toMatchObject({ kind: 'cancelled', wasSent: true })
    const late = adapter.stream(QUESTION, sendOptions('mine/m', { timeoutMs: 40 }))
    expect(await failureOf(late)).toMatchObject({ kind: 'timeout', wasSent: true })
  })
})
