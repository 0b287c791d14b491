/** `req.llm.fetch`: what a WHATWG fetch promises, without a network. */
import { setMaxListeners, getEventListeners } from 'node:events'
import { describe, expect, test } from 'vitest'
import { llm } from '../../src/middleware/llm.ts'
import type { Router } from '../../src/surface/router.ts'
import { keptLogger, saying } from '../support/app.ts'
import { aRequest, aRoutedFake } from '../support/door.ts'
import { eventsIn, openaiShapes } from '../support/openai-shapes.ts'

const URL_OF_CHAT = 'https://api.openai.com/v1/chat/completions'
const chat = { model: 'cheap', ...saying('hi') }
const posted = (body: unknown): RequestInit => ({ method: 'POST', body: JSON.stringify(body) })

function ask(router: Pick<Router, 'fetch'>, body: unknown = chat, init: RequestInit = {}): Promise<Response> {
  return router.fetch(URL_OF_CHAT, { ...posted(body), ...init })
}

describe('takes whatever fetch takes', () => {
  const text = JSON.stringify(chat)
  const pieces = (): ReadableStream<Uint8Array> =>
    ReadableStream.from([Buffer.from(text.slice(0, 9)), Buffer.from(text.slice(9))])

  test.each<[string, string | URL | (() => Request), RequestInit?]>([
    ['a text', URL_OF_CHAT, { method: 'POST', body: text }],
    ['a URL', new URL(URL_OF_CHAT), { method: 'post', body: text }],
    ['a Request', () => new Request(URL_OF_CHAT, { method: 'POST', body: text })],
    ['a Request and init', () => new Request(URL_OF_CHAT), { method: 'POST', body: text }],
    ['bytes', URL_OF_CHAT, { method: 'POST', body: Buffer.from(text) }],
    ['a Blob', URL_OF_CHAT, { method: 'POST', body: new Blob([text]) }],
    ['a stream', URL_OF_CHAT, { method: 'POST', body: pieces() }],
    [
      'any host and base',
      'http://localhost:1/a/b/chat/completions?api-version=1',
      { method: 'POST', body: text },
    ],
    [
      'keys that nobody looks at',
      URL_OF_CHAT,
      { method: 'POST', body: text, headers: { authorization: 'x' } },
    ],
    ['no signal', URL_OF_CHAT, { method: 'POST', body: text, signal: null }],
  ])('%s', async (_name, input, init) => {
    const { router } = await aRoutedFake()
    const response = await router.fetch(typeof input === 'function' ? input() : input, init)
    expect(response).toBeInstanceOf(Response)
    expect([response.status, response.ok]).toEqual([200, true])
    openaiShapes.completion.parse(await response.json())
  })

  test('and rejects with a TypeError what is no request', async () => {
    const { router, fake } = await aRoutedFake()
    await expect(router.fetch('no url')).rejects.toBeInstanceOf(TypeError)
    await expect(router.fetch(URL_OF_CHAT, { method: 'GET', body: '{}' })).rejects.toBeInstanceOf(TypeError)
    expect(fake.requests).toHaveLength(0)
  })
})

describe('answers', () => {
  test('in the shapes of OpenAI’s description', async () => {
    const { router } = await aRoutedFake()
    const streamed = await ask(router, { ...chat, stream: true })
    expect(streamed.headers.get('content-type')).toMatch(/^text\/event-stream/)
    const { data, isDone } = eventsIn(await streamed.text())
    expect(isDone).toBe(true)
    for (const chunk of data) openaiShapes.chunk.parse(chunk)
    const vectors = await router.fetch('http://x/embeddings', posted({ model: 'vectors', input: 'hi' }))
    openaiShapes.embeddings.parse(await vectors.json())
    const models = openaiShapes.models.parse(await (await router.fetch('http://x/v1/models')).json())
    // The app's own code outside of requests may name its targets.
    expect(models.data.map(({ id }) => id)).toContain('fake/small')
    const model = await router.fetch('http://x/v1/models/fake%2Fsmall')
    expect(openaiShapes.model.parse(await model.json()).id).toBe('fake/small')
  })

  test.each<[string, string, RequestInit, number]>([
    ['an unknown path', 'http://x/v1/files', { method: 'POST', body: '{}' }, 404],
    ['a wrong method', 'http://x/v1/models', { method: 'DELETE' }, 405],
    ['no JSON', URL_OF_CHAT, { method: 'POST', body: 'hi' }, 400],
    ['no body', URL_OF_CHAT, { method: 'POST' }, 400],
    ['an unknown model', URL_OF_CHAT, posted({ ...chat, model: 'no-such' }), 404],
    ['too many choices', URL_OF_CHAT, posted({ ...chat, n: 17 }), 400],
  ])('failures as responses: %s', async (_name, url, init, status) => {
    const { router, fake } = await aRoutedFake()
    const response = await router.fetch(url, init)
    expect([response.status, response.ok]).toEqual([status, false])
    openaiShapes.error.parse(await response.json())
    expect(fake.requests).toHaveLength(0)
  })

  test('without a word about targets', async () => {
    const { router } = await aRoutedFake({ script: [{ status: 429, retryAfter: 20 }] })
    const response = await ask(router)
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '20'])
    expect(await response.text()).not.toMatch(/fake|small/)
  })
})

