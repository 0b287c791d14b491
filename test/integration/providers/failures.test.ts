import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { CallAborted } from '../../../src/core/abort.ts'
import type { FailureKind } from '../../../src/core/failure-kind.ts'
import { createAdapter } from '../../../src/providers/registry.ts'
import { createTransport } from '../../../src/providers/transport.ts'
import { completion, openaiError } from './dialects/fake.ts'
import { type FakeServer, type Reply, startRawServer, startServer } from './dialects/server.ts'
import { aProvider, failureOf, sendOptions, TRANSPORT } from './support.ts'

const transport = createTransport(TRANSPORT)
const servers: FakeServer[] = []
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()))
})
afterAll(() => transport.close())

const QUESTION = { messages: [{ role: 'user' as const, content: 'What nobody may read in an error.' }] }
const INPUT = { input: 'What nobody may read in an error.' }

async function answering(reply: Reply) {
  const server = await startServer(() => reply)
  servers.push(server)
  return adapterAt(server.url)
}

/** How many requests the fakes of this test have got. */
function requestCount(): number {
  return servers.reduce((count, { seen }) => count + seen.length, 0)
}

async function raw(answer: (res: ServerResponse) => void) {
  const server = await startRawServer((_request, res) => answer(res))
  servers.push(server)
  return { adapter: adapterAt(server.url), server }
}

function adapterAt(url: string) {
  return createAdapter(aProvider('compatible', { instance: 'mine', baseUrl: `${url}/v1` }), transport)
}

describe('a 200 that is no completion', () => {
  const html = { 'content-type': 'text/html' }
  const json = { 'content-type': 'application/json' }
  const cases: readonly (readonly [string, Reply, string])[] = [
    ['a page', { headers: html, body: '<!doctype html><p>Log in' }, 'mine answered HTML'],
    ['a page that calls itself JSON', { headers: json, body: '<html>' }, 'mine answered HTML'],
    ['broken JSON', { headers: json, body: '{"choices": [{"mess' }, 'mine answered what is no JSON'],
    ['nothing', { headers: json, body: '' }, 'mine answered an empty body'],
    ['a number', { headers: json, body: '42' }, 'mine answered JSON that is no completion'],
    ['null', { headers: json, body: 'null' }, 'mine answered JSON that is no completion'],
    ['an array', { headers: json, body: '[]' }, 'mine answered JSON that is no completion'],
    ['no choices', { body: { id: 'x' } }, 'mine answered JSON that is no completion'],
    ['an empty list of choices', { body: { choices: [] } }, 'mine answered JSON that is no completion'],
    [
      'a choice without message',
      { body: { choices: [{ text: 'hello' }] } },
      'mine answered JSON that is no completion',
    ],
    ['choices of null', { body: { choices: [null] } }, 'mine answered JSON that is no completion'],
    [
      'an event stream',
      { headers: { 'content-type': 'text/event-stream' }, body: 'data: {}\n\n' },
      'mine answered an event stream',
    ],
  ]

  test.each(cases)('is a protocol failure: %s', async (_name, reply, message) => {
    const adapter = await answering(reply)
    const failure = await failureOf(adapter.send('chat', QUESTION, sendOptions('mine/m')))
    // Without a status: it was a 200, so it may have been billed.
    expect(failure).toEqual({ kind: 'protocol', wasSent: true, message })
  })

  test.each(cases)('is a protocol failure of embeddings: %s', async (_name, reply) => {
    const adapter = await answering(reply)
    const failure = await failureOf(adapter.send('embeddings', INPUT, sendOptions('mine/m')))
    expect(failure).toMatchObject({ kind: 'protocol', wasSent: true })
    expect(failure.status).toBeUndefined()
  })

  test('is a protocol failure soon, when it is an event stream that never ends', async () => {
    const { adapter } = await raw((res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' }).write(': wait\n\n')
      res.once('close', () => closed.resolve())
    })
    const closed = Promise.withResolvers<void>()
    const failure = await failureOf(
      adapter.send('chat', QUESTION, sendOptions('mine/m', { timeoutMs: 60_000 })),
    )
    expect(failure.kind).toBe('protocol')
    await closed.promise
  })

  test('is read all the same when only its content type is wrong', async () => {
    const adapter = await answering({
      headers: { 'content-type': 'text/plain' },
      body: JSON.stringify(completion('m', {})),
    })
    const answer = await adapter.send('chat', QUESTION, sendOptions('mine/m'))
    expect(answer.data.choices[0]?.message.content).toBe('Hello.')
    expect(answer.usage).toBeUndefined()
  })

  const errors: readonly (readonly [string, object, FailureKind, number | undefined])[] = [
    ['with a status', { error: { code: 429, message: 'slow down' } }, 'rate-limited', 429],
    [
      'with a code',
      { error: { code: 'context_length_exceeded', message: 'too long' } },
      'context-window',
      undefined,
    ],
    ['as text', { error: 'it broke' }, 'server', undefined],
    [
      'in a choice',
      { choices: [{ error: { code: 503, message: 'busy' }, message: { content: '' } }] },
      'overloaded',
      503,
    ],
    ['in a list', [{ error: { code: 401, message: 'who?' } }], 'auth', 401],
  ]

  test.each(errors)('is a failure by the error in it: %s', async (_name, body, kind, status) => {
    const adapter = await answering({ body })
    const failure = await failureOf(adapter.send('chat', QUESTION, sendOptions('mine/m')))
    expect(failure.kind).toBe(kind)
    expect(failure.status).toBe(status)
    expect((await failureOf(adapter.send('embeddings', INPUT, sendOptions('mine/m')))).wasSent).toBe(true)
  })
})

