/** What does not come through the door, and how it is told. */
import { once } from 'node:events'
import { request, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect as connectTo } from 'node:net'
import { inspect } from 'node:util'
import express from 'express'
import { describe, expect, test } from 'vitest'
import { bearerKeys } from '../../src/endpoints/bearer-keys.ts'
import type { Authorize } from '../../src/endpoints/endpoint-options.ts'
import { openaiEndpoint } from '../../src/endpoints/openai-endpoint.ts'
import type { FakeStepLike } from '../../src/testing/fake/step.ts'
import { aFake, saying, served } from '../support/app.ts'
import { aDoor, aRoutedFake } from '../support/door.ts'
import { openaiShapes } from '../support/openai-shapes.ts'

const chat = { model: 'cheap', ...saying('hi') }

async function refused(response: Response) {
  const { error } = openaiShapes.error.parse(await response.json())
  return { status: response.status, headers: response.headers, ...error }
}

describe('keys', () => {
  const KEY = 'sk-0123456789abcdef'
  const authorize = bearerKeys([KEY, { key: 'sk-of-ann-0123456789', user: 'ann', allow: ['cheap'] }])

  test.each([
    ['no header', {}],
    ['an empty header', { authorization: '' }],
    ['another scheme', { authorization: `Basic ${KEY}` }],
    ['no scheme', { authorization: KEY }],
    ['an empty token', { authorization: 'Bearer ' }],
    ['another key', { authorization: 'Bearer sk-0123456789abcdeX' }],
    ['part of a key', { authorization: 'Bearer sk-0123456789abcde' }],
    ['more than a key', { authorization: `Bearer ${KEY}0` }],
    ['two keys', { authorization: `Bearer ${KEY} ${KEY}` }],
    ['the key elsewhere', { 'api-key': KEY, 'x-api-key': KEY }],
  ])('%s is a 401, before the body is looked at', async (_name, headers) => {
    const door = await aDoor({ door: { authorize } })
    for (const [path, body] of [
      ['/chat/completions', chat],
      ['/embeddings', 'no JSON'],
    ] as const) {
      const answer = await refused(await door.post(path, body, headers))
      expect(answer).toMatchObject({ status: 401, code: 'invalid_api_key', type: 'authentication_error' })
      expect(answer.headers.get('www-authenticate')).toBe('Bearer')
    }
    expect((await fetch(`${door.baseURL}/models`, { headers })).status).toBe(401)
    expect(door.fake.requests).toHaveLength(0)
    expect(door.lines.filter(({ level }) => level === 'error')).toEqual([])
  })

  test.each(['Bearer', 'bearer', 'BEARER'])('a right key comes in (%s)', async (scheme) => {
    const door = await aDoor({ door: { authorize } })
    const ask = (key: string) => door.post('/chat/completions', chat, { authorization: `${scheme} ${key}` })
    expect((await ask(KEY)).status).toBe(200)
    expect((await ask('sk-of-ann-0123456789')).status).toBe(200)
    expect(door.lines.at(-1)?.fields).toMatchObject({ user: 'ann' })
  })
})

