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
