import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import OpenAI, { APIConnectionError, APIError, UnprocessableEntityError } from 'openai'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createFakeProvider, type FakeProvider } from '../../../src/testing/fake/provider.ts'
import type { FakeStepLike } from '../../../src/testing/fake/step.ts'

const hello = { model: 'm', messages: [{ role: 'user' as const, content: 'hello' }], stream: true as const }
const ANSWER = 'Paris is the capital of France. 🥐🥐🥐'
const TOKENS = 10
const askUsage = { stream_options: { include_usage: true } }

let fake: FakeProvider
beforeEach(async () => {
  fake = await createFakeProvider({ answer: ANSWER })
})
afterEach(() => fake.close())

type Chunk = OpenAI.ChatCompletionChunk

/** What the official client reads, and the error that it throws at last. */
async function read(params: object = {}): Promise<{ chunks: Chunk[]; error: unknown }> {
  const chunks: Chunk[] = []
  try {
    const client = new OpenAI({ apiKey: 'sk-test', baseURL: fake.baseUrl, maxRetries: 0 })
    for await (const chunk of await client.chat.completions.create({ ...hello, ...params }))
      chunks.push(chunk)
    return { chunks, error: undefined }
  } catch (error) {
    return { chunks, error }
  }
}

function textOf(chunks: readonly Chunk[], index = 0): string {
  return chunks
    .flatMap(({ choices }) => choices)
    .filter((choice) => choice.index === index)
    .map(({ delta }) => delta.content ?? '')
    .join('')
}

function finishOf(chunks: readonly Chunk[]): (string | null)[] {
  return chunks.flatMap(({ choices }) => choices.map(({ finish_reason: reason }) => reason)).filter(Boolean)
}

function post(socket: Socket, body: object = hello): void {
  const text = JSON.stringify(body)
  const head = `POST /v1/chat/completions HTTP/1.1\r\nhost: fake\r\ncontent-length: ${Buffer.byteLength(text)}`
  socket.write(`${head}\r\n\r\n${text}`)
}

/** `once()` would reject with a reset, which some tests want to see. */
function closeOf(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once('close', () => resolve())
  })
}

/** Every byte that comes on a socket of its own, until the fake ends it (or the answer's terminating chunk has come). */
async function readRaw(step: FakeStepLike, body: object = hello) {
  fake.script([step])
  const socket = connect(fake.port, '127.0.0.1')
  let text = ''
  let code: string | undefined
  socket.on('error', (error: NodeJS.ErrnoException) => (code = error.code))
  socket.on('data', (data) => {
    text += data
    if (text.endsWith('\r\n0\r\n\r\n')) socket.end()
  })
  post(socket, body)
  await closeOf(socket)
  const [head = '', ...rest] = text.split('\r\n\r\n')
  return { head, body: rest.join('\r\n\r\n'), isTerminated: text.endsWith('\r\n0\r\n\r\n'), code }
}

/** On Node 22 a socket whose other end is reset by its own process reads an end; from another process it reads the reset. */
const RESET_CODE = process.versions.node.startsWith('22.') ? undefined : 'ECONNRESET'

test('streams to the official client: role, tokens that make the answer, finish reason, end', async () => {
  const { chunks, error } = await read()
  expect(error).toBeUndefined()
  expect(chunks[0]?.choices[0]).toMatchObject({
    delta: { role: 'assistant', content: '' },
    finish_reason: null,
  })
  expect(textOf(chunks)).toBe(ANSWER)
  expect(chunks).toHaveLength(TOKENS + 2)
  expect(chunks.at(-1)?.choices[0]).toMatchObject({ delta: {}, finish_reason: 'stop' })
  expect(new Set(chunks.map(({ id, object, model }) => `${id} ${object} ${model}`))).toEqual(
    new Set(['chatcmpl-fake-1 chat.completion.chunk m']),
  )
  expect(chunks.every((chunk) => !('usage' in chunk))).toBe(true)
  expect(fake.requests).toMatchObject([
    { outcome: 'answered', status: 200, tokensSent: TOKENS, chunksSent: TOKENS + 2, usage: undefined },
  ])
  expect(fake.requests[0]?.closedAtMs).toBeUndefined()
})

