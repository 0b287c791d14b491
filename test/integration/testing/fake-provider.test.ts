import { Agent, request as httpRequest, type IncomingMessage } from 'node:http'
import { once } from 'node:events'
import OpenAI, { AuthenticationError, RateLimitError } from 'openai'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createFakeProvider, type FakeProvider } from '../../../src/testing/fake/provider.ts'

const hello = { model: 'm', messages: [{ role: 'user' as const, content: 'hello' }] }
const EMPTY = {
  requests: 0,
  promptTokens: 0,
  completionTokens: 0,
  cachedTokens: 0,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
}

let fake: FakeProvider
beforeEach(async () => {
  fake = await createFakeProvider({ answer: 'Paris.', requestMaxBytes: 100_000 })
})
afterEach(() => fake.close())

/** A client with an own socket that it keeps, so that nothing is shared between tests. */
function openSocket() {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  return {
    post: (body: object = hello, path = '/v1/chat/completions') => post(agent, { body, path }),
    end: () => agent.destroy(),
  }
}

async function post(agent: Agent, { body, path }: { body: object; path: string }) {
  const req = httpRequest(fake.url + path, { method: 'POST', agent })
  req.end(JSON.stringify(body))
  const [res] = (await once(req, 'response')) as [IncomingMessage]
  let text = ''
  for await (const chunk of res) text += chunk
  return { status: res.statusCode, headers: res.headers, text }
}

/** One request on a socket of its own. */
async function ask(body: object = hello) {
  const socket = openSocket()
  try {
    return await socket.post(body)
  } finally {
    socket.end()
  }
}

async function failureOf(promise: Promise<unknown>): Promise<{ code?: string }> {
  return promise.then(
    () => ({ code: 'NONE' }),
    (error: unknown) => error as { code?: string },
  )
}

function client(apiKey = 'sk-test'): OpenAI {
  return new OpenAI({ apiKey, baseURL: fake.baseUrl, maxRetries: 0 })
}

test('answers the official client, and its log has what was asked and told', async () => {
  const completion = await client().chat.completions.create(hello)
  expect(completion.choices[0]?.message.content).toBe('Paris.')
  expect(fake.requests).toMatchObject([
    {
      method: 'POST',
      path: '/v1/chat/completions',
      operation: 'chat',
      model: 'm',
      body: hello,
      headers: { authorization: 'Bearer sk-test' },
      outcome: 'answered',
      status: 200,
      usage: {
        promptTokens: completion.usage?.prompt_tokens,
        completionTokens: completion.usage?.completion_tokens,
      },
      socketId: 1,
    },
  ])
  expect(fake.completions).toEqual({ ...EMPTY, requests: 1, promptTokens: 2, completionTokens: 2 })
})

test('embeds for the official client, which asks for base64', async () => {
  const { data, usage } = await client().embeddings.create({ model: 'e', input: ['a', 'b'], dimensions: 16 })
  expect(data.map(({ embedding }) => embedding.length)).toEqual([16, 16])
  expect(fake.embeddings).toEqual({ ...EMPTY, requests: 1, promptTokens: usage.prompt_tokens })
})

test('lists its models', async () => {
  const shop = await createFakeProvider({ models: ['small', 'large'] })
  try {
    const list = await new OpenAI({ apiKey: 'k', baseURL: shop.baseUrl }).models.list()
    expect(list.data.map(({ id }) => id)).toEqual(['small', 'large'])
  } finally {
    await shop.close()
  }
})

test('the official client reads its 429 as a rate limit with Retry-After and request id', async () => {
  fake.script([{ status: 429, retryAfter: 7 }])
  const error = await failureOf(client().chat.completions.create(hello))
  expect(error).toBeInstanceOf(RateLimitError)
  expect(error).toMatchObject({ status: 429, code: 'rate_limit_exceeded', requestID: 'req-fake-1' })
  expect((error as RateLimitError).headers?.get('retry-after')).toBe('7')
})

test('the official client reads a refused key as such', async () => {
  const guarded = await createFakeProvider({ apiKeys: ['sk-right'] })
  try {
    const options = { baseURL: guarded.baseUrl, maxRetries: 0 }
    const wrong = new OpenAI({ apiKey: 'sk-wrong', ...options }).chat.completions.create(hello)
    expect(await failureOf(wrong)).toBeInstanceOf(AuthenticationError)
    const right = await new OpenAI({ apiKey: 'sk-right', ...options }).chat.completions.create(hello)
    expect(right.object).toBe('chat.completion')
    expect(guarded.requests.map(({ outcome, status }) => [outcome, status])).toEqual([
      ['fault', 401],
      ['answered', 200],
    ])
  } finally {
    await guarded.close()
  }
})