describe('authorize', () => {
  const SECRET = 'PLANTED-db-password'

  test.each<[string, Authorize, number, string]>([
    ['null', () => null, 401, 'invalid_api_key'],
    ['undefined', () => undefined, 401, 'invalid_api_key'],
    ['false', () => false, 401, 'invalid_api_key'],
    ['a promise of null', () => Promise.resolve(null), 401, 'invalid_api_key'],
    ['true', () => true as never, 500, 'identify_failed'],
    ['a text', () => 'ann' as never, 500, 'identify_failed'],
    ['a list', () => [] as never, 500, 'identify_failed'],
    ['an Error', () => new Error(SECRET) as never, 500, 'identify_failed'],
    ['a Map', () => new Map() as never, 500, 'identify_failed'],
    [
      'a user who is undefined',
      (req) => ({ user: req.headers['x-user'] as undefined }),
      500,
      'identify_failed',
    ],
    ['a user who is empty', () => ({ user: '' }), 500, 'identify_failed'],
    ['a misspelt field', () => ({ alow: ['cheap'] }) as never, 500, 'identify_failed'],
    ['a wrong allow', () => ({ allow: 'cheap' }) as never, 500, 'identify_failed'],
    ['a maxTier that is none', () => ({ maxTier: 'chep' }), 500, 'identify_failed'],
    [
      'a throw',
      () => {
        throw new Error(SECRET)
      },
      500,
      'identify_failed',
    ],
    ['a rejection', () => Promise.reject(new Error(SECRET)), 500, 'identify_failed'],
    ['a rejection with 401', () => Promise.reject(withStatus(401)), 401, 'invalid_api_key'],
    ['a rejection with 403', () => Promise.reject(withStatus(403)), 403, 'identify_failed'],
    ['a rejection with 418', () => Promise.reject(withStatus(418)), 500, 'identify_failed'],
    ['no answer in time', () => new Promise(() => undefined), 500, 'identify_failed'],
  ])('that answers %s lets nobody in', async (_name, authorize, status, code) => {
    const door = await aDoor({ door: { authorize }, router: { timeouts: { identifyMs: 30 } } })
    const ids: (string | null)[] = []
    for (const ask of [
      () => door.post('/chat/completions', chat),
      () => door.post('/chat/completions', { ...chat, stream: true }),
      () => fetch(`${door.baseURL}/models`),
    ]) {
      const answer = await refused(await ask())
      expect([answer.status, answer.code]).toEqual([status, code])
      ids.push(answer.headers.get('x-request-id'))
      if (status === 403) expect(answer.message).toBe('This is not open to you.')
      expect(JSON.stringify([answer, ...answer.headers])).not.toContain(SECRET)
    }
    expect(door.fake.requests).toHaveLength(0)
    // Told once each time it is our side's fault, with the app's own words.
    const errors = door.lines.filter(({ level }) => level === 'error')
    expect(errors).toHaveLength(status === 500 ? 3 : 0)
    expect(errors.map(({ fields }) => fields['requestId'] ?? fields['callId'])).toEqual(
      status === 500 ? ids : [],
    )
    if (/throw|rejection/.test(_name) && status === 500) expect(inspect(errors[0])).toContain(SECRET)
  })

  function withStatus(status: number): Error {
    return Object.assign(new Error(SECRET), { status })
  }

  test('whose allow misspells a tier is told by its name', async () => {
    const door = await aDoor({ door: { authorize: () => ({ allow: ['chep'] }) } })
    await door.post('/chat/completions', chat)
    expect(door.lines.find(({ level }) => level === 'warn')?.message).toMatch(/authorize allows "chep"/)
  })
})

describe('paths and methods', () => {
  test('a target in absolute form is known by its path', async () => {
    const door = await aDoor()
    const { port } = new URL(door.baseURL)
    const asking = request({ host: '127.0.0.1', port, path: 'http://door.test/v1/models?x=1' }).end()
    const [answer] = (await once(asking, 'response')) as [IncomingMessage]
    expect(answer.resume().statusCode).toBe(200)
  })

  test.each([
    ['GET', '/', 404],
    ['POST', '/completions', 404],
    ['POST', '/responses', 404],
    ['POST', '/chat/completions/1', 404],
    ['POST', '/v1/chat/completions', 404],
    ['GET', '/modelsx', 404],
    ['POST', '/__proto__', 404],
    ['GET', '/constructor', 404],
    ['GET', '/chat/completions', 405],
    ['OPTIONS', '/chat/completions', 405],
    ['PUT', '/embeddings', 405],
    ['POST', '/models', 405],
    ['DELETE', '/models/cheap', 405],
  ])('%s %s is a %i', async (method, path, status) => {
    const door = await aDoor()
    const answer = await refused(await fetch(door.baseURL + path, { method }))
    expect([answer.status, answer.type]).toEqual([status, 'invalid_request_error'])
    expect(answer.code).toBe(status === 404 ? 'unknown_url' : 'method_not_allowed')
    expect(answer.headers.get('allow') !== null).toBe(status === 405)
  })
})