test('the wire is an event stream that ends with [DONE] and its terminating chunk', async () => {
  const { head, body, isTerminated } = await readRaw({})
  expect(head).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
  expect(head).toContain('content-type: text/event-stream; charset=utf-8')
  expect(head).toContain('x-request-id: req-fake-1')
  expect(body).toContain('data: [DONE]\n\n\r\n0\r\n\r\n')
  expect(isTerminated).toBe(true)
})

test('tells usage in a chunk of its own where it is asked, and bills it', async () => {
  const { chunks } = await read(askUsage)
  expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: TOKENS } })
  expect(chunks.slice(0, -1).every(({ usage }) => usage === null)).toBe(true)
  expect(fake.requests[0]?.usage).toEqual({ promptTokens: 2, completionTokens: TOKENS })
  expect(fake.completions).toMatchObject({ requests: 1, promptTokens: 2, completionTokens: TOKENS })
})

test.each([
  ['always', {}, { prompt_tokens: 2, completion_tokens: TOKENS, total_tokens: TOKENS + 2 }],
  ['always', askUsage, { prompt_tokens: 2, completion_tokens: TOKENS, total_tokens: TOKENS + 2 }],
  ['pieces', {}, { completion_tokens: TOKENS }],
  ['never', askUsage, undefined],
] as const)('streamUsage %s with %j: %j in the last chunk', async (streamUsage, params, usage) => {
  fake.script([{ streamUsage }])
  const { chunks } = await read(params)
  expect(chunks.at(-1)?.choices).toMatchObject([{ finish_reason: 'stop' }])
  expect(chunks.at(-1)?.usage).toEqual(usage)
  expect(chunks[0]?.usage).toEqual(streamUsage === 'pieces' ? { prompt_tokens: 2 } : undefined)
  expect(fake.completions.completionTokens).toBe(usage ? TOKENS : 0)
  expect(fake.completions.requests).toBe(1)
})

test('refuses params that it does not know with 422', async () => {
  const strict = await createFakeProvider({ refusedParams: ['stream_options'] })
  try {
    const client = new OpenAI({ apiKey: 'k', baseURL: strict.baseUrl, maxRetries: 0 })
    const refused = client.chat.completions.create({ ...hello, ...askUsage })
    await expect(refused).rejects.toBeInstanceOf(UnprocessableEntityError)
    await expect(refused).rejects.toMatchObject({ param: 'stream_options', code: 'unknown_parameter' })
    expect(strict.requests).toMatchObject([{ status: 422, outcome: 'fault' }])
  } finally {
    await strict.close()
  }
})

test('streams tool calls: id and name, then the arguments in pieces', async () => {
  fake.script([{ toolCalls: [{ name: 'find', arguments: { city: 'Paris' } }, { name: 'stop' }] }])
  const { chunks } = await read()
  const calls = chunks.flatMap(({ choices }) => choices[0]?.delta.tool_calls ?? [])
  expect(calls[0]).toEqual({
    index: 0,
    id: 'call_1',
    type: 'function',
    function: { name: 'find', arguments: '' },
  })
  const argumentsOf = (index: number) =>
    calls
      .filter((call) => call.index === index)
      .map((call) => call.function?.arguments)
      .join('')
  expect([argumentsOf(0), argumentsOf(1)]).toEqual(['{"city":"Paris"}', '{}'])
  expect(finishOf(chunks)).toEqual(['tool_calls'])
})

test('tool calls may start at index 1 and carry their name late', async () => {
  fake.script([{ toolCalls: [{ name: 'find' }], toolCallsFrom: 1, toolCallName: 'late' }])
  const { chunks } = await read()
  const calls = chunks.flatMap(({ choices }) => choices[0]?.delta.tool_calls ?? [])
  expect(calls.map(({ index }) => index)).toEqual([1, 1, 1])
  expect(calls.map((call) => call.function?.name)).toEqual([undefined, undefined, 'find'])
})

