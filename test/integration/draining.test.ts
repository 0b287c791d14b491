/** Closing a router while it is used: what is under way ends well, or at the limit; what comes is refused. */
import { request, type IncomingMessage, type ServerResponse } from 'node:http'
import express from 'express'
import OpenAI from 'openai'
import { describe, expect, test } from 'vitest'
import type { RouterOptions } from '../../src/config/options.ts'
import { LlmError } from '../../src/core/llm-error.ts'
import { openaiEndpoint } from '../../src/endpoints/openai-endpoint.ts'
import { llmErrorHandler } from '../../src/middleware/error-handler.ts'
import { llm } from '../../src/middleware/llm.ts'
import type { Router } from '../../src/surface/router.ts'
import { aFake, aRouter, providersOf, saying, served } from '../support/app.ts'
import { arriving } from './support/piped.ts'
import { ASKED, DONE, hear, says, STOP, told, writtenBy } from './support/sse.ts'
import { httpUpstream } from './support/transport-servers.ts'

const LONG = { timeoutMs: 60_000 }
const SOON = { timeoutMs: 20 }

/** A provider that has begun to answer, and goes on when it is told to. */
async function aHeldStream(config: Partial<RouterOptions> = {}) {
  const { promise, resolve: goOn } = Promise.withResolvers<void>()
  const parts = await writtenBy(async (res) => {
    res.write(says('One '))
    await promise
    res.end(says('two.') + STOP + told(5, 2) + DONE)
  }, config)
  return { ...parts, goOn }
}

async function failureOf(work: Promise<unknown>): Promise<LlmError> {
  const error: unknown = await work.catch((thrown: unknown) => thrown)
  if (!(error instanceof LlmError)) throw new Error('no LlmError', { cause: error })
  return error
}

/** An app with a route that streams, and the door. */
async function anApp(router: Router): Promise<string> {
  const app = express()
  app.use('/v1', openaiEndpoint(router, { authorize: () => ({}) }))
  app.use(express.json(), llm(router))
  app.post('/stream', async (req, res) => {
    const stream = await req.llm.chat.completions.create(ASKED, { detached: req.body.detached === true })
    // The client is told what there is to tell; the report has the rest.
    await stream.pipe(res).catch(() => undefined)
  })
  app.post('/ask', async (req, res) => void res.json(await req.llm.ask('hi')))
  app.use(llmErrorHandler())
  return await served(app)
}

function post(url: string, body: object = {}): Promise<Response> {
  const headers = { 'content-type': 'application/json' }
  return fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
}

function bodyOf({ body }: Response) {
  if (body === null) throw new Error('no body')
  return arriving(body)
}

describe('with a time limit', () => {
  test('a stream under way ends as if nothing were, and only then the router is closed', async () => {
    const { router, goOn } = await aHeldStream()
    const events: string[] = []
    const stream = await router.chat.completions.create(ASKED)
    const settled = stream.report.then(() => events.push('settled'))
    const closing = router.close(LONG).then(() => events.push('closed'))
    expect(router.isReady).toBe(false)
    goOn()
    expect(await hear(stream)).toEqual({ text: 'One two.', error: undefined })
    await Promise.all([settled, closing])
    expect(events).toEqual(['settled', 'closed'])
    expect(await stream.report).toMatchObject({ outcome: 'success', costStatus: 'exact', outputTokens: 2 })
  })

  test('a new call is refused at once, and told when to come back', async () => {
    const { router, goOn, upstream } = await aHeldStream()
    expect(router.isReady).toBe(true)
    const stream = await router.chat.completions.create(ASKED)
    const closing = router.close(LONG)
    for (const call of [router.ask('hi'), router.chat.completions.create(ASKED), router.with({}).ask('hi')]) {
      expect(await failureOf(call)).toMatchObject({ code: 'router_closed', status: 503, retryAfterMs: 1_000 })
    }
    goOn()
    await Promise.all([hear(stream), closing])
    expect(upstream.connections).toHaveLength(1)
  })

  test('a call under way may still fall back', async () => {
    const { promise, resolve: fail } = Promise.withResolvers<void>()
    const { promise: asked, resolve: tellAsked } = Promise.withResolvers<void>()
    const down = await httpUpstream(async (req, res) => {
      req.resume()
      tellAsked()
      await promise
      res.writeHead(401).end()
    })
    const second = await aFake({ answer: 'Here.' })
    const { router } = aRouter({
      tiers: { cheap: ['first/a', 'second/a'] },
      providers: { first: { preset: 'vllm', baseUrl: `${down.url}/v1` }, ...providersOf({ second }) },
    })
    const asking = router.ask('hi')
    await asked
    const closing = router.close(LONG)
    fail()
    expect((await asking).report.target).toBe('second/a')
    await closing
  })

  test('a detached stream is waited for though its client has gone', async () => {
    const { router, goOn, lines } = await aHeldStream()
    const url = await anApp(router)
    const client = request(`${url}/stream`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
    })
    client.on('error', () => undefined).end('{"detached":true}')
    await new Promise<void>((resolve) => {
      client.once('response', (res) => res.once('data', () => resolve()))
    })
    client.destroy()
    await new Promise((resolve) => {
      client.once('close', resolve)
    })
    const closing = router.close(LONG)
    goOn()
    await closing
    expect(lines.at(-1)).toMatchObject({ message: 'llm call', fields: { outcome: 'success' } })
  })

  test('what is left at its end fails, is billed and told, and its client gets no [DONE]', async () => {
    const { router, lines } = await aHeldStream()
    const url = await anApp(router)
    const body = bodyOf(await post(`${url}/stream`))
    await body.until(says('One '))
    await router.close(SOON)
    // Settled before the router is closed.
    expect(lines.filter(({ message }) => message === 'llm call').map(({ fields }) => fields)).toEqual([
      expect.objectContaining({ outcome: 'cancelled', costStatus: 'estimated', costUsd: expect.any(Number) }),
    ])
    const text = await body.rest()
    expect(text).not.toContain('[DONE]')
    expect(JSON.parse(text.split('data: ').at(-1) ?? '')).toEqual({
      error: {
        message: 'The server is shutting down.',
        type: 'server_error',
        param: null,
        code: 'router_closed',
      },
    })
  })

  test('a stream that nobody reads does not keep it open longer', async () => {
    const { router } = await aHeldStream()
    const stream = await router.chat.completions.create(ASKED)
    await router.close(SOON)
    expect(await stream.report).toMatchObject({ outcome: 'cancelled', errorType: 'cancelled' })
    expect((await hear(stream)).error).toMatchObject({ code: 'router_closed', retryAfterMs: 1_000 })
  })

  test('a second close ends it at once, and both are kept', async () => {
    const { router } = await aHeldStream()
    const stream = await router.chat.completions.create(ASKED)
    const reading = hear(stream)
    await Promise.all([router.close(LONG), router.close()])
    expect((await reading).error).toMatchObject({ code: 'router_closed' })
    await router.close(LONG)
  })

  test('nothing under way: it closes at once, and leaves no timer', async () => {
    const fake = await aFake()
    const { router } = aRouter({ tiers: { cheap: ['fake/a'] }, providers: providersOf({ fake }) })
    await router.ask('hi')
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
    const before = timers()
    await router.close(LONG)
    expect(timers()).toBeLessThanOrEqual(before)
  })

  test('a limit that is none is an error that names it, and the router goes on', async () => {
    const fake = await aFake()
    const { router } = aRouter({ tiers: { cheap: ['fake/a'] }, providers: providersOf({ fake }) })
    const error = await failureOf(router.close({ timeoutMs: -1 }))
    expect(error).toMatchObject({ code: 'config_invalid', param: 'timeoutMs' })
    expect(router.isReady).toBe(true)
    expect((await router.ask('hi')).text).toBe('Hello from fake.')
  })
})