describe('bodies', () => {
  test.each<[string, string, object]>([
    ['nothing', '', { message: /not valid JSON/ }],
    ['text', 'hello', { message: /not valid JSON/ }],
    ['half a body', '{"messages":[', { message: /not valid JSON/ }],
    ['a list', '[]', { message: /must be a JSON object/ }],
    ['null', 'null', { message: /must be a JSON object/ }],
    ['a number', '7', { message: /must be a JSON object/ }],
    ['no messages', '{}', { code: 'invalid_params', param: 'messages' }],
    ['empty messages', '{"messages":[]}', { param: 'messages' }],
    ['messages that are none', '{"messages":"hi"}', { param: 'messages' }],
    ['a model that is none', '{"model":7,"messages":[{"role":"user","content":"hi"}]}', { param: 'model' }],
    [
      'too many messages',
      JSON.stringify({ messages: Array(2049).fill(chat.messages[0]) }),
      { param: 'messages' },
    ],
    ['too many choices', JSON.stringify({ ...chat, n: 17 }), { param: 'n' }],
    ['a stream that is none', JSON.stringify({ ...chat, stream: 'yes' }), { param: 'stream' }],
    ['an address', JSON.stringify({ ...chat, api_base: 'http://evil.example' }), { param: 'api_base' }],
  ])('%s is a 400 that names the rule', async (_name, body, expected) => {
    const door = await aDoor()
    const { headers: _headers, ...answer } = await refused(await door.post('/chat/completions', body))
    expect(answer).toMatchObject({ status: 400, type: 'invalid_request_error', ...expected })
    expect(door.fake.requests).toHaveLength(0)
  })

  test('bytes that are no UTF-8 are a 400', async () => {
    const door = await aDoor()
    const url = `${door.baseURL}/chat/completions`
    const answer = await refused(await fetch(url, { method: 'POST', body: Buffer.from([0x7b, 0xff, 0x7d]) }))
    expect([answer.status, answer.message]).toEqual([400, expect.stringMatching(/UTF-8/)])
  })

  test.each<[string, object, object]>([
    ['too many texts', { input: Array(2049).fill('x') }, { param: 'input' }],
    ['no input', {}, { param: 'input' }],
    ['an unknown format', { input: 'x', encoding_format: 'hex' }, { param: 'encoding_format' }],
  ])('embeddings: %s is a 400', async (_name, body, expected) => {
    const door = await aDoor()
    const { headers: _headers, ...answer } = await refused(
      await door.post('/embeddings', { model: 'vectors', ...body }),
    )
    expect(answer).toMatchObject({ status: 400, ...expected })
  })

  test('keys of prototypes harm nobody', async () => {
    const door = await aDoor({ door: { hints: ['tier'] } })
    const body = `{"model":"cheap","messages":[{"role":"user","content":"hi"}],
      "__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},
      "metadata":{"__proto__":"x","llm_tier":"cheap","toString":"y"}}`
    expect((await door.post('/chat/completions', body)).status).toBe(200)
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })

  test('a tower of brackets brings nothing down', async () => {
    const door = await aDoor()
    const tower = '['.repeat(200_000) + ']'.repeat(200_000)
    const response = await door.post('/chat/completions', `{"messages":[{"role":"user","content":${tower}}]}`)
    expect(response.status).toBeLessThan(600)
    openaiShapes.error.parse(await response.json())
    expect((await door.post('/chat/completions', chat)).status).toBe(200)
  })

  test('a body that is encoded is a 415', async () => {
    const door = await aDoor()
    const answer = await refused(await door.post('/chat/completions', chat, { 'content-encoding': 'gzip' }))
    expect([answer.status, answer.headers.get('accept-encoding')]).toEqual([415, 'identity'])
  })

  test.each(['with its length', 'in chunks'])('a body that is too long is a 413 (%s)', async (how) => {
    const door = await aDoor({ door: { bodyMaxBytes: 100_000 } })
    const client = request(`${door.baseURL}/chat/completions`, { method: 'POST' })
    client.on('error', () => undefined)
    const text = JSON.stringify({ ...chat, padding: 'x'.repeat(4_000_000) })
    if (how === 'with its length') client.setHeader('content-length', text.length)
    else client.write(text.slice(0, 1000))
    const answered = new Promise<[number | undefined, string | undefined, string]>((resolve, reject) => {
      client.once('response', (response) => {
        let body = ''
        response.on('data', (chunk: Buffer) => (body += chunk.toString()))
        response.once('end', () => resolve([response.statusCode, response.headers.connection, body]))
        response.once('error', reject)
      })
    })
    client.end(how === 'with its length' ? text : text.slice(1000))
    const [status, connection, body] = await answered
    expect([status, connection]).toEqual([413, 'close'])
    expect(openaiShapes.error.parse(JSON.parse(body)).error.message).toMatch(/longer than 100000 bytes/)
    expect(door.fake.requests).toHaveLength(0)
  })

  test('who still sends what is too long can read the answer in peace: the connection is closed after', async () => {
    const door = await aDoor({ door: { bodyMaxBytes: 1000 } })
    const socket = connectTo(Number(new URL(door.baseURL).port), '127.0.0.1')
    const events: string[] = []
    socket.once('end', () => events.push('closed'))
    let text = ''
    const answered = new Promise<void>((resolve) => {
      socket.on('data', (chunk: Buffer) => {
        text += chunk.toString()
        if (text.endsWith('}}')) resolve()
      })
    })
    socket.write(`POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 2000000\r\n\r\n{`)
    await answered
    expect(text).toMatch(/^HTTP\/1\.1 413/)
    await new Promise<void>((resolve) => {
      socket.once('close', () => resolve())
      socket.write('x'.repeat(1_999_998), () => events.push('sent'))
      socket.write('}')
    })
    expect(events).toEqual(['sent', 'closed'])
  })

  test('a body up to the limit comes in, though express.json() would stop at 100 kB', async () => {
    const door = await aDoor()
    const response = await door.post('/chat/completions', {
      model: 'cheap',
      ...saying('x'.repeat(3_000_000)),
    })
    expect(response.status).toBe(200)
  })

  test('a body that does not come is a 408', async () => {
    const door = await aDoor({ door: { bodyTimeoutMs: 40 } })
    const client = request(`${door.baseURL}/chat/completions`, { method: 'POST' })
    client.on('error', () => undefined)
    client.setHeader('content-length', 100)
    client.write('{')
    const status = await new Promise((resolve) =>
      client.once('response', (response) => resolve([response.statusCode, response.headers.connection])),
    )
    expect(status).toEqual([408, 'close'])
    client.destroy()
  })

  test('a client that leaves in the middle of its body makes no call, and no noise', async () => {
    const gone = Promise.withResolvers<void>()
    const door = await aDoor({
      mount: (endpoint) =>
        express().use('/v1', (req, res, next) => {
          req.once('close', () => setImmediate(gone.resolve))
          endpoint(req, res, next)
        }),
    })
    const client = request(`${door.baseURL}/chat/completions`, { method: 'POST' })
    client.on('error', () => undefined)
    client.setHeader('content-length', 100)
    await new Promise((resolve) => client.write('{', resolve))
    client.destroy()
    await gone.promise
    expect(door.fake.requests).toHaveLength(0)
    expect(door.lines.filter(({ level }) => level === 'error')).toEqual([])
  })

  test.each([false, true])(
    'a client that leaves while it is asked for makes no call (parsed: %s)',
    async (isParsed) => {
      const left = Promise.withResolvers<void>()
      const asked = Promise.withResolvers<void>()
      const door = await aDoor({
        mount: (endpoint) => (isParsed ? express().use(express.json()) : express()).use('/v1', endpoint),
        door: {
          authorize: async (req) => {
            asked.resolve()
            await new Promise((resolve) => req.socket.once('close', resolve))
            setImmediate(left.resolve)
            return {}
          },
        },
      })
      const client = request(`${door.baseURL}/chat/completions`, { method: 'POST' })
      client.on('error', () => undefined)
      client.setHeader('content-type', 'application/json')
      client.end(JSON.stringify(chat))
      await asked.promise
      client.destroy()
      await left.promise
      expect([door.fake.requests, door.lines]).toEqual([[], []])
    },
  )

  test('a body that was taken for a form is told so', async () => {
    const door = await aDoor({
      mount: (endpoint) => express().use(express.urlencoded()).use('/v1', endpoint),
    })
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    const answer = await refused(await door.post('/chat/completions', chat, form))
    expect([answer.status, answer.message]).toEqual([400, expect.stringMatching(/form.*application\/json/)])
  })

  test('a body that something else has read is told to the operator, with the way out', async () => {
    const door = await aDoor({
      mount: (endpoint) =>
        express().use('/v1', (req, res, next) => {
          req.resume().once('end', () => endpoint(req, res, next))
        }),
    })
    const answer = await refused(await door.post('/chat/completions', chat))
    expect([answer.status, answer.message]).toEqual([
      500,
      expect.stringMatching(/mount openaiEndpoint\(\) before/),
    ])
    expect(door.lines.filter(({ level }) => level === 'error')).toHaveLength(1)
  })

  test('no header of a client comes back as one of ours', async () => {
    const door = await aDoor()
    const socket = connectTo(Number(new URL(door.baseURL).port), '127.0.0.1')
    socket.write('GET /v1/models/a%0d%0ax-evil:%201 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n')
    let text = ''
    for await (const chunk of socket) text += String(chunk)
    expect(text).toMatch(/^HTTP\/1\.1 404/)
    expect(text).not.toMatch(/^x-evil/im)
  })
})

