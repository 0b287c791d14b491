import OpenAI, { APIConnectionTimeoutError, APIError, APIUserAbortError } from 'openai'
import { expect, test } from 'vitest'
import { LeanOpenAI } from '../../../src/providers/lean-openai.ts'
import { aFake } from '../../support/app.ts'
import { openTransport } from '../support/transport-client.ts'

const body = { model: 'm', messages: [{ role: 'user', content: 'hi' }] }

async function clients(script: Parameters<typeof aFake>[0] = {}) {
  const fake = await aFake(script)
  const transport = openTransport()
  const options = {
    apiKey: 'sk-1',
    baseURL: fake.baseUrl,
    maxRetries: 0,
    organization: 'org-1',
    defaultHeaders: { 'x-team': 'blue' },
    fetch: transport.fetch,
  }
  return { fake, lean: new LeanOpenAI(options), official: new OpenAI(options) }
}

test('sends, byte for byte, what the official client sends: first, again, with another timeout, to another path', async () => {
  const { fake, lean, official } = await clients()
  for (const client of [official, lean]) {
    await client.post('/chat/completions', { body, timeout: 5000 })
    await client.post('/chat/completions', { body, timeout: 5000 })
    await client.post('/chat/completions', { body, timeout: 7000 })
    await client.post('/chat/completions', { body })
    await client.post('/chat/completions', { body, timeout: 5000, headers: { 'x-call': 'own' } })
    await client.embeddings.create({ model: 'e', input: 'hi' }, { timeout: 5000 })
    await client.embeddings.create({ model: 'e', input: 'ho' }, { timeout: 5000 })
    await client.models.list()
  }
  const sent = fake.requests.map(({ method, path, headers, body: sentBody }) => ({
    method,
    path,
    headers,
    body: sentBody,
  }))
  expect(sent).toHaveLength(16)
  expect(sent.slice(8)).toEqual(sent.slice(0, 8))
  expect(sent[9]?.headers).toMatchObject({
    authorization: 'Bearer sk-1',
    'x-team': 'blue',
    'x-stainless-timeout': '5',
  })
  expect(sent[12]?.headers).toMatchObject({ 'x-call': 'own' })
  expect(sent[13]?.headers).not.toHaveProperty('x-call')
})

test('its one POST sends the same bytes, and throws the same errors', async () => {
  const script = [
    {},
    { status: 429, retryAfter: 7 },
    { status: 400, param: 'x', message: 'no' },
    { fault: 'html', status: 502 },
  ] as const
  const failures = [{ body: { object: 'error', message: 'flat', code: 3 }, status: 422 }] as const
  const { fake, lean, official } = await clients({ script: [...script, ...failures, ...script, ...failures] })
  const sends = [
    () => official.post('/chat/completions', { body, timeout: 5000 }).asResponse(),
    () =>
      lean.postOnce('/chat/completions', {
        body,
        timeout: 5000,
        signal: new AbortController().signal,
        fetchOptions: { delivery: { isSent: false } },
      }),
  ]
  const outcomes = []
  for (const send of sends) {
    for (const _ of [...script, ...failures])
      outcomes.push(
        await send().then(
          (response) => response.text(),
          (error: unknown) => error,
        ),
      )
  }
  const told = outcomes.map((outcome) => {
    if (!(outcome instanceof APIError)) return typeof outcome
    const { status, message, code, param, error } = outcome
    return { name: outcome.constructor.name, status, message, code, param, error: error as unknown }
  })
  expect(told).toHaveLength(10)
  expect(told.slice(5)).toEqual(told.slice(0, 5))
  const sent = fake.requests.map(({ headers, body: sentBody }) => ({ headers, body: sentBody }))
  expect(sent.slice(5)).toEqual(sent.slice(0, 5))
})

test('its timeout ends the request on the wire', async () => {
  const { fake, lean } = await clients({ script: [{ fault: 'silence' }, { fault: 'silence' }] })
  for (const _ of [1, 2]) {
    await expect(lean.post('/chat/completions', { body, timeout: 30 })).rejects.toBeInstanceOf(
      APIConnectionTimeoutError,
    )
  }
  expect((await fake.waitForClose()).outcome).toBe('client-closed')
})

test('an abort ends the request on the wire, and its reason is kept', async () => {
  const { fake, lean } = await clients({ script: [{}, { fault: 'silence' }] })
  const controller = new AbortController()
  await lean.post('/chat/completions', { body, signal: controller.signal })
  const pending = lean
    .post('/chat/completions', { body, signal: controller.signal })
    .catch((error: unknown) => error)
  await fake.waitFor(2)
  const reason = new Error('no longer needed')
  controller.abort(reason)
  const error = await pending
  expect(error).toBeInstanceOf(APIUserAbortError)
  expect((error as APIUserAbortError).cause).toBe(reason)
  await fake.waitForClose()
})