describe('usage told by an answer that is none', () => {
  const usage = { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 }
  const told = { inputTokens: 7, outputTokens: 3 }

  test.each([
    ['no choices', { choices: [], usage }, 'protocol'],
    ['a choice without message', { choices: [{ text: 'x' }], usage }, 'protocol'],
    ['an error beside it', { error: { message: 'it broke' }, usage }, 'server'],
    ['an error with a status', { error: { message: 'slow', code: 429 }, usage }, 'rate-limited'],
    ['an error in a choice', { choices: [{ error: { message: 'it broke' } }], usage }, 'server'],
    ['an error in a list', [{ error: { message: 'it broke' }, usage }], 'server'],
  ])('goes with the failure: %s', async (_name, body, kind) => {
    const adapter = await answering({ body })
    expect(await failureOf(adapter.send('chat', QUESTION, sendOptions('mine/m')))).toMatchObject({
      kind,
      usage: told,
    })
  })

  test.each([
    ['no vectors', { data: [], usage }, 'protocol'],
    ['vectors that are none', { data: [{ index: 0 }], usage }, 'protocol'],
    ['data that are none', { data: 5, usage }, 'protocol'],
    ['no data', { usage }, 'protocol'],
    ['an error', { error: { message: 'it broke' }, usage }, 'server'],
  ])('goes with the failure of embeddings: %s', async (_name, body, kind) => {
    const adapter = await answering({ body })
    expect(await failureOf(adapter.send('embeddings', INPUT, sendOptions('mine/m')))).toMatchObject({
      kind,
      usage: { inputTokens: 7, outputTokens: 0 },
    })
  })

  test('goes with the failure of the Responses API', async () => {
    const server = await startServer(() => ({
      body: { status: 'incomplete', output: [], usage: { input_tokens: 7, output_tokens: 3 } },
    }))
    servers.push(server)
    const adapter = createAdapter(aProvider('perplexity', { baseUrl: server.url }), transport)
    expect(await failureOf(adapter.send('chat', QUESTION, sendOptions('perplexity/m')))).toMatchObject({
      kind: 'protocol',
      usage: told,
    })
  })
})