describe('hints', () => {
  const hints = ['tier', 'task', 'maxCostUsd', 'timeout', 'afterCut', 'feature'] as const

  test('in headers or metadata steer the call, and no provider sees them', async () => {
    const door = await aDoor({ door: { hints } })
    const first = await door.post('/chat/completions', saying('hi'), {
      'x-llm-tier': 'premium',
      'x-llm-feature': 'search',
      'x-llm-timeout': '9000',
    })
    const metadata = { llm_task: 'coding', llm_after_cut: 'buffer', own: 'x' }
    const second = await door.post('/chat/completions', { ...saying('hi'), metadata })
    const third = await door.post('/chat/completions', { ...saying('hi'), metadata: { llm_tier: 'cheap' } })
    expect([first, second, third].map(({ status }) => status)).toEqual([200, 200, 200])
    expect(first.headers.get('x-llm-tier')).toBe('premium')
    expect(second.headers.get('x-llm-tier')).toBe('premium')
    expect(door.fake.requests[1]?.body?.['metadata']).toEqual({ own: 'x' })
    expect(door.fake.requests[2]?.body).not.toHaveProperty('metadata')
    expect(JSON.stringify(door.fake.requests.map(({ headers }) => headers))).not.toContain('x-llm')
    expect(door.lines[0]?.fields).toMatchObject({ feature: 'search' })
  })

  test.each<[string, object, Readonly<Record<string, string>>]>([
    ['not allowed, in a header', {}, { 'x-llm-max-latency-ms': '10' }],
    ['not allowed, in metadata', { metadata: { llm_max_latency_ms: '10' } }, {}],
    ['of a user', {}, { 'x-llm-user': 'eve' }],
    ['of a tenant', { metadata: { llm_tenant: 'eve' } }, {}],
    ['unknown', {}, { 'x-llm-constructor': 'x' }],
    ['with a wrong number', {}, { 'x-llm-timeout': '1e9' }],
    ['with a negative number', {}, { 'x-llm-max-cost-usd': '-1' }],
    ['with a wrong kind', { metadata: { llm_tier: 7 } }, {}],
    ['with a wrong word', {}, { 'x-llm-after-cut': 'continue' }],
    ['with a tier that is none', {}, { 'x-llm-tier': 'no-such' }],
    ['that contradicts the model', { model: 'cheap' }, { 'x-llm-tier': 'premium' }],
    ['that is very long', {}, { 'x-llm-tier': 'x'.repeat(300) }],
  ])('%s are a 400', async (_name, body, headers) => {
    const door = await aDoor({ door: { hints } })
    const answer = await refused(await door.post('/chat/completions', { ...saying('hi'), ...body }, headers))
    expect(answer.status).toBe(400)
    expect(answer.message).toMatch(/hint|tier|afterCut/)
    expect(door.fake.requests).toHaveLength(0)
  })

  test('are refused by default, and do not open what the caller may not use', async () => {
    const closed = await aDoor()
    expect((await closed.post('/chat/completions', chat, { 'x-llm-tier': 'cheap' })).status).toBe(400)
    const open = await aDoor({ door: { hints, authorize: () => ({ allow: ['cheap'] }) } })
    expect((await open.post('/chat/completions', saying('hi'), { 'x-llm-tier': 'premium' })).status).toBe(403)
  })
})

