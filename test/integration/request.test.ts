import { EventEmitter, once } from 'node:events'
import connect from 'connect'
import express, { type Express, type Request } from 'express'
import express4 from 'express4'
import { describe, expect, test } from 'vitest'
import type { RouterOptions } from '../../src/config/options.ts'
import { LlmError } from '../../src/core/llm-error.ts'
import type { CallReport } from '../../src/core/report.ts'
import { llmErrorHandler } from '../../src/middleware/error-handler.ts'
import type { FakeStepLike } from '../../src/testing/fake/step.ts'
import { llm, type LlmRequest } from '../../src/middleware/llm.ts'
import { aFake, aRouter, keptLogger, providersOf, saying, served, type LogLine } from '../support/app.ts'

async function optionsFor(parts: Partial<RouterOptions> = {}) {
  const fake = await aFake()
  const options: RouterOptions = {
    tiers: { premium: ['fake/gpt-4o'], cheap: ['fake/gpt-4o-mini'] },
    targets: {
      'fake/gpt-4o': { price: { inputUsdPerMTok: 2.5, outputUsdPerMTok: 10 } },
      'fake/gpt-4o-mini': { price: { inputUsdPerMTok: 0.15, outputUsdPerMTok: 0.6 } },
    },
    defaultTier: 'cheap',
    providers: providersOf({ fake }),
    env: {},
    ...parts,
  }
  return { fake, options }
}

/** Answers with the report of one call, made in a handler of each host. */
function handled(options: RouterOptions): Readonly<Record<string, Express | connect.Server>> {
  const five = express()
  five.use(llm(options))
  five.get('/ask/:id', async (req, res) => {
    res.json((await req.llm.chat.completions.create(saying('hi')).withReport()).report)
  })
  const four = express4()
  four.use(llm(options))
  four.get('/ask/:id', (req, res, next) => {
    req.llm.chat.completions
      .create(saying('hi'))
      .withReport()
      .then(({ report }) => res.json(report), next)
  })
  const plain = connect()
  plain.use(llm(options))
  plain.use('/ask', (req, res, next) => {
    const { llm } = req as LlmRequest
    llm.chat.completions
      .create(saying('hi'))
      .withReport()
      .then(({ report }) => res.end(JSON.stringify(report)), next)
  })
  return { 'Express 5': five, 'Express 4': four, Connect: plain }
}

test.each([
  ['Express 5', '/ask/:id'],
  ['Express 4', '/ask/:id'],
  ['Connect', undefined],
])('%s: req.llm routes a call, and knows the route by its pattern', async (host, route) => {
  const { options } = await optionsFor()
  const app = handled(options)[host]
  if (app === undefined) throw new Error(`no app for ${host}`)
  const report = (await (await fetch(`${await served(app)}/ask/7`)).json()) as CallReport
  expect(report).toMatchObject({
    outcome: 'success',
    target: 'fake/gpt-4o-mini',
    tier: 'cheap',
    costStatus: 'exact',
  })
  expect(report.route).toBe(route)
})

describe.each([
  ['Express 5', express],
  ['Express 4', express4],
])('%s: the route', (_host, framework) => {
  async function routeAt(mount: string, pattern: string | string[], path: string) {
    const { options } = await optionsFor()
    const app = framework()
    app.use(llm(options))
    const inner = framework.Router()
    inner.get(pattern, (req, res, next) => {
      req.llm.ask('hi').then(({ report }) => res.json(report), next)
    })
    app.use(mount, inner)
    const report = (await (await fetch((await served(app)) + path)).json()) as CallReport
    return report.route
  }

  test('holds the mount of its router', async () => {
    expect(await routeAt('/api', '/ask/:id', '/api/ask/7')).toBe('/api/ask/:id')
  })

  test('never shows what stood in a path: a mount at a pattern is hidden', async () => {
    expect(await routeAt('/users/:id', '/ask/:q', '/users/ann@example.com/ask/7')).toBe('/*/*/ask/:q')
  })

  test('of several paths is all of them', async () => {
    expect(await routeAt('/api', ['/a', '/b'], '/api/b')).toBe('/api/a|/b')
  })
})