test('streams several choices by turns, each with its own finish reason', async () => {
  const choice = (index: number, content: string) => ({
    index,
    message: { role: 'assistant' as const, content, refusal: null },
    finish_reason: index === 0 ? ('stop' as const) : ('length' as const),
    logprobs: null,
  })
  fake.script([{ answer: { choices: [choice(0, 'short'), choice(1, 'a longer one')] } }])
  const { chunks } = await read()
  expect([textOf(chunks, 0), textOf(chunks, 1)]).toEqual(['short', 'a longer one'])
  expect(finishOf(chunks)).toEqual(['stop', 'length'])
  expect(fake.requests[0]).toMatchObject({ outcome: 'answered', tokensSent: 5 })
})

test('a refusal and reasoning are streamed as such', async () => {
  fake.script([{ refusal: 'I will not.', reasoning: 'Should I?' }])
  const { chunks } = await read()
  const deltas = chunks.flatMap(({ choices }) => choices.map(({ delta }) => delta as Record<string, string>))
  const joined = (name: string) => deltas.map((delta) => delta[name] ?? '').join('')
  expect([joined('refusal'), joined('reasoning_content'), joined('content')]).toEqual([
    'I will not.',
    'Should I?',
    '',
  ])
})

test('roles may flood before the content, and empty chunks come after the finish reason', async () => {
  fake.script([{ roleChunks: 5, trailingChunks: 2, answer: 'hi' }])
  const { chunks } = await read()
  expect(chunks).toHaveLength(5 + 1 + 1 + 2)
  expect(chunks.slice(-2).map(({ choices }) => choices[0])).toMatchObject([
    { delta: {}, finish_reason: null },
    { delta: {}, finish_reason: null },
  ])
  expect(fake.requests[0]?.tokensSent).toBe(1)
})

test('waits before the first token and between the others, with comments if wanted', async () => {
  const startedAt = performance.now()
  const { body } = await readRaw({
    answer: 'eight ch',
    firstTokenDelayMs: 40,
    tokenDelayMs: 20,
    keepAliveMs: 15,
  })
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(59)
  expect(body.match(/: keep-alive\n\n/g)).toHaveLength(3)
  expect(body.indexOf(': keep-alive')).toBeGreaterThan(body.indexOf('"role"'))
  expect(body.indexOf(': keep-alive')).toBeLessThan(body.indexOf('eigh'))
})

