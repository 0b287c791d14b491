/** What a request has cost, where loggers look for it, and a word about requests that make many calls. */
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import connect from 'connect'
import express from 'express'
import express4 from 'express4'
import { describe, expect, test } from 'vitest'
import type { RouterOptions } from '../../src/config/options.ts'
import type { CallSummary } from '../../src/core/report.ts'
import { llm, type LlmMiddleware, type LlmRequest } from '../../src/middleware/llm.ts'
import type { Llm } from '../../src/surface/llm.ts'
import { aFake, aRouter, providersOf, served } from '../support/app.ts'

async function aMiddleware(parts: Partial<RouterOptions> = {}) {
  const fake = await aFake()
  const kept = aRouter({
    tiers: { cheap: ['fake/a'] },
    targets: { 'fake/a': { price: { inputUsdPerMTok: 1, outputUsdPerMTok: 2 } } },
    providers: providersOf({ fake }),
    ...parts,
  })
  return { ...kept, middleware: llm(kept.router) }
}

type Ask = (req: { readonly llm: Llm }) => Promise<unknown>

/** The same app on each host: `logger` before everything, then ours, then a handler that asks and answers. */
const HOSTS: Readonly<
  Record<string, (ours: LlmMiddleware, logger: LlmMiddleware, ask: Ask) => Promise<string>>
> = {
  'Express 5': (ours, logger, ask) => {
    const app = express()
    app.use(logger, ours)
    app.post('/ask/:id', async (req, res) => res.json(await ask(req)))
    return served(app)
  },
  'Express 4': (ours, logger, ask) => {
    const app = express4()
    app.use(logger, ours)
    app.post('/ask/:id', (req, res, next) => {
      ask(req).then((answer) => res.json(answer), next)
    })
    return served(app)
  },
  Connect: (ours, logger, ask) => {
    const app = connect()
    app.use(logger).use(ours)
    app.use('/ask', (req, res, next) => {
      ask(req as LlmRequest).then((answer) => res.end(JSON.stringify(answer)), next)
    })
    return served(app)
  },
}

/** As morgan does it: a token is read when the response is done, from the response that was there at the begin. */
function aTokenLogger(): { readonly logger: LlmMiddleware; readonly next: () => Promise<unknown> } {
  let done = Promise.withResolvers<unknown>()
  const token = (res: ServerResponse): unknown => Reflect.get(Object(Reflect.get(res, 'locals')), 'llm')
  return {
    logger: (_req, res, next) => {
      void once(res, 'finish').then(() => done.resolve(token(res)))
      next()
    },
    async next() {
      const value = await done.promise
      done = Promise.withResolvers()
      return value
    },
  }
}

describe.each(Object.entries(HOSTS))('on %s', (host, serve) => {
  test('a logger finds at res.locals.llm what req.llm.summary() says', async () => {
    const { middleware } = await aMiddleware()
    const { logger, next } = aTokenLogger()
    let summary: CallSummary | undefined
    const url = await serve(middleware, logger, async (req) => {
      await Promise.all([req.llm.ask('one'), req.llm.ask('two')])
      return (summary = req.llm.summary())
    })
    await fetch(`${url}/ask/1`, { method: 'POST' })
    expect(await next()).toEqual(summary)
    expect(summary).toMatchObject({ calls: 2, attempts: 2, costStatus: 'exact' })
  })

  test('a request with more calls than `manyCalls` is told of, once for its route', async () => {
    const { middleware, lines } = await aMiddleware({ manyCalls: 2 })
    const { logger, next } = aTokenLogger()
    const url = await serve(middleware, logger, async (req) => {
      for (let call = 0; call < 4; call++) await req.llm.ask('hi')
    })
    for (let request = 0; request < 2; request++) {
      await fetch(`${url}/ask/${request}`, { method: 'POST' })
      await next()
    }
    const route = host === 'Connect' ? 'POST (unknown route)' : 'POST /ask/:id'
    await expect
      .poll(() => lines.filter(({ level }) => level === 'warn'))
      .toMatchObject([{ fields: { calls: 4, route } }])
    expect(lines.find(({ level }) => level === 'warn')?.message).toMatch(
      /^express-llm: one request of POST .+ made 4 calls for \$\S+\. If that is a loop, .+ `manyCalls` \(2\)/,
    )
  })
})

test.each([
  [2, 2],
  [false as const, 12],
])('with manyCalls: %s nothing is said of %i calls', async (manyCalls, calls) => {
  const { middleware, lines } = await aMiddleware({ manyCalls })
  const { logger, next } = aTokenLogger()
  const url = await HOSTS['Express 5']?.(middleware, logger, async (req) => {
    for (let call = 0; call < calls; call++) await req.llm.ask('hi')
  })
  await fetch(`${url}/ask/1`, { method: 'POST' })
  await next()
  expect(lines.filter(({ level }) => level === 'warn')).toEqual([])
})

test("a value of the app's own at res.locals.llm stays, whenever it is set", async () => {
  const { middleware } = await aMiddleware()
  const app = express()
  app.use('/before', (_req, res, next) => {
    Object.assign(res.locals, { llm: 'mine' })
    next()
  })
  app.use(middleware)
  app.use((_req, res) => {
    if (_req.path === '/after') Object.assign(res.locals, { llm: 'mine' })
    res.json({ llm: res.locals.llm })
  })
  const url = await served(app)
  for (const path of ['before', 'after'])
    expect(await (await fetch(`${url}/${path}`)).json()).toEqual({ llm: 'mine' })
})

test('what is printed whole does not hold it', async () => {
  const { middleware } = await aMiddleware()
  const app = express()
  app.use(middleware)
  app.use((_req, res) => {
    res.json(res.locals)
  })
  expect(await (await fetch(await served(app))).json()).toEqual({})
})