describe('belongs to its request', () => {
  test('calls are the caller’s, within what it may use, and in the request’s totals', async () => {
    const { router, lines } = await aRoutedFake({}, { identify: () => ({ user: 'ann', allow: ['cheap'] }) })
    const surface = await aRequest(llm(router))
    expect((await ask(surface)).status).toBe(200)
    expect((await ask(surface, { ...chat, model: 'premium' })).status).toBe(403)
    expect(lines[0]?.fields).toMatchObject({ user: 'ann', route: '/work' })
    expect(surface.summary().calls).toBe(2)
    const models = openaiShapes.models.parse(await (await surface.fetch('http://x/models')).json())
    expect(models.data.map(({ id }) => id)).toEqual(['cheap', 'default'])
  })

  test('options bound by with() hold; headers and metadata of the request are no options', async () => {
    const { router, fake } = await aRoutedFake()
    const bound = router.with({ tier: 'premium', feature: 'agent' })
    const headers = { 'x-llm-tier': 'cheap', 'x-llm-nonsense': '1' }
    const response = await ask(bound, { ...saying('hi'), metadata: { llm_tier: 'cheap' } }, { headers })
    expect(response.headers.get('x-llm-tier')).toBe('premium')
    expect(fake.requests[0]?.model).toBe('large')
  })

  test('identify that fails is a 500 without detail', async () => {
    const identify = (): never => {
      throw new Error('PLANTED')
    }
    const { router, lines } = await aRoutedFake({}, { identify })
    const surface = await aRequest(llm(router))
    for (const response of [await ask(surface), await surface.fetch('http://x/models')]) {
      expect(response.status).toBe(500)
      expect(await response.text()).not.toContain('PLANTED')
    }
    // It was asked once, and failed once.
    expect(lines.filter(({ level }) => level === 'error')).toHaveLength(1)
  })
})

describe('a signal', () => {
  test('that is aborted already rejects at once, and nothing is asked', async () => {
    const { router, fake } = await aRoutedFake()
    const reason = new Error('enough')
    await expect(ask(router, chat, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    const request = new Request(URL_OF_CHAT, { ...posted(chat), signal: AbortSignal.abort(reason) })
    await expect(router.fetch(request)).rejects.toBe(reason)
    expect(fake.requests).toHaveLength(0)
  })

  test('that aborts ends the call, and rejects with its reason', async () => {
    const { router, fake, lines } = await aRoutedFake({ script: [{ fault: 'silence' }] })
    const controller = new AbortController()
    const answer = ask(router, chat, { signal: controller.signal }).catch((thrown: unknown) => thrown)
    await fake.waitFor(1)
    controller.abort()
    expect(await answer).toBe(controller.signal.reason)
    await fake.waitForClose()
    expect(lines[0]?.fields).toMatchObject({ outcome: 'cancelled' })
  })

  test('that aborts in the middle of a stream ends both sides, and the body fails with its reason', async () => {
    const { router, fake } = await aRoutedFake({ script: [{ fault: 'stall', afterTokens: 2 }] })
    const controller = new AbortController()
    const response = await ask(router, { ...chat, stream: true }, { signal: controller.signal })
    const body = response.text().catch((thrown: unknown) => thrown)
    controller.abort(new Error('enough'))
    expect(await body).toBe(controller.signal.reason)
    await fake.waitForClose()
  })

  test('that aborts when the call is over still ends the body that is not read', async () => {
    const settled = Promise.withResolvers<void>()
    const logger = { ...keptLogger([]), info: () => settled.resolve() }
    const { router } = await aRoutedFake({}, { logger })
    const controller = new AbortController()
    const response = await ask(router, { ...chat, stream: true }, { signal: controller.signal })
    const reader = response.body?.getReader()
    await reader?.read()
    await settled.promise
    controller.abort(new Error('enough'))
    await expect(reader?.read()).rejects.toBe(controller.signal.reason)
  })

  test('of a Request does not count where null takes its place', async () => {
    const { router } = await aRoutedFake()
    const request = new Request(URL_OF_CHAT, { ...posted(chat), signal: AbortSignal.abort() })
    expect((await router.fetch(request, { signal: null })).status).toBe(200)
  })

  test('of the scope and of the call both end it', async () => {
    const { router, fake } = await aRoutedFake({ script: [{ fault: 'silence' }, { fault: 'silence' }] })
    const outer = new AbortController()
    const inner = new AbortController()
    const bound = router.with({ signal: outer.signal })
    const first = ask(bound, chat, { signal: inner.signal }).catch((thrown: unknown) => thrown)
    await fake.waitFor(1)
    inner.abort()
    expect(await first).toBe(inner.signal.reason)
    const second = ask(bound)
    await fake.waitFor(2)
    outer.abort()
    expect((await second).status).toBe(499)
  })

  test('ends the reading of a body that never ends', async () => {
    const { router } = await aRoutedFake()
    const controller = new AbortController()
    const body = new ReadableStream({ pull: () => controller.abort() })
    const answer = router.fetch(URL_OF_CHAT, {
      method: 'POST',
      body,
      signal: controller.signal,
      duplex: 'half',
    })
    const thrown: unknown = await answer.catch((reason: unknown) => reason)
    expect(thrown).toBe(controller.signal.reason)
  })

  test('has no listeners left when all is said', async () => {
    const { router } = await aRoutedFake()
    const { signal } = new AbortController()
    setMaxListeners(100, signal)
    for (let turn = 0; turn < 5; turn++) {
      await (await ask(router, chat, { signal })).json()
      await (await ask(router, { ...chat, stream: true }, { signal })).text()
      await (await ask(router, { ...chat, stream: true }, { signal })).body?.cancel()
    }
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  })
})

test('a body that is cancelled ends the upstream request', async () => {
  const { router, fake } = await aRoutedFake({ script: [{ fault: 'stall', afterTokens: 1 }] })
  const response = await ask(router, { ...chat, stream: true })
  await response.body?.cancel()
  expect((await fake.waitForClose()).outcome).toBe('client-closed')
})
