/** What comes out of the door: shapes, headers, who is charged, and every host that it is mounted in. */
import { once } from 'node:events'
import { Agent, request, type IncomingMessage, type ServerResponse } from 'node:http'
import connect from 'connect'
import express from 'express'
import express4 from 'express4'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { openaiEndpoint, type OpenaiEndpoint } from '../../src/endpoints/openai-endpoint.ts'
import { createRouter } from '../../src/surface/router.ts'
import { saying, served } from '../support/app.ts'
import { aDoor, aRoutedFake } from '../support/door.ts'
import { eventsIn, openaiShapes } from '../support/openai-shapes.ts'

const chat = { model: 'cheap', ...saying('hi') }

describe('answers have the shapes of OpenAI’s description', () => {
  test.each([
    ['text', {}],
    ['tool calls', { toolCalls: [{ name: 'weather', arguments: { city: 'Paris' } }] }],
    ['a refusal', { refusal: 'I will not.' }],
    ['a length', { finishReason: 'length' as const }],
    ['no usage', { usage: 'absent' as const }],
  ])('chat: %s', async (_name, step) => {
    const door = await aDoor({ fake: { script: [step, step] } })
    const response = await door.post('/chat/completions', chat)
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/json'])
    openaiShapes.completion.parse(await response.json())
    const streamed = await door.post('/chat/completions', { ...chat, stream: true })
    expect(streamed.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    const { data, isDone } = eventsIn(await streamed.text())
    expect(isDone).toBe(true)
    for (const chunk of data) openaiShapes.chunk.parse(chunk)
    expect(data.length).toBeGreaterThan(1)
  })

  test('chat: what a service leaves out is there all the same, and nothing is made up', async () => {
    const message = { role: 'assistant', content: 'hi', x_own: 1 }
    const body = { choices: [{ message, finish_reason: 'length' }], x_service: { queue: 2 } }
    const door = await aDoor({ fake: { script: [{ body }] } })
    const answer: unknown = await (await door.post('/chat/completions', chat)).json()
    openaiShapes.completion.parse(answer)
    expect(answer).toMatchObject({
      model: 'cheap',
      x_service: { queue: 2 },
      choices: [{ index: 0, finish_reason: 'length', message: { ...message, refusal: null } }],
    })
    expect(answer).not.toHaveProperty('usage')
  })

  test('embeddings, as numbers and in base64, whatever the service speaks', async () => {
    const door = await aDoor()
    const ask = async (format: object): Promise<unknown> =>
      (await door.post('/embeddings', { model: 'vectors', input: ['one', 'two'], ...format })).json()
    openaiShapes.embeddings.parse(await ask({}))
    openaiShapes.embeddings.parse(await ask({ encoding_format: 'float' }))
    openaiShapes.embeddingsInBase64.parse(await ask({ encoding_format: 'base64' }))
    expect(door.fake.requests.map(({ body }) => body?.['encoding_format'])).not.toContain(undefined)
  })

  test('models, and one model', async () => {
    const door = await aDoor({ door: { authorize: () => ({ allow: ['cheap', 'fake/large'] }) } })
    const models = await fetch(`${door.baseURL}/models?limit=3`)
    const list = openaiShapes.models.parse(await models.json())
    expect(list.data.map(({ id }) => id)).toEqual(['cheap', 'best', 'default', 'fake/large'])
    const one = async (id: string) => {
      const response = await fetch(`${door.baseURL}/models/${id}`)
      return [response.status, await response.json()] as const
    }
    for (const id of ['cheap', 'fake/large', 'fake%2Flarge']) {
      const [status, model] = await one(id)
      expect([status, openaiShapes.model.parse(model).id]).toEqual([200, decodeURIComponent(id)])
    }
    for (const id of ['premium', 'no-such', 'fake/small', '__proto__', '%E0%A4%A']) {
      const [status, error] = await one(id)
      expect([status, openaiShapes.error.parse(error).error.code]).toEqual([404, 'model_not_found'])
    }
    expect((await fetch(`${door.baseURL}/models`, { method: 'HEAD' })).status).toBe(200)
  })
})

describe('headers', () => {
  test('tell the call, and may not be kept or sniffed', async () => {
    const door = await aDoor()
    const { headers } = await door.post('/chat/completions', chat)
    expect(Object.fromEntries(headers)).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-llm-target': 'fake/small',
      'x-llm-tier': 'cheap',
      'x-llm-attempts': '1',
      'x-llm-cost-status': 'exact',
      'x-llm-cost-usd': expect.stringMatching(/^0\.0\d+$/),
    })
    expect(headers.get('x-request-id')).toBe(headers.get('x-llm-call-id'))
    const line = door.lines.find(({ message }) => message === 'llm call')
    expect(JSON.stringify(line?.fields)).toContain(headers.get('x-request-id'))
    expect(headers.get('access-control-allow-origin')).toBeNull()
  })

  test('of a stream tell what is known at its begin', async () => {
    const door = await aDoor()
    const { headers, body } = await door.post('/chat/completions', { ...chat, stream: true })
    expect(headers.get('x-llm-target')).toBe('fake/small')
    expect(headers.get('x-llm-attempts')).toBe('1')
    expect(headers.get('x-request-id')).toBe(headers.get('x-llm-call-id'))
    expect(headers.get('x-llm-cost-usd')).toBeNull()
    await body?.cancel()
  })

  test('tell no more than the id where the app says so', async () => {
    const door = await aDoor({ door: { reportHeaders: false } })
    for (const body of [chat, { ...chat, stream: true }]) {
      const { headers } = await door.post('/chat/completions', body)
      const own = [...headers.keys()].filter((name) => name.startsWith('x-llm-'))
      expect(own).toEqual(['x-llm-call-id'])
    }
  })
})