describe('a status', () => {
  const cases: readonly (readonly [number, object, FailureKind])[] = [
    [302, {}, 'protocol'],
    [400, {}, 'invalid-request'],
    [401, {}, 'auth'],
    [402, {}, 'quota'],
    [403, {}, 'auth'],
    [404, { code: 'model_not_found' }, 'not-found'],
    [408, {}, 'timeout'],
    [409, {}, 'server'],
    [410, {}, 'not-found'],
    [413, {}, 'context-window'],
    [418, {}, 'invalid-request'],
    [422, {}, 'invalid-request'],
    [429, {}, 'rate-limited'],
    [429, { code: 'insufficient_quota', type: 'insufficient_quota' }, 'quota'],
    [498, {}, 'overloaded'],
    [500, {}, 'server'],
    [502, {}, 'server'],
    [503, {}, 'overloaded'],
    [504, {}, 'server'],
    [529, {}, 'overloaded'],
    [400, { code: 'context_length_exceeded' }, 'context-window'],
    [400, { code: 'content_policy_violation' }, 'content-filter'],
    [400, { code: 'model_decommissioned' }, 'not-found'],
    // About the host or what stands before it, not about the request: another target may take it.
    [405, {}, 'protocol'],
    [407, {}, 'connection'],
    [421, {}, 'connection'],
    [424, {}, 'server'],
    [426, {}, 'protocol'],
    [451, {}, 'protocol'],
    [460, {}, 'server'],
    [499, {}, 'server'],
    [406, {}, 'invalid-request'],
    [411, {}, 'invalid-request'],
    [414, {}, 'invalid-request'],
    [415, {}, 'invalid-request'],
    [431, {}, 'invalid-request'],
    [403, { metadata: { reasons: ['violence'], flagged_input: 'x' } }, 'content-filter'],
    // A code that says less than the status does not change it.
    [404, { type: 'api_error' }, 'not-found'],
    [500, { code: 'context_length_exceeded' }, 'server'],
  ]

  test.each(cases)('%i %o is %s', async (status, error, kind) => {
    const adapter = await answering(openaiError(status, error, { 'x-request-id': 'req_9' }))
    for (const attempt of [
      adapter.send('chat', QUESTION, sendOptions('mine/m')),
      adapter.send('embeddings', INPUT, sendOptions('mine/m')),
    ]) {
      expect(await failureOf(attempt)).toMatchObject({
        kind,
        status,
        wasSent: true,
        upstreamRequestId: 'req_9',
      })
    }
    // One each: the chain retries, nobody else.
    expect(requestCount()).toBe(2)
  })

  test('of a page instead of an error object is told by the status alone', async () => {
    const adapter = await answering({
      status: 502,
      headers: { 'content-type': 'text/html' },
      body: '<h1>Bad Gateway</h1>',
    })
    const failure = await failureOf(adapter.send('chat', QUESTION, sendOptions('mine/m')))
    expect(failure).toEqual({ kind: 'server', status: 502, wasSent: true, message: 'mine answered 502' })
  })

  test("comes with the provider's reason when only the request can be changed", async () => {
    const reply = openaiError(400, {
      message: 'temperature must be at most 2',
      param: 'temperature',
      code: 'invalid_value',
    })
    const adapter = await answering(reply)
    expect(await failureOf(adapter.send('chat', QUESTION, sendOptions('mine/m')))).toEqual({
      kind: 'invalid-request',
      status: 400,
      code: 'invalid_value',
      param: 'temperature',
      wasSent: true,
      message: 'mine answered 400 (invalid_value)',
      providerMessage: 'temperature must be at most 2',
    })
  })

  test('comes without the reason when the reason repeats the prompt or is about us', async () => {
    const echo = await answering(
      openaiError(400, { message: 'Cannot read "What nobody may read in an error."' }),
    )
    expect(
      (await failureOf(echo.send('chat', QUESTION, sendOptions('mine/m')))).providerMessage,
    ).toBeUndefined()
    const key = await answering(
      openaiError(401, { message: 'Incorrect API key provided: sk-test', code: 'sk-test' }),
    )
    const failure = await failureOf(key.send('chat', QUESTION, sendOptions('mine/m')))
    expect(JSON.stringify(failure)).not.toContain('sk-test')
    expect(failure.providerMessage).toBeUndefined()
  })
})