describe('failures of the models', () => {
  test.each<[string, FakeStepLike, number, string, string]>([
    ['429', { status: 429, retryAfter: 7 }, 429, 'rate_limit_error', 'rate_limit_exceeded'],
    ['503', { status: 503, retryAfter: 7 }, 503, 'server_error', 'exhausted'],
    ['500', { status: 500 }, 502, 'server_error', 'exhausted'],
    ['401', { status: 401 }, 502, 'server_error', 'exhausted'],
    ['402', { status: 402 }, 502, 'server_error', 'exhausted'],
    ['404', { status: 404 }, 502, 'server_error', 'exhausted'],
    [
      '422',
      { status: 422, message: 'temperature is too high' },
      422,
      'invalid_request_error',
      'upstream_refused',
    ],
    ['a long prompt', { fault: 'context-length' }, 400, 'invalid_request_error', 'context_length_exceeded'],
    ['a filter', { fault: 'content-filter' }, 400, 'invalid_request_error', 'content_filter'],
    ['a reset', { fault: 'reset' }, 502, 'server_error', 'exhausted'],
    ['a page', { fault: 'html' }, 502, 'server_error', 'exhausted'],
  ])('%s', async (_name, step, status, type, code) => {
    const door = await aDoor({
      fake: { script: [step, step] },
      router: { retry: { retriesPerTarget: 0, patienceMs: 0 } },
    })
    for (const body of [chat, { ...chat, stream: true }]) {
      const answer = await refused(await door.post('/chat/completions', body))
      expect([answer.status, answer.type, answer.code]).toEqual([status, type, code])
      expect(answer.headers.get('content-type')).toBe('application/json')
      expect(answer.headers.get('x-request-id')).toMatch(/^[\w-]{36}$/)
      const isWaited = status === 429 || status === 503
      expect(answer.headers.get('retry-after')).toBe(isWaited ? '7' : null)
      expect(answer.headers.get('retry-after-ms')).toBe(isWaited ? '7000' : null)
      const isLimited = status === 429
      expect(answer.headers.get('x-ratelimit-remaining-requests')).toBe(isLimited ? '0' : null)
      expect(answer.headers.get('x-ratelimit-reset-requests')).toBe(isLimited ? '7s' : null)
      expect(answer.message).not.toContain('fake')
    }
  })

  test('what no target can take says why, and names none', async () => {
    const targets = {
      'fake/small': { contextWindowTokens: 50, capabilities: { tools: false, vision: false } },
    }
    const door = await aDoor({ router: { targets } })
    const tools = [{ type: 'function', function: { name: 'f', parameters: {} } }]
    const refusedFor = async (body: object) => await refused(await door.post('/chat/completions', body))
    const word = 'word '.repeat(1_000)
    const tooLong = await refusedFor({ model: 'cheap', ...saying(word) })
    expect([tooLong.status, tooLong.code]).toEqual([400, 'context_length_exceeded'])
    expect(tooLong.message).toBe('No model can take this request: it is too long.')
    const withTools = await refusedFor({ ...chat, tools })
    expect([withTools.status, withTools.code]).toEqual([400, 'no_candidate'])
    expect(withTools.message).toBe('No model can take this request: they cannot use tools.')
    expect(door.fake.requests).toHaveLength(0)
  })

  test('a call that takes too long is a 504', async () => {
    const door = await aDoor({
      fake: { script: [{ fault: 'silence' }] },
      router: { timeouts: { callMs: 40 } },
    })
    const answer = await refused(await door.post('/chat/completions', chat))
    expect([answer.status, answer.code, answer.type]).toEqual([504, 'deadline_exceeded', 'server_error'])
  })

  test('a router that has been closed is a 503', async () => {
    const { router } = await aRoutedFake()
    const endpoint = openaiEndpoint(router, { authorize: () => ({}) })
    await router.close()
    const url = await served((req: IncomingMessage, res: ServerResponse) => endpoint(req, res))
    const body = JSON.stringify(chat)
    const answer = await refused(await fetch(`${url}/chat/completions`, { method: 'POST', body }))
    expect([answer.status, answer.code]).toEqual([503, 'router_closed'])
  })
})