describe('identify', () => {
  async function asked(identify: RouterOptions['identify'], calls: (req: Request) => Promise<unknown>) {
    const { options, fake } = await optionsFor(identify === undefined ? {} : { identify })
    const app = express()
    app.use(llm(options))
    app.get('/ask', async (req, res) => {
      res.json(await calls(req))
    })
    app.use(llmErrorHandler())
    const response = await fetch(`${await served(app)}/ask`)
    return { status: response.status, body: (await response.json()) as Record<string, unknown>, fake }
  }

  test('runs once for all calls of a request, and only when the first is made', async () => {
    let runs = 0
    let runsBeforeFirst: number | undefined
    const identify = async () => {
      runs += 1
      await Promise.resolve()
      return { user: 'ann', tenant: 'acme' }
    }
    const { body } = await asked(identify, async (req) => {
      runsBeforeFirst = runs
      const calls = [req.llm.ask('one'), req.llm.ask('two'), req.llm.tier('premium').ask('three')]
      const reports = await Promise.all(calls)
      return { users: reports.map(({ report }) => report.user), summary: req.llm.summary() }
    })
    expect([runsBeforeFirst, runs]).toEqual([0, 1])
    expect(body).toMatchObject({
      users: ['ann', 'ann', 'ann'],
      summary: { calls: 3, attempts: 3, costStatus: 'exact' },
    })
  })

  test.each<[string, RouterOptions['identify']]>([
    ['throws', () => Promise.reject(new Error('db password is hunter2'))],
    [
      'throws at once',
      () => {
        throw new Error('db password is hunter2')
      },
    ],
    ['answers nothing', () => undefined as never],
    ['misspells allow', () => ({ alow: ['cheap'] }) as never],
    ['answers a wrong allow', () => ({ allow: 'cheap' }) as never],
  ])('fails closed when it %s, and tells no outsider why', async (_name, identify) => {
    const { status, body, fake } = await asked(identify, (req) => req.llm.ask('hi'))
    expect([status, body['code']]).toEqual([500, 'identify_failed'])
    expect(JSON.stringify(body)).not.toContain('hunter2')
    expect(fake.requests).toHaveLength(0)
  })

  test('fails closed when it never answers', async () => {
    const { options, fake } = await optionsFor({
      identify: () => new Promise(() => undefined),
      timeouts: { identifyMs: 30 },
    })
    const app = express()
    app.use(llm(options))
    app.get('/ask', async (req, res) => {
      res.json(await req.llm.ask('hi'))
    })
    app.use(llmErrorHandler())
    expect((await fetch(`${await served(app)}/ask`)).status).toBe(500)
    expect(fake.requests).toHaveLength(0)
  })

  test.each([
    [{ status: 401 }, 401],
    [{ status: 403 }, 403],
    [{ status: 418 }, 500],
  ])('that throws %j answers %i: authentication is the client’s affair', async (thrown, status) => {
    const answer = await asked(
      () => {
        throw Object.assign(new Error('no'), thrown)
      },
      (req) => req.llm.ask('hi'),
    )
    expect([answer.status, answer.body['code']]).toEqual([status, 'identify_failed'])
  })

  test('whose allow misspells a tier is told, once', async () => {
    const lines: LogLine[] = []
    const { options } = await optionsFor({ identify: () => ({ allow: ['chep'] }), logger: keptLogger(lines) })
    const app = express()
    app.use(llm(options))
    app.get('/ask', async (req, res) => {
      await req.llm.ask('hi').catch(() => undefined)
      res.end()
    })
    const url = await served(app)
    for (const _ of [1, 2]) await fetch(`${url}/ask`)
    const warnings = lines.filter(({ level }) => level === 'warn').map(({ message }) => message)
    expect(warnings).toEqual([
      'express-llm: identify allows "chep", which is no tier, task, alias or usable target. Did you mean "cheap"?',
    ])
  })

  test('may not use req.llm itself, and says so instead of asking itself for ever', async () => {
    const identify = async (req: unknown) => {
      await (req as LlmRequest).llm.ask('who is this?')
      return {}
    }
    const { status, body, fake } = await asked(identify, async (req) => {
      const error = await req.llm.ask('hi').catch((thrown: Error) => thrown)
      return { message: (error as Error).message, cause: String((error as Error).cause) }
    })
    expect(status).toBe(200)
    expect(`${String(body['message'])} ${String(body['cause'])}`).toMatch(
      /identify failed.*it used req\.llm.*createRouter/,
    )
    expect(fake.requests).toHaveLength(0)
  })

  test('gives each call that it refuses an error and a report of its own', async () => {
    const { body } = await asked(
      () => {
        throw new Error('no')
      },
      async (req) => {
        const errors = await Promise.all(
          [1, 2].map(() => req.llm.ask('hi').catch((thrown: LlmError) => thrown)),
        )
        return { ids: errors.map((error) => (error instanceof LlmError ? error.report?.callId : undefined)) }
      },
    )
    const ids = body['ids'] as string[]
    expect(new Set(ids).size).toBe(2)
    expect(ids).not.toContain(undefined)
  })

  test.each([
    ['a tier outside allow', { allow: ['cheap'] }, 'premium', 403, 'not_allowed'],
    ['a raw target by default', {}, 'fake/gpt-4o', 403, 'not_allowed'],
    ['a target that the config does not name', { allow: ['*'] }, 'fake/gpt-5', 404, 'model_not_found'],
    ['a provider that the config does not name', { allow: ['*'] }, 'openai/gpt-4o', 404, 'model_not_found'],
    ['a URL', { allow: ['*'] }, 'http://evil.example/v1', 404, 'model_not_found'],
  ])('a request body cannot reach %s', async (_name, caller, model, status, code) => {
    const answer = await asked(
      () => caller,
      (req) => req.llm.chat.completions.create({ ...saying('hi'), model }),
    )
    expect([answer.status, answer.body['code']]).toEqual([status, code])
    expect(answer.fake.requests).toHaveLength(0)
  })

  test('what it allows can be reached', async () => {
    const { body } = await asked(
      () => ({ allow: ['fake/*'] }),
      async (req) => {
        const { report } = await req.llm.chat.completions
          .create({ ...saying('hi'), model: 'fake/gpt-4o' })
          .withReport()
        return report
      },
    )
    expect(body).toMatchObject({ target: 'fake/gpt-4o' })
  })

  test('a caller whose default is out of reach gets what is allowed', async () => {
    const { body } = await asked(
      () => ({ allow: ['premium'] }),
      async (req) => (await req.llm.ask('hi')).report,
    )
    expect(body).toMatchObject({ tier: 'premium', outcome: 'success' })
  })
})