describe('a call through the door', () => {
  test('is the caller’s, and counts for the mount and the path', async () => {
    const door = await aDoor({
      door: { authorize: () => Promise.resolve({ user: 'ann', tenant: 'acme', feature: 'door' }) },
    })
    await (await door.post('/chat/completions/?x=1', chat)).json()
    await (await door.post('/embeddings', { model: 'vectors', input: 'hi' })).json()
    const calls = door.lines.filter(({ message }) => message === 'llm call').map(({ fields }) => fields)
    expect(calls).toMatchObject([
      { user: 'ann', tenant: 'acme', feature: 'door', route: '/v1/chat/completions' },
      { user: 'ann', tenant: 'acme', feature: 'door', route: '/v1/embeddings' },
    ])
  })

  test('reaches only what the caller may use', async () => {
    const door = await aDoor({ door: { authorize: () => ({ allow: ['cheap'] }) } })
    const ask = async (model?: string) => {
      const body = model === undefined ? saying('hi') : { model, ...saying('hi') }
      const response = await door.post('/chat/completions', body)
      const { error } = (await response.json()) as { error?: { code: string } }
      return [response.status, error?.code]
    }
    expect(await ask()).toEqual([200, undefined])
    expect(await ask('default')).toEqual([200, undefined])
    expect(await ask('premium')).toEqual([403, 'not_allowed'])
    expect(await ask('fake/small')).toEqual([403, 'not_allowed'])
    expect(await ask('gpt-4o')).toEqual([404, 'model_not_found'])
    expect(door.fake.requests).toHaveLength(2)
  })

  test('does not take its user from the body: that one is the provider’s', async () => {
    const door = await aDoor({ door: { authorize: () => ({ user: 'ann' }) } })
    await (await door.post('/chat/completions', { ...chat, user: 'eve' })).json()
    expect(door.fake.requests[0]?.body?.['user']).toBe('eve')
    expect(door.lines.at(-1)?.fields).toMatchObject({ user: 'ann' })
  })

  test.each([false, true])('ends upstream when the client hangs up (stream: %s)', async (stream) => {
    const door = await aDoor({ fake: { script: [{ fault: stream ? 'stall' : 'silence' }] } })
    const client = request(`${door.baseURL}/chat/completions`, { method: 'POST' })
    client.on('error', () => undefined)
    client.end(JSON.stringify({ ...chat, stream }))
    if (stream) await new Promise((resolve) => client.once('response', resolve))
    await door.fake.waitFor(1)
    client.destroy()
    expect((await door.fake.waitForClose()).outcome).toBe('client-closed')
  })

  test.each([false, true])('ends when the app answers in its place (stream: %s)', async (stream) => {
    const responses: ServerResponse[] = []
    const door = await aDoor({
      fake: { script: [{ fault: 'silence' }] },
      mount: (endpoint) =>
        express()
          .use((_req, res, next) => {
            responses.push(res)
            next()
          })
          .use('/v1', endpoint),
    })
    const answer = door.post('/chat/completions', { ...chat, stream })
    await door.fake.waitFor(1)
    for (const res of responses) res.writeHead(503).end('too late')
    expect([(await answer).status, await (await answer).text()]).toEqual([503, 'too late'])
    await door.fake.waitForClose()
  })

  test('that breaks off in the stream says so, without the provider’s words, and without an end', async () => {
    const step = { fault: 'cut', how: 'reset', tokenDelayMs: 1 } as const
    const door = await aDoor({ fake: { answer: 'One word after the other, and more.', script: [step] } })
    const response = await door.post('/chat/completions', { ...chat, stream: true })
    const { data, isDone } = eventsIn(await response.text())
    const { error } = openaiShapes.error.parse(data.at(-1))
    expect([response.status, isDone, error.code, error.type]).toEqual([
      200,
      false,
      'stream_interrupted',
      'server_error',
    ])
    expect(JSON.stringify(error)).not.toMatch(/fake|small/)
  })
})