const PLANTED = /PLANTED/
const scripts: readonly (readonly [string, FakeStepLike])[] = [
  ['a 400 that repeats the prompt', { status: 400, message: 'Invalid content: "PLANTED-PROMPT and more"' }],
  ['a 401 that repeats the key', { status: 401, message: 'Incorrect API key: sk-PLANTED-KEY-5d2e0c1b' }],
  ['a 429 that names the account', { status: 429, message: 'Limit of org-PLANTED reached' }],
  ['a 500 that repeats everything', { status: 500, message: 'PLANTED', headers: { 'x-PLANTED': 'PLANTED' } }],
  ['a page', { body: '<html>PLANTED</html>', status: 502 }],
  ['a reset', { fault: 'reset' }],
  ['a stream that breaks', { answer: 'fine', fault: 'stream-error', error: { message: 'PLANTED' } }],
]

test.each(scripts)('nothing that was planted leaks out of %s', async (_name, step) => {
  const planted = await aFake({ name: 'small-PLANTED', script: [step, step] })
  const door = await aDoor({
    door: { authorize: bearerKeys(['sk-PLANTED-OF-THE-DOOR']) },
    router: {
      tiers: { cheap: ['planted/m'] },
      defaultTier: 'cheap',
      tasks: {},
      aliases: {},
      targets: {},
      providers: {
        planted: {
          baseUrl: planted.baseUrl,
          apiKey: 'sk-PLANTED-KEY-5d2e0c1b',
          headers: { 'x-own': 'PLANTED' },
        },
      },
    },
  })
  const headers = { authorization: 'Bearer sk-PLANTED-OF-THE-DOOR' }
  const seen: string[] = []
  for (const stream of [false, true]) {
    const body = { ...saying('PLANTED-PROMPT and more'), stream }
    const response = await door.post('/chat/completions', body, headers)
    seen.push(await response.text(), inspect([...response.headers]))
  }
  expect(planted.requests.length).toBe(2)
  for (const text of seen) {
    expect(text).not.toMatch(PLANTED)
    expect(text).not.toMatch(/at \S+ \(|node_modules/)
  }
  for (const line of door.lines) expect(inspect(line, { depth: 20 })).not.toMatch(PLANTED)
})