test('resets the socket before any byte', async () => {
  fake.script([{ fault: 'reset' }])
  expect(await failureOf(ask())).toMatchObject({ code: 'ECONNRESET' })
  expect(fake.requests).toMatchObject([{ outcome: 'fault', status: undefined, usage: undefined }])
  expect(fake.completions).toEqual(EMPTY)
})

test('resets the socket in the middle of the body', async () => {
  fake.script([{ fault: 'reset-mid-body' }])
  const agent = new Agent({ keepAlive: true })
  const req = httpRequest(`${fake.baseUrl}/chat/completions`, { method: 'POST', agent })
  // Node 24 tells a broken answer to the request as well, Node 22 to the response only.
  req.on('error', () => undefined)
  req.end(JSON.stringify(hello))
  const [res] = (await once(req, 'response')) as [IncomingMessage]
  let text = ''
  res.on('data', (chunk) => (text += chunk))
  const [error] = await once(res, 'error')
  agent.destroy()
  expect(error).toMatchObject({ code: 'ECONNRESET' })
  expect(text).toMatch(/^\{"id":/)
  expect(text.length).toBeLessThan(Number(res.headers['content-length']))
})

test('is silent until the client gives up, and notes that it did', async () => {
  fake.script([{ fault: 'silence' }])
  const hangUp = new AbortController()
  const pending = failureOf(
    fetch(`${fake.baseUrl}/chat/completions`, { ...jsonPost(), signal: hangUp.signal }),
  )
  const [record] = await fake.waitFor(1)
  expect(record).toMatchObject({ outcome: 'fault', status: undefined })
  hangUp.abort()
  expect(await pending).toMatchObject({ name: 'AbortError' })
  expect(await fake.waitForClose()).toMatchObject({ outcome: 'client-closed', model: 'm' })
})

test('stalls after the headers and part of the body', async () => {
  fake.script([{ fault: 'stall' }])
  const hangUp = new AbortController()
  const response = await fetch(`${fake.baseUrl}/chat/completions`, { ...jsonPost(), signal: hangUp.signal })
  const reader = response.body!.getReader()
  const { value } = await reader.read()
  expect(Buffer.from(value ?? []).toString()).toMatch(/^\{"id":/)
  const rest = failureOf(reader.read())
  hangUp.abort()
  expect(await rest).toMatchObject({ name: 'AbortError' })
  expect(await fake.waitForClose()).toMatchObject({ outcome: 'client-closed', status: 200 })
})

test('a client that leaves during the latency is noted, and nothing is billed', async () => {
  fake.script([{ delayMs: 3_600_000 }])
  const hangUp = new AbortController()
  const pending = failureOf(
    fetch(`${fake.baseUrl}/chat/completions`, { ...jsonPost(), signal: hangUp.signal }),
  )
  const [record] = await fake.waitFor(1)
  expect(record?.outcome).toBe('pending')
  hangUp.abort()
  await pending
  expect(await fake.waitForClose()).toMatchObject({ outcome: 'client-closed', status: undefined })
  expect(fake.completions).toEqual(EMPTY)
})

test('an answer whose client has left is never made, even when its time has come', async () => {
  fake.script([{ delayMs: 30 }, { delayMs: 60 }])
  const hangUp = new AbortController()
  const left = failureOf(fetch(`${fake.baseUrl}/chat/completions`, { ...jsonPost(), signal: hangUp.signal }))
  await fake.waitFor(1)
  hangUp.abort()
  await left
  await ask()
  expect(fake.requests.map(({ outcome }) => outcome)).toEqual(['client-closed', 'answered'])
  expect(fake.completions.requests).toBe(1)
})

test('answers after its latency', async () => {
  fake.script([{ delayMs: 30 }])
  const startedAt = performance.now()
  expect((await ask()).status).toBe(200)
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(29)
})

test.each([
  ['wrong-json', 'application/json', /^\{"id":[^}]*$/],
  ['html', 'text/html; charset=utf-8', /^<!doctype html>/],
  ['empty', 'application/json', /^$/],
  ['not-a-completion', 'application/json', /^\{"object":"list","data":\[\]\}$/],
  ['error-in-200', 'application/json', /^\{"error":/],
] as const)('sends %s with status 200', async (fault, contentType, text) => {
  fake.script([{ fault }])
  const answer = await ask()
  expect(answer).toMatchObject({ status: 200, headers: { 'content-type': contentType } })
  expect(answer.text).toMatch(text)
  expect(fake.requests).toMatchObject([{ outcome: 'fault', status: 200 }])
  expect(fake.completions).toEqual(EMPTY)
})

test('redirects with method and body kept', async () => {
  fake.script([{ fault: 'redirect', to: 'http://127.0.0.1:1/elsewhere' }])
  expect(await ask()).toMatchObject({ status: 307, headers: { location: 'http://127.0.0.1:1/elsewhere' } })
})

test('sends an oversized completion in chunks, and goes on when the client stops reading it', async () => {
  fake.script([
    { fault: 'oversized', bytes: 5_000_000 },
    { fault: 'oversized', bytes: 500_000_000 },
  ])
  const { text, headers } = await ask()
  expect(text.length).toBe(5_000_000)
  expect(headers).not.toHaveProperty('content-length')
  expect(JSON.parse(text)).toMatchObject({ object: 'chat.completion' })

  const hangUp = new AbortController()
  await fetch(`${fake.baseUrl}/chat/completions`, { ...jsonPost(), signal: hangUp.signal })
  hangUp.abort()
  expect(await fake.waitForClose()).toMatchObject({ outcome: 'client-closed' })
  expect((await ask()).status).toBe(200)
})

test.each(['gzip', 'deflate', 'br'] as const)('compresses an answer with %s', async (contentEncoding) => {
  fake.script([{ contentEncoding }])
  const response = await fetch(`${fake.baseUrl}/chat/completions`, jsonPost())
  expect(response.headers.get('content-encoding')).toBe(contentEncoding)
  expect(await response.json()).toMatchObject({ object: 'chat.completion' })
})

test('requests on one kept socket share its number', async () => {
  const socket = openSocket()
  await socket.post()
  await socket.post()
  socket.end()
  await ask()
  expect(fake.requests.map(({ socketId }) => socketId)).toEqual([1, 1, 2])
})

test('closes the idle socket after an answer without saying so', async () => {
  fake.script([{ fault: 'close-idle' }])
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const idle = once(agent, 'free') as Promise<[NodeJS.EventEmitter]>
  const answer = await post(agent, { body: hello, path: '/v1/chat/completions' })
  expect(answer).toMatchObject({ status: 200, headers: { connection: 'keep-alive' } })
  const [socket] = await idle
  await once(socket, 'close')
  await post(agent, { body: hello, path: '/v1/chat/completions' })
  agent.destroy()
  expect(fake.requests).toMatchObject([
    { socketId: 1, outcome: 'answered' },
    { socketId: 2, outcome: 'answered' },
  ])
})

test('closes the idle socket in the moment of the next request', async () => {
  fake.script([{ fault: 'close-idle', when: 'at-next-request' }])
  const socket = openSocket()
  expect((await socket.post()).status).toBe(200)
  expect(await failureOf(socket.post())).toMatchObject({ code: 'ECONNRESET' })
  expect((await socket.post()).status).toBe(200)
  socket.end()
  expect(fake.requests.map(({ outcome, socketId }) => [outcome, socketId])).toEqual([
    ['answered', 1],
    ['fault', 1],
    ['answered', 2],
  ])
})

test('refuses a body longer than it reads, and reads it to the end', async () => {
  const content = 'x'.repeat(150_000)
  const answer = await ask({ ...hello, messages: [{ role: 'user', content }] })
  expect(answer.status).toBe(413)
  expect((await ask()).status).toBe(200)
})

test('dies with its sockets and lives again on its port, script and log kept', async () => {
  fake.script([{ fault: 'silence' }, { answer: 'back again' }])
  const pending = failureOf(ask())
  await fake.waitFor(1)
  await fake.stop()
  expect(await pending).toMatchObject({ code: 'ECONNRESET' })
  expect(await failureOf(ask())).toMatchObject({ code: 'ECONNREFUSED' })
  await fake.start()
  expect((await ask()).text).toContain('back again')
  expect(fake.requests.map(({ outcome }) => outcome)).toEqual(['fault', 'answered'])
})

test('start while running and close twice do no harm', async () => {
  await fake.start()
  expect((await ask()).status).toBe(200)
  await fake.close()
  await fake.close()
})

test('listens where it is told to, and refuses options that it does not have', async () => {
  const { port } = fake
  await fake.close()
  const other = await createFakeProvider({ port })
  expect(other.url).toBe(`http://127.0.0.1:${port}`)
  await other.close()
  await expect(createFakeProvider({ prot: 1 } as object)).rejects.toMatchObject({ code: 'config_invalid' })
})

function jsonPost() {
  return { method: 'POST', body: JSON.stringify(hello), headers: { 'content-type': 'application/json' } }
}