test('importing the package types req.llm, and llm<AppRequest> types identify', async () => {
  interface AppRequest extends Request {
    session: { userId: string }
  }
  const { options } = await optionsFor()
  const handler = llm<AppRequest>({
    ...options,
    identify: (req, res) => ({ user: req.session.userId, tenant: res.locals['orgId'] }),
  })
  const app = express()
  app.use((req, res, next) => {
    Object.assign(req, { session: { userId: 'u-7' } })
    res.locals['orgId'] = 'o-9'
    next()
  })
  app.use(handler)
  app.get('/ask', async (req, res) => {
    res.json((await req.llm.ask('hi')).report)
  })
  expect(await (await fetch(`${await served(app)}/ask`)).json()).toMatchObject({ user: 'u-7', tenant: 'o-9' })
})

describe('response headers, when asked for', () => {
  test('tell target, attempts and cost of the request, and a Server-Timing metric per call', async () => {
    const { options } = await optionsFor({ responseHeaders: { serverTiming: true, report: true } })
    const app = express()
    app.use(llm(options))
    app.get('/ask', async (req, res) => {
      res.setHeader('server-timing', 'db;dur=5')
      await req.llm.ask('one')
      await req.llm.tier('premium').ask('two')
      res.json(req.llm.summary())
    })
    const response = await fetch(`${await served(app)}/ask`)
    const summary = (await response.json()) as { costUsd: number }
    expect(response.headers.get('x-llm-target')).toBe('fake/gpt-4o')
    expect(response.headers.get('x-llm-tier')).toBe('premium')
    expect(response.headers.get('x-llm-calls')).toBe('2')
    expect(response.headers.get('x-llm-attempts')).toBe('2')
    expect(Number(response.headers.get('x-llm-cost-usd'))).toBeCloseTo(summary.costUsd, 9)
    expect(response.headers.get('server-timing')).toMatch(
      /^db;dur=5, llm;dur=[\d.]+;desc="fake\/gpt-4o-mini, 1 attempt, \$0\.\d+", llm;dur=[\d.]+;desc="fake\/gpt-4o, 1 attempt, /,
    )
  })

  test('are absent by default, and never touch a response that has begun', async () => {
    const { options } = await optionsFor()
    const app = express()
    app.use(llm(options))
    app.get('/ask', async (req, res) => {
      await req.llm.ask('one')
      res.json({})
    })
    const plain = await fetch(`${await served(app)}/ask`)
    expect(
      [...plain.headers.keys()].filter((name) => name.startsWith('x-llm') || name === 'server-timing'),
    ).toEqual([])
    const late = express()
    late.use(llm({ ...options, responseHeaders: { serverTiming: true, report: true } }))
    late.get('/ask', async (req, res) => {
      res.write('begun ')
      await req.llm.ask('one')
      res.end('done')
    })
    expect(await (await fetch(`${await served(late)}/ask`)).text()).toBe('begun done')
  })
})

