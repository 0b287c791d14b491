import { getEventListeners } from 'node:events'
import OpenAI, {
  APIConnectionError,
  APIConnectionTimeoutError,
  APIUserAbortError,
  RateLimitError,
} from 'openai'
import { expect, test } from 'vitest'
import { createFakeFetch } from '../../../src/testing/fake/fetch.ts'

const hello = { model: 'm', messages: [{ role: 'user' as const, content: 'hello' }] }
const URL = 'https://provider.invalid/v1/chat/completions'

function client(fake: { fetch: typeof fetch }, timeout = 60_000): OpenAI {
  return new OpenAI({ apiKey: 'sk-test', fetch: fake.fetch, maxRetries: 0, timeout })
}

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  )
}

function post(signal?: AbortSignal): RequestInit {
  return { method: 'POST', body: JSON.stringify(hello), ...(signal && { signal }) }
}

test('answers the official client without a socket', async () => {
  const fake = createFakeFetch({ answer: 'Paris.' })
  const completion = await client(fake).chat.completions.create(hello)
  expect(completion.choices[0]?.message.content).toBe('Paris.')
  expect(fake.requests).toMatchObject([
    {
      path: '/v1/chat/completions',
      outcome: 'answered',
      socketId: undefined,
      headers: { authorization: 'Bearer sk-test' },
    },
  ])
})

test('HTTP errors and resets look to the official client as over a socket', async () => {
  const fake = createFakeFetch({ script: [{ status: 429, retryAfter: 1 }, { fault: 'reset' }] })
  expect(await failureOf(client(fake).chat.completions.create(hello))).toBeInstanceOf(RateLimitError)
  const reset = await failureOf(client(fake).chat.completions.create(hello))
  expect(reset).toBeInstanceOf(APIConnectionError)
  expect(reset).toMatchObject({ cause: { cause: { code: 'ECONNRESET' } } })
})

test('silence lasts until the timeout of the client, and is noted', async () => {
  const fake = createFakeFetch({ script: [{ fault: 'silence' }] })
  const error = await failureOf(client(fake, 20).chat.completions.create(hello))
  expect(error).toBeInstanceOf(APIConnectionTimeoutError)
  expect(await fake.waitForClose()).toMatchObject({ outcome: 'client-closed' })
})

test('latency ends when the client aborts', async () => {
  const fake = createFakeFetch({ latencyMs: 3_600_000 })
  const hangUp = new AbortController()
  const failure = failureOf(client(fake).chat.completions.create(hello, { signal: hangUp.signal }))
  await fake.waitFor(1)
  hangUp.abort()
  expect(await failure).toBeInstanceOf(APIUserAbortError)
  expect(fake.completions.requests).toBe(0)
})

test('a body reset or stalled in the middle fails in the reading', async () => {
  const fake = createFakeFetch({ script: [{ fault: 'reset-mid-body' }, { fault: 'stall' }] })
  const cut = await fake.fetch(URL, post())
  expect(await failureOf(cut.text())).toMatchObject({ message: 'terminated', cause: { code: 'ECONNRESET' } })

  const hangUp = new AbortController()
  const stalled = await fake.fetch(URL, post(hangUp.signal))
  const reading = failureOf(stalled.text())
  hangUp.abort(new Error('enough'))
  expect(await reading).toMatchObject({ message: 'enough' })
  expect(await fake.waitForClose()).toMatchObject({ outcome: 'client-closed' })
})

const ANSWER = 'Paris is the capital of France.'
const streaming = { ...hello, stream: true as const }

function postStream(signal?: AbortSignal): RequestInit {
  return { ...post(signal), body: JSON.stringify(streaming) }
}

test('streams to the official client without a socket', async () => {
  const fake = createFakeFetch({ answer: ANSWER })
  const stream = await client(fake).chat.completions.create({
    ...streaming,
    stream_options: { include_usage: true },
  })
  const texts: string[] = []
  for await (const { choices, usage } of stream)
    texts.push(choices[0]?.delta.content ?? JSON.stringify(usage))
  expect(texts.slice(0, 9).join('')).toBe(ANSWER)
  expect(texts.at(-1)).toBe('{"prompt_tokens":2,"completion_tokens":8,"total_tokens":10}')
  expect(fake.requests).toMatchObject([{ outcome: 'answered', tokensSent: 8, closedAtMs: undefined }])
  expect(fake.completions).toMatchObject({ requests: 1, completionTokens: 8 })
})