test.each([
  ['close', 0],
  ['close', 3],
  ['close', Number.POSITIVE_INFINITY],
  ['done', 3],
  ['reset', 0],
  ['reset', 3],
  ['unterminated', 0],
  ['unterminated', 3],
] as const)('is cut (%s) after %d tokens', async (how, afterTokens) => {
  const { body, isTerminated, code } = await readRaw({ fault: 'cut', how, afterTokens })
  const tokens = Math.min(afterTokens, TOKENS)
  expect(body.match(/"delta":\{"content"/g) ?? []).toHaveLength(tokens)
  expect(body).toContain('"role":"assistant"')
  expect(body).not.toContain('"finish_reason":"')
  expect(body.includes('[DONE]')).toBe(how === 'done')
  expect(isTerminated).toBe(how === 'close' || how === 'done')
  expect(code).toBe(how === 'reset' ? RESET_CODE : undefined)
  expect(fake.requests).toMatchObject([{ outcome: 'fault', status: 200, tokensSent: tokens }])
  expect(fake.completions.requests).toBe(0)
})

test('the official client reads what came before a reset, then a connection error', async () => {
  fake.script([{ fault: 'cut', how: 'reset', afterTokens: 2, answer: '12345678rest' }])
  const { chunks, error } = await read()
  expect(textOf(chunks)).toBe('12345678')
  expect(error).toMatchObject({ message: 'terminated' })
  expect(error).not.toBeInstanceOf(APIConnectionError)
})

test('stalls with the headers sent, until the client goes', async () => {
  fake.script([{ fault: 'stall', afterTokens: 0, roleChunks: 0 }])
  const socket = connect(fake.port, '127.0.0.1')
  post(socket)
  const [head] = (await once(socket, 'data')) as [Buffer]
  expect(head.toString()).toMatch(/^HTTP\/1\.1 200 OK[^]*\r\n\r\n$/)
  const leftAtMs = Date.now()
  socket.destroy()
  const record = await fake.waitForClose()
  expect(record).toMatchObject({ outcome: 'client-closed', tokensSent: 0, chunksSent: 0 })
  expect(record.closedAtMs).toBeGreaterThanOrEqual(leftAtMs)
})

test('malformed parts stand in the middle of an answer that ends well', async () => {
  const { body, isTerminated } = await readRaw({ fault: 'malformed', afterTokens: 2, count: 3 })
  const events = body.split('\n\n').filter((event) => event.includes('data: {'))
  const broken = events.map((event) => isJson(event.slice(event.indexOf('{'))))
  expect(broken.indexOf(false)).toBe(3)
  expect(broken.filter((isWell) => !isWell)).toHaveLength(3)
  expect(body).toContain('[DONE]')
  expect(isTerminated).toBe(true)
  expect(fake.requests).toMatchObject([{ outcome: 'answered', tokensSent: TOKENS }])
})

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

test('a malformed tail is all that comes, and breaks off in its line', async () => {
  const { body, isTerminated } = await readRaw({ fault: 'malformed', afterTokens: 2, tail: true })
  expect(body).toMatch(/"delta":\{"cont\r\n0\r\n\r\n$/)
  expect(isTerminated).toBe(true)
  expect(fake.requests).toMatchObject([{ outcome: 'fault', tokensSent: 2 }])
})

test('the official client reads an error inside the stream as one', async () => {
  fake.script([{ fault: 'stream-error', afterTokens: 2, status: 429, error: { code: 'slow_down' } }])
  const { chunks, error } = await read()
  expect(textOf(chunks)).toBe(ANSWER.slice(0, 8))
  expect(error).toBeInstanceOf(APIError)
  expect(error).toMatchObject({ code: 'slow_down', type: 'requests' })
  expect(fake.requests).toMatchObject([{ outcome: 'fault', status: 200, tokensSent: 2 }])
})

test('[DONE] may be missing, and the body end', async () => {
  const { body, isTerminated } = await readRaw({ done: false })
  expect(body).toContain('"finish_reason":"stop"')
  expect(body).not.toContain('[DONE]')
  expect(isTerminated).toBe(true)
  expect(fake.requests[0]?.outcome).toBe('answered')
})

test('[DONE] may be missing, and the body stay open after the usage', async () => {
  fake.script([{ done: 'hang' }])
  const socket = connect(fake.port, '127.0.0.1')
  post(socket, { ...hello, ...askUsage })
  let text = ''
  for await (const data of socket) {
    text += data
    if (text.includes('"choices":[]')) break
  }
  expect(text).not.toContain('[DONE]')
  expect(await fake.waitForClose()).toMatchObject({ outcome: 'client-closed', tokensSent: TOKENS })
  expect(fake.completions).toMatchObject({ requests: 1, completionTokens: TOKENS })
})

test.each<[FakeStepLike, RegExp, string | undefined]>([
  [{ fault: 'cut' }, /^\{"id":[^}]+\}?[^}]*$/, undefined],
  [{ fault: 'cut', how: 'done' }, /^\{"id":/, undefined],
  [{ fault: 'cut', how: 'reset' }, /^\{"id":/, RESET_CODE],
  [{ fault: 'cut', how: 'unterminated', afterTokens: 1 }, /^\{"id":/, undefined],
  [{ fault: 'malformed' }, /^\{"id":.*\}\{$/, undefined],
  [{ fault: 'stream-error' }, /^\{"error":\{"message":"The server had an error\."/, undefined],
])('%j does the nearest thing to an answer that is not streamed', async (step, pattern, code) => {
  const promised = { ...hello, stream: false }
  fake.script([step])
  const socket = connect(fake.port, '127.0.0.1')
  let text = ''
  let failure: string | undefined
  socket.on('error', (error: NodeJS.ErrnoException) => (failure = error.code))
  socket.on('data', (data) => {
    text += data
    const [head = '', body = ''] = text.split('\r\n\r\n')
    if (body.length === Number(/content-length: (\d+)/.exec(head)?.[1])) socket.end()
  })
  post(socket, promised)
  await closeOf(socket)
  const [head = '', body = ''] = text.split('\r\n\r\n')
  expect(head).toContain('content-type: application/json')
  expect(body).toMatch(pattern)
  const isShort = body.length < Number(/content-length: (\d+)/.exec(head)?.[1])
  expect(isShort).toBe('how' in Object(step) && /reset|unterminated/.test(JSON.stringify(step)))
  expect(isJson(body)).toBe(body.startsWith('{"error"'))
  expect(failure).toBe(code)
  expect(fake.requests).toMatchObject([{ outcome: 'fault', status: 200, tokensSent: 0 }])
})

test('other faults and errors are as for any request, and close-idle streams first', async () => {
  fake.script([{ status: 503 }, { fault: 'context-length' }, { fault: 'close-idle' }])
  expect((await read()).error).toMatchObject({ status: 503 })
  expect((await read()).error).toMatchObject({ code: 'context_length_exceeded' })
  expect(textOf((await read()).chunks)).toBe(ANSWER)
})

test('an oversized stream has its padding in the line of its first chunk', async () => {
  const { body } = await readRaw({ fault: 'oversized', bytes: 300_000 })
  expect(body.length).toBeGreaterThan(300_000)
  fake.script([{ fault: 'oversized', bytes: 300_000 }])
  expect(textOf((await read()).chunks)).toBe(ANSWER)
})

test('tokens can be waited for while the stream goes on, and the client may leave then', async () => {
  fake.script([{ tokenDelayMs: 5, answer: 'x'.repeat(4_000) }])
  const hangUp = new AbortController()
  const client = new OpenAI({ apiKey: 'k', baseURL: fake.baseUrl, maxRetries: 0 })
  const stream = await client.chat.completions.create(hello, { signal: hangUp.signal })
  const record = await fake.waitForTokens(3)
  expect(record).toMatchObject({ outcome: 'streaming', status: 200 })
  expect(record.tokensSent).toBeGreaterThanOrEqual(3)
  hangUp.abort()
  const closed = await fake.waitForClose()
  expect(closed).toBe(record)
  expect(closed.tokensSent).toBeLessThan(1000)
  expect(fake.completions.requests).toBe(0)
  expect(stream.controller.signal.aborted).toBe(true)
})

test('a reader that stops reading pauses the fake, which serves others meanwhile', async () => {
  const length = 4_000_000
  fake.script([{ answer: 'x'.repeat(length) }])
  const socket = connect(fake.port, '127.0.0.1')
  post(socket)
  await once(socket, 'readable')
  expect(textOf((await read()).chunks)).toBe(ANSWER)
  const [slow] = fake.requests
  expect(slow).toMatchObject({ outcome: 'streaming' })
  expect(slow?.tokensSent).toBeGreaterThan(0)
  expect(slow?.chunksSent).toBeLessThan(length / 4)
  socket.destroy()
  expect(await fake.waitForClose()).toBe(slow)
})

test('stopping the fake ends its streams and their timers', async () => {
  fake.script([{ tokenDelayMs: 3_600_000 }])
  const client = new OpenAI({ apiKey: 'k', baseURL: fake.baseUrl, maxRetries: 0 })
  const stream = (await client.chat.completions.create(hello))[Symbol.asyncIterator]()
  expect([await stream.next(), await stream.next()]).toMatchObject([{ done: false }, { done: false }])
  const timers = timerCount()
  await fake.stop()
  await expect(stream.next()).rejects.toThrow('terminated')
  expect(timerCount()).toBeLessThan(timers)
  expect(fake.requests).toMatchObject([{ outcome: 'streaming', tokensSent: 1 }])
})

function timerCount(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
}