describe('no answer', () => {
  test('is a connection failure that was not sent, when nobody listens', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    server.close()
    await once(server, 'close')
    const failure = await failureOf(
      adapterAt(`http://127.0.0.1:${port}`).send('chat', QUESTION, sendOptions('mine/m')),
    )
    expect(failure).toEqual({
      kind: 'connection',
      code: 'ECONNREFUSED',
      wasSent: false,
      message: 'no connection to mine (ECONNREFUSED)',
    })
  })

  test('is a connection failure that was sent, when the connection is reset', async () => {
    const { adapter } = await raw((res) => res.socket?.resetAndDestroy())
    const failure = await failureOf(adapter.send('chat', QUESTION, sendOptions('mine/m')))
    expect(failure).toMatchObject({ kind: 'connection', wasSent: true })
    expect(failure.message).toMatch(/^the connection to mine broke \(/)
  })

  test('is a protocol failure, when the answer is longer than may be', async () => {
    const { adapter } = await raw((res) => res.end('x'.repeat(TRANSPORT.responseMaxBytes + 1)))
    const failure = await failureOf(adapter.send('chat', QUESTION, sendOptions('mine/m')))
    expect(failure).toMatchObject({ kind: 'protocol', code: 'response-too-large', wasSent: true })
  })

  test('is a protocol failure, when what comes is no HTTP', async () => {
    const { adapter } = await raw((res) => res.socket?.end('SSH-2.0-x\r\n'))
    const failure = await failureOf(adapter.send('chat', QUESTION, sendOptions('mine/m')))
    expect(failure).toMatchObject({ kind: 'protocol', code: 'bad-http', wasSent: true })
  })

  test.each(['before the headers', 'within the body'])('is a timeout, when it stops %s', async (where) => {
    const { adapter } = await raw((res) => {
      if (where !== 'before the headers')
        res.writeHead(200, { 'content-type': 'application/json' }).write('{"id":')
    })
    for (const attempt of [
      adapter.send('chat', QUESTION, sendOptions('mine/m', { timeoutMs: 100 })),
      adapter.send('embeddings', INPUT, sendOptions('mine/m', { timeoutMs: 100 })),
    ]) {
      expect(await failureOf(attempt)).toEqual({
        kind: 'timeout',
        wasSent: true,
        message: 'mine did not answer within 100 ms',
      })
    }
  })

  test('is cancelled, when the signal aborts meanwhile, and the socket is let go', async () => {
    const aborter = new AbortController()
    const { adapter } = await raw((res) => {
      res.once('close', () => closed.resolve())
      aborter.abort(new CallAborted('client_gone'))
    })
    const closed = Promise.withResolvers<void>()
    const attempt = adapter.send('chat', QUESTION, sendOptions('mine/m', { signal: aborter.signal }))
    expect(await failureOf(attempt)).toEqual({
      kind: 'cancelled',
      wasSent: true,
      message: 'cancelled while mine was asked',
    })
    await closed.promise
  })

  test.each(['chat', 'embeddings'] as const)(
    'is cancelled before anything is sent, when the signal was aborted: %s',
    async (operation) => {
      const { adapter, server } = await raw((res) => res.end())
      const signal = AbortSignal.abort(new CallAborted('deadline'))
      const params = operation === 'chat' ? QUESTION : INPUT
      const failure = await failureOf(adapter.send(operation, params, sendOptions('mine/m', { signal })))
      expect(failure).toMatchObject({ kind: 'cancelled', wasSent: false })
      expect(server.seen).toEqual([])
    },
  )
})

describe('a request that cannot be put together', () => {
  test('is an invalid request that was not sent', async () => {
    const { adapter, server } = await raw((res) => res.end())
    const failure = await failureOf(adapter.send('chat', { ...QUESTION, extra: 1n }, sendOptions('mine/m')))
    expect(failure).toEqual({
      kind: 'invalid-request',
      wasSent: false,
      message: 'the request to mine could not be put together (TypeError)',
    })
    const headers = { 'not a header': 'x' }
    const other = await failureOf(adapter.send('chat', QUESTION, sendOptions('mine/m', { headers })))
    expect(other).toMatchObject({ kind: 'invalid-request', wasSent: false })
    expect(server.seen).toEqual([])
  })
})