test.each([
  ['reset', 'ECONNRESET'],
  ['unterminated', 'UND_ERR_SOCKET'],
] as const)('a stream that is cut (%s) fails in the reading, after what was sent', async (how, code) => {
  const fake = createFakeFetch({ script: [{ fault: 'cut', how, afterTokens: 2, answer: ANSWER }] })
  const { body } = await fake.fetch(URL, postStream())
  const reader = body!.getReader()
  const { value } = await reader.read()
  expect(Buffer.from(value ?? []).toString()).toContain('"content":"s is"')
  expect(await failureOf(reader.read())).toMatchObject({ message: 'terminated', cause: { code } })
  expect(fake.requests).toMatchObject([{ outcome: 'fault', status: 200, tokensSent: 2 }])
})

test('a stalled stream ends with the signal, and the fake has heard of it', async () => {
  const fake = createFakeFetch({ script: [{ fault: 'stall', afterTokens: 1, answer: ANSWER }] })
  const hangUp = new AbortController()
  const response = await fake.fetch(URL, postStream(hangUp.signal))
  const reading = failureOf(response.text())
  await fake.waitForTokens(1)
  hangUp.abort(new Error('enough'))
  expect(await reading).toMatchObject({ message: 'enough' })
  const closed = await fake.waitForClose()
  expect(closed).toMatchObject({ outcome: 'client-closed', tokensSent: 1 })
  expect(closed.closedAtMs).toBeGreaterThanOrEqual(closed.receivedAtMs)
})

test('cancelling the body ends the stream, its timers and its interest in the signal', async () => {
  const timers = timerCount()
  const fake = createFakeFetch({ script: [{ tokenDelayMs: 3_600_000, answer: ANSWER }] })
  const hangUp = new AbortController()
  const { body } = await fake.fetch(URL, postStream(hangUp.signal))
  const reader = body!.getReader()
  await reader.read()
  await fake.waitForTokens(1)
  expect(getEventListeners(hangUp.signal, 'abort')).toHaveLength(1)
  // It waits for its next token.
  while (timerCount() === timers) await new Promise((resolve) => setImmediate(resolve))
  await reader.cancel()
  expect(await fake.waitForClose()).toMatchObject({ outcome: 'client-closed', tokensSent: 1 })
  expect(getEventListeners(hangUp.signal, 'abort')).toHaveLength(0)
  expect(timerCount()).toBe(timers)
})

test('a stream that ended well leaves no listener on the signal', async () => {
  const fake = createFakeFetch()
  const hangUp = new AbortController()
  await (await fake.fetch(URL, postStream(hangUp.signal))).text()
  expect(getEventListeners(hangUp.signal, 'abort')).toHaveLength(0)
  hangUp.abort()
  expect(fake.requests).toMatchObject([{ outcome: 'answered' }])
})

test('a reader that stops reading pauses the stream', async () => {
  const fake = createFakeFetch({ answer: 'x'.repeat(4_000_000) })
  const { body } = await fake.fetch(URL, postStream())
  const reader = body!.getReader()
  await reader.read()
  const [record] = fake.requests
  expect(record?.outcome).toBe('streaming')
  expect(record?.tokensSent).toBeLessThan(10_000)
  await reader.cancel()
})

function timerCount(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
}

test('redirects are answers, oversized ones come whole, and empty statuses have no body', async () => {
  const fake = createFakeFetch({
    script: [
      { fault: 'redirect', to: '/x' },
      { fault: 'oversized', bytes: 200_000 },
      { body: '', status: 204 },
    ],
  })
  expect((await fake.fetch(URL, post())).status).toBe(307)
  expect((await (await fake.fetch(URL, post())).text()).length).toBe(200_000)
  expect(await (await fake.fetch(URL, post())).text()).toBe('')
})

test('refuses at once what is aborted already, and logs nothing', async () => {
  const fake = createFakeFetch()
  await expect(fake.fetch(URL, post(AbortSignal.abort(new Error('gone'))))).rejects.toThrow('gone')
  expect(fake.requests).toHaveLength(0)
})