test('a fetch of the app’s own that minds no signal keeps neither a call nor the closing waiting', async () => {
  const { router } = aRouter({
    tiers: { cheap: ['fake/a'] },
    providers: { fake: { preset: 'vllm', baseUrl: 'http://nowhere.invalid/v1' } },
    transport: { kind: 'fetch', fetch: () => new Promise<never>(() => undefined) },
  })
  expect(await failureOf(router.ask('hi', { timeout: 20 }))).toMatchObject({ code: 'deadline_exceeded' })
  const calls = [failureOf(router.ask('hi')), failureOf(router.chat.completions.create(ASKED))]
  await router.close(SOON)
  expect((await Promise.all(calls)).map(({ code }) => code)).toEqual(['router_closed', 'router_closed'])
})

describe('while it drains, over HTTP', () => {
  test('the door refuses in OpenAI’s words, and its stream under way ends with [DONE]', async () => {
    const { router, goOn } = await aHeldStream()
    const url = await anApp(router)
    const body = bodyOf(await post(`${url}/v1/chat/completions`, { model: 'cheap', ...ASKED }))
    await body.until('\n\n')
    const closing = router.close(LONG)
    for (const stream of [false, true]) {
      const refused = await post(`${url}/v1/chat/completions`, { model: 'cheap', ...saying('hi'), stream })
      expect([refused.status, await refused.json()]).toEqual([
        503,
        {
          error: expect.objectContaining({
            message: 'The server is shutting down.',
            type: 'server_error',
            code: 'router_closed',
          }),
        },
      ])
      const { headers } = refused
      expect([headers.get('retry-after'), headers.get('retry-after-ms')]).toEqual(['1', '1000'])
      // OpenAI's clients may come again, and should come to another process.
      expect([headers.get('x-should-retry'), headers.get('connection')]).toEqual([null, 'close'])
    }
    const client = new OpenAI({ apiKey: 'k', baseURL: `${url}/v1`, maxRetries: 0 })
    await expect(client.embeddings.create({ model: 'cheap', input: 'hi' })).rejects.toMatchObject({
      status: 503,
      code: 'router_closed',
    })
    goOn()
    expect((await body.rest()).endsWith(DONE)).toBe(true)
    await closing
  })

  test('the error handler answers 503 with problem JSON and retry-after', async () => {
    const { router, goOn } = await aHeldStream()
    const url = await anApp(router)
    const stream = await router.chat.completions.create(ASKED)
    const closing = router.close(LONG)
    const refused = await post(`${url}/ask`)
    expect([refused.status, await refused.json()]).toEqual([
      503,
      expect.objectContaining({ code: 'router_closed', title: 'The server is shutting down' }),
    ])
    expect([refused.headers.get('retry-after'), refused.headers.get('connection')]).toEqual(['1', 'close'])
    goOn()
    await Promise.all([hear(stream), closing])
  })

  test('a request whose body is on its way gets its 503 before the connection goes', async () => {
    const { router } = await aHeldStream()
    await router.close()
    const handle = llmErrorHandler()
    const url = await served(
      (req: IncomingMessage, res: ServerResponse) =>
        void router.ask('hi').catch((error: unknown) => handle(error, req, res, () => res.destroy())),
    )
    const client = request(url, { method: 'POST', headers: { 'content-length': 5 } })
    client.write('1')
    const status = await new Promise((resolve, reject) => {
      client
        .once('response', (res) => resolve([res.statusCode, res.headers.connection]))
        .once('error', reject)
    })
    expect(status).toEqual([503, 'keep-alive'])
    client.destroy()
  })
})