describe('llmErrorHandler', () => {
  async function problemOf(script: readonly FakeStepLike[], call: (req: Request) => Promise<unknown>) {
    const fake = await aFake({ script: script })
    const { router } = aRouter({
      tiers: { cheap: ['fake/a'] },
      providers: providersOf({ fake }),
      retry: { retriesPerTarget: 0 },
    })
    const app = express()
    app.use(express.json())
    app.use(llm(router))
    app.get('/ask', async (req, res) => {
      res.json(await call(req))
    })
    app.use(llmErrorHandler())
    const response = await fetch(`${await served(app)}/ask`)
    return { response, problem: (await response.json()) as Record<string, unknown> }
  }

  test.each<[string, readonly FakeStepLike[], number, string]>([
    ['a rate limit', [{ status: 429, retryAfter: 7 }], 429, 'exhausted'],
    ['an overloaded provider', [{ status: 503 }], 503, 'exhausted'],
    ['a failing provider', [{ status: 500 }], 502, 'exhausted'],
    ['a refused key', [{ status: 401 }], 502, 'exhausted'],
    ['an empty account', [{ status: 402 }], 502, 'exhausted'],
    ['a broken answer', [{ fault: 'html' }], 502, 'exhausted'],
    ['a refused request', [{ status: 400, message: 'top_p is too large' }], 400, 'upstream_refused'],
    ['a content filter', [{ fault: 'content-filter' }], 400, 'content_filtered'],
    ['a long prompt', [{ fault: 'context-length' }], 400, 'context_window_exceeded'],
  ])('answers %s with its status', async (_name, script, status, code) => {
    const { response, problem } = await problemOf(script, (req) => req.llm.ask('hi'))
    expect([response.status, problem['status'], problem['code']]).toEqual([status, status, code])
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/)
    expect(response.headers.get('retry-after')).toBe(status === 429 ? '7' : null)
    expect(problem).toMatchObject({
      type: `urn:express-llm:error:${code}`,
      callId: expect.stringMatching(/./),
    })
  })

  test('answers a silent provider with 504 and a spent allowance with 402', async () => {
    const silent = await problemOf([{ fault: 'silence' }], (req) =>
      req.llm.ask('hi', { attemptTimeoutMs: 20 }),
    )
    expect(silent.response.status).toBe(504)
    const dear = await problemOf([], (req) => req.llm.ask('hi', { maxCostUsd: 0 }))
    expect([dear.response.status, dear.problem['code']]).toEqual([402, 'no_candidate'])
  })

  test('a failure on our side is told to the operator, cause included, though the client learns nothing', async () => {
    const lines: LogLine[] = []
    const identify = () => {
      throw new Error('db is down')
    }
    const { options } = await optionsFor({ identify, logger: keptLogger(lines) })
    const app = express()
    app.use(llm(options))
    app.get('/ask', async (req, res) => {
      res.json(await req.llm.ask('hi'))
    })
    app.use(llmErrorHandler())
    expect(await (await fetch(`${await served(app)}/ask`)).text()).not.toContain('db is down')
    expect(lines).toMatchObject([
      {
        level: 'error',
        message: 'llm call',
        fields: { errorCode: 'identify_failed', cause: 'Error: db is down' },
      },
    ])
  })

  test('names no provider, target or key in what it says of a failure on our side', async () => {
    const { problem } = await problemOf([{ status: 401, message: 'bad key key-of-fake' }], (req) =>
      req.llm.ask('hi'),
    )
    expect(JSON.stringify(problem)).not.toMatch(/fake|key-of/)
  })

  test('leaves other errors to the next handler', async () => {
    const app = express()
    app.get('/', () => {
      throw new TypeError('mine')
    })
    app.use(llmErrorHandler())
    app.use((error: Error, _req: Request, res: express.Response, _next: express.NextFunction) => {
      res.status(418).send(error.message)
    })
    const response = await fetch(await served(app))
    expect([response.status, await response.text()]).toEqual([418, 'mine'])
  })
})