describe('is at home in', () => {
  const hosts: Readonly<Record<string, (door: OpenaiEndpoint) => Parameters<typeof served>[0]>> = {
    'Express 5': (door) => express().use('/v1', door),
    'Express 5, in a router': (door) => {
      const inner = express.Router()
      inner.use('/openai', door)
      return express().use('/v1', inner)
    },
    'Express 5, behind express.json()': (door) => express().use(express.json()).use('/v1', door),
    'Express 5, behind express.raw()': (door) =>
      express()
        .use(express.raw({ type: () => true }))
        .use('/v1', door),
    'Express 5, behind express.text()': (door) =>
      express()
        .use(express.text({ type: () => true }))
        .use('/v1', door),
    'Express 4': (door) => express4().use('/v1', door),
    'Express 4, behind express.json()': (door) => express4().use(express4.json()).use('/v1', door),
    Connect: (door) => connect().use('/v1', door),
  }

  test.each(Object.keys(hosts))('%s', async (host) => {
    const isNested = host.includes('router')
    const door = await aDoor({ mount: (endpoint) => hosts[host]!(endpoint) })
    const path = isNested ? '/openai/chat/completions' : '/chat/completions'
    // Without a content type as curl sends it, too.
    for (const type of ['application/json', 'application/x-www-form-urlencoded']) {
      const response = await door.post(path, chat, { 'content-type': type })
      openaiShapes.completion.parse(await response.json())
    }
    const streamed = await door.post(path, { ...chat, stream: true })
    expect(eventsIn(await streamed.text()).isDone).toBe(true)
    const routes = door.lines
      .filter(({ message }) => message === 'llm call')
      .map(({ fields }) => fields['route'])
    expect(new Set(routes)).toEqual(new Set([`/v1${path}`]))
  })

  test('plain node:http', async () => {
    const { router } = await aRoutedFake()
    const door = openaiEndpoint(router, { authorize: () => ({}) })
    const url = await served((req: IncomingMessage, res: ServerResponse) => door(req, res))
    const response = await fetch(`${url}/chat/completions`, { method: 'POST', body: JSON.stringify(chat) })
    expect(openaiShapes.completion.safeParse(await response.json()).success).toBe(true)
  })

  test('an app whose mount takes params: what stood in the path is not told', async () => {
    const door = await aDoor({ mount: (endpoint) => express().use('/:tenant', endpoint) })
    await (await door.post('/chat/completions', chat)).json()
    expect(door.lines.at(-1)?.fields['route']).toBe('/*/chat/completions')
  })
})

describe('is not mounted', () => {
  const router = createRouter({
    tiers: { cheap: ['x/y'] },
    providers: { x: { baseUrl: 'http://127.0.0.1:1', apiKey: 'k' } },
    env: {},
  })
  afterAll(() => router.close())

  test.each<[string, unknown, unknown, RegExp]>([
    ['without a router', {}, { authorize: () => ({}) }, /router of createRouter/],
    ['without options', router, undefined, /bearerKeys/],
    ['without authorize', router, {}, /authorize.*anybody could spend your money/],
    ['with a misspelt option', router, { authorise: () => ({}) }, /Did you mean "authorize"/],
    ['with a wrong limit', router, { authorize: () => ({}), bodyMaxBytes: 0 }, /bodyMaxBytes.*whole number/],
    ['with an unknown hint', router, { authorize: () => ({}), hints: ['user'] }, /hints.*tier, task/],
    ['with a wrong flag', router, { authorize: () => ({}), reportHeaders: 'yes' }, /true or false/],
  ])('%s', (_name, given, options, message) => {
    expect(() => openaiEndpoint(given as never, options as never)).toThrow(
      expect.objectContaining({ code: 'config_invalid', message: expect.stringMatching(message) }),
    )
  })
})

test('a refusal keeps the connection, where what is left of the body is short', async () => {
  const { router } = await aRoutedFake()
  const door = openaiEndpoint(router, { authorize: () => null })
  const sockets = new Set<unknown>()
  const url = await served((req: IncomingMessage, res: ServerResponse) => {
    sockets.add(req.socket)
    door(req, res)
  })
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  onTestFinished(() => agent.destroy())
  for (let turn = 0; turn < 3; turn++) {
    const client = request(`${url}/chat/completions`, { method: 'POST', agent })
    client.end(JSON.stringify(chat))
    const [response] = (await once(client, 'response')) as [IncomingMessage]
    expect(response.statusCode).toBe(401)
    await once(response.resume(), 'end')
  }
  expect(sockets.size).toBe(1)
})