describe('misuse is found and said', () => {
  test('the middleware mounted twice with the same router: one warning, one req.llm', async () => {
    const lines: LogLine[] = []
    const { options } = await optionsFor({ logger: keptLogger(lines) })
    const handler = llm(options)
    const app = express()
    app.use(handler)
    app.use(handler)
    app.get('/ask', async (req, res) => {
      res.json((await req.llm.ask('hi')).report)
    })
    const url = await served(app)
    expect((await fetch(`${url}/ask`)).status).toBe(200)
    expect((await fetch(`${url}/ask`)).status).toBe(200)
    expect(lines.filter(({ message }) => message.includes('mounted_twice'))).toHaveLength(1)
  })

  test('two different routers on one request: an error that says what to do', async () => {
    const { options } = await optionsFor()
    const app = express()
    app.use(llm(options))
    app.use(llm(options))
    const failed = new EventEmitter()
    const seen = once(failed, 'error-seen')
    app.use((error: unknown, _req: Request, res: express.Response, _next: express.NextFunction) => {
      failed.emit('error-seen', error)
      res.status(500).end()
    })
    await fetch(`${await served(app)}/ask`)
    const [error] = (await seen) as [LlmError]
    expect(error).toBeInstanceOf(LlmError)
    expect(error).toMatchObject({ code: 'mounted_twice', message: expect.stringContaining('createRouter') })
  })

  test('a second argument of llm(), which nobody would read', async () => {
    const { options } = await optionsFor()
    const { router } = aRouter(options)
    const loose = llm as (...args: unknown[]) => unknown
    expect(() => loose(router, { identify: () => ({}) })).toThrow(
      expect.objectContaining({ code: 'config_invalid' }),
    )
  })

  test('a router made in a handler that runs after the body has been read', async () => {
    const lines: LogLine[] = []
    const { options } = await optionsFor({ logger: keptLogger(lines) })
    const app = express()
    app.use(express.json())
    app.post('/ask', (_req, res) => {
      aRouter(options)
      res.end()
    })
    const headers = { 'content-type': 'application/json' }
    await fetch(`${await served(app)}/ask`, { method: 'POST', headers, body: '{}' })
    expect(lines.filter(({ message }) => message.includes('router_in_handler'))).toHaveLength(1)
  })

  test('routers that are made and never closed, wherever', async () => {
    const lines: LogLine[] = []
    const { options } = await optionsFor({ logger: keptLogger(lines) })
    for (let count = 0; count < 12; count++) aRouter(options)
    expect(lines.map(({ message }) => message)).toContainEqual(
      expect.stringMatching(/\d+ routers are open.*createRouter/),
    )
  })

  test('a router made inside a handler is warned about; one made at start is not', async () => {
    const lines: LogLine[] = []
    const { options } = await optionsFor({ logger: keptLogger(lines) })
    const { router } = aRouter(options)
    const app = express()
    app.get('/ask', async (_req, res) => {
      const { router: inside } = aRouter(options)
      res.json((await inside.ask('hi')).report)
    })
    expect(router.summary().calls).toBe(0)
    expect(lines).toEqual([])
    await fetch(`${await served(app)}/ask`)
    expect(lines.filter(({ message }) => message.includes('router_in_handler'))).toHaveLength(1)
  })
})
