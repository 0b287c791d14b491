/** Who may read the cost API, and what it says when the ledger cannot be read. */
import { once } from 'node:events'
import { get as httpGet, type IncomingMessage, type ServerResponse } from 'node:http'
import express from 'express'
import { describe, expect, onTestFinished, test } from 'vitest'
import { basicAuth } from '../../../src/endpoints/basic-auth.ts'
import { costApi } from '../../../src/endpoints/cost-api.ts'
import { LedgerError } from '../../../src/core/ledger-error.ts'
import type { LedgerStore } from '../../../src/core/ledger-store.ts'
import { memoryLedger } from '../../../src/stores/memory-ledger.ts'
import { aRouter, providersOf, aFake, served } from '../../support/app.ts'
import { aCostApi, clientOf } from '../../support/cost-api.ts'
import { aFullRow, aRow, NOON_MS } from '../../support/ledger-rows.ts'
import { aLedgerRouter } from '../../support/ledger-router.ts'

const PATHS = [
  '/costs',
  '/costs/today',
  '/calls',
  '/calls/a',
  '/budgets',
  '/health',
  '/export',
  '/openapi.json',
]

/** A store that counts what it is asked. */
function watched(store: LedgerStore): { readonly store: LedgerStore; readonly asked: string[] } {
  const asked: string[] = []
  const watching = new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target)
      if (typeof value !== 'function') return value
      return (...given: unknown[]): unknown => {
        if (['totals', 'rollUps', 'calls', 'call', 'rows'].includes(String(name))) asked.push(String(name))
        return Reflect.apply(value, target, given)
      }
    },
  })
  return { store: watching, asked }
}

describe('who may read', () => {
  test.each([
    ['false', () => false, 403, 'forbidden'],
    ['nothing', () => undefined, 403, 'forbidden'],
    ['null, later', async () => null, 403, 'forbidden'],
    ['a user without a value', () => ({ user: undefined }), 500, 'identify_failed'],
    ['a text', () => 'yes', 500, 'identify_failed'],
    ['a number', () => 1, 500, 'identify_failed'],
    ['a list', () => [], 500, 'identify_failed'],
    ['an error', () => new Error('no'), 500, 'identify_failed'],
    [
      'a throw',
      () => {
        throw new Error('planted-secret')
      },
      500,
      'identify_failed',
    ],
    ['a rejection', () => Promise.reject(new Error('planted-secret')), 500, 'identify_failed'],
    [
      'a throw of 401',
      () => {
        throw Object.assign(new Error('planted-secret'), { status: 401 })
      },
      401,
      'identify_failed',
    ],
    [
      'a throw of 403',
      () => {
        throw Object.assign(new Error('planted-secret'), { status: 403 })
      },
      403,
      'identify_failed',
    ],
    ['no answer at all', () => new Promise<never>(() => undefined), 500, 'identify_failed'],
  ])('%s lets nobody in, and nothing is read', async (_name, authorize, status, code) => {
    const { store, asked } = watched(memoryLedger())
    const { router } = await aLedgerRouter([aRow({ callId: 'a' })], { store, timeouts: { identifyMs: 100 } })
    const api = await aCostApi(router, { authorize: authorize as never })
    for (const path of code === 'forbidden' ? PATHS : PATHS.slice(0, 1)) {
      const problem = await api.problem(path)
      expect([path, problem['status'], problem['code']]).toEqual([path, status, code])
      expect(JSON.stringify(problem)).not.toMatch(/planted-secret|no "user"|authorize/)
    }
    expect(asked).toEqual([])
  })

  test('a failing authorize is told in the log, with its cause', async () => {
    const { router, lines } = await aLedgerRouter()
    const api = await aCostApi(router, {
      authorize() {
        throw new Error('the session store is down')
      },
    })
    await api.problem('/costs')
    expect(lines).toContainEqual({
      level: 'error',
      message: 'express-llm: authorize failed, so nobody is let in: it threw.',
      fields: { error: new Error('the session store is down') },
    })
  })

  test.each([
    ['true', () => true],
    ['a caller, later', async () => ({ user: 'ada' })],
    [
      'a user of a session',
      () =>
        new (class User {
          readonly id = 7
        })(),
    ],
  ])('%s lets in', async (_name, authorize) => {
    const { router } = await aLedgerRouter()
    const api = await aCostApi(router, { authorize })
    for (const path of PATHS.filter((each) => each !== '/calls/a'))
      expect((await api.get(path)).status).toBe(200)
  })

  test('authorize may answer itself', async () => {
    const { store, asked } = watched(memoryLedger())
    const { router } = await aLedgerRouter([], { store })
    const api = await aCostApi(router, {
      authorize(_req: IncomingMessage, res: ServerResponse) {
        res.writeHead(302, { location: '/sign-in' }).end()
        return true
      },
    })
    const response = await api.get('/costs', { redirect: 'manual' })
    expect([response.status, response.headers.get('location')]).toEqual([302, '/sign-in'])
    expect(asked).toEqual([])
  })

  test('with a name and a password: 401 and a challenge, then 200', async () => {
    const { router } = await aLedgerRouter()
    const api = await aCostApi(router, { authorize: basicAuth({ admin: 'a long password' }) })
    const refused = await api.get('/costs')
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([
      401,
      'Basic realm="express-llm", charset="UTF-8"',
    ])
    const authorization = `Basic ${btoa('admin:a long password')}`
    expect((await api.get('/costs', { headers: { authorization } })).status).toBe(200)
  })

  test.each([
    [undefined, /its second argument must be options such as \{ authorize: basicAuth\(\{ … \}\) \}\.$/],
    [
      {},
      /"authorize" must be a function that says who may read: without it anybody could see who spends what/,
    ],
    [{ authorize: true }, /"authorize" must be a function/],
    [{ authorise: () => true }, /"authorise" is no option of it\. Did you mean "authorize"\?$/],
    [
      { authorize: () => true, traceUrl: 'javascript:{traceId}' },
      /"traceUrl" must be an http or https address/,
    ],
  ])('it is not made with %o', async (options, message) => {
    const { router } = await aLedgerRouter()
    const making = (): unknown => costApi(router, options as never)
    expect(making).toThrow(message)
    expect(making).toThrow(expect.objectContaining({ code: 'config_invalid' }))
  })

  test('it is not made without a router', () => {
    expect(() => costApi({} as never, { authorize: () => true })).toThrow(/must be a router of createRouter/)
  })
})

describe('it is only to be read', () => {
  test.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('%s is 405, whoever asks', async (method) => {
    const { router } = await aLedgerRouter()
    const api = await aCostApi(router, { authorize: () => false })
    for (const path of PATHS) {
      const response = await api.get(path, {
        method,
        ...(method === 'POST' ? { body: 'x'.repeat(100_000) } : {}),
      })
      expect([path, response.status, response.headers.get('allow')]).toEqual([path, 405, 'GET, HEAD'])
      await response.text()
    }
  })

  test('HEAD has the headers of GET, and no body', async () => {
    const { router } = await aLedgerRouter([aFullRow()])
    const api = await aCostApi(router)
    for (const path of ['/costs', '/export', '/health']) {
      const [head, whole] = await Promise.all([api.get(path, { method: 'HEAD' }), api.get(path)])
      expect([path, head.status, await head.text()]).toEqual([path, 200, ''])
      for (const name of ['content-type', 'content-disposition', 'cache-control'])
        expect(head.headers.get(name)).toBe(whole.headers.get(name))
      await whole.text()
    }
  })

  test('no answer is for caches, frames or other sites, refusals included', async () => {
    const { router } = await aLedgerRouter()
    const api = await aCostApi(router)
    const refusing = await aCostApi(router, { authorize: () => false })
    const answers = [...PATHS, '/nothing', '/costs?by=x'].map((path) => api.get(path))
    for (const answer of await Promise.all([...answers, refusing.get('/costs')])) {
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-resource-policy': 'same-origin',
      })
      expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
      await answer.text()
    }
  })

  test('a param that is there twice is refused', async () => {
    const { router } = await aLedgerRouter()
    const api = await aCostApi(router)
    expect(await api.problem('/costs?by=model&by=user')).toMatchObject({
      status: 400,
      code: 'invalid_params',
      param: 'by',
      detail: '"by" is there more than once: say it once.',
    })
    expect(await api.problem('/calls?__proto__=x')).toMatchObject({ status: 400, code: 'invalid_params' })
  })

  test.each(['/costs', '/calls', '/export'])(
    '%s from later than to tells both as they were read',
    async (path) => {
      const { router } = await aLedgerRouter()
      const api = await aCostApi(router)
      expect(await api.problem(`${path}?from=2026-11-21T10:00Z&to=2026-11-20T10:00Z`)).toMatchObject({
        param: 'from',
        detail:
          '"from" must lie before "to": 2026-11-21T10:00:00.000Z is not before 2026-11-20T10:00:00.000Z.',
      })
    },
  )
})

/** A store that fails or hangs when it is read. */
function failingStore(read: () => Promise<never>): LedgerStore {
  const store = memoryLedger()
  return Object.assign(Object.create(store) as LedgerStore, {
    open: (zone: string) => store.open(zone),
    append: (rows: never) => store.append(rows),
    close: () => store.close(),
    totals: read,
    rollUps: read,
    calls: read,
    call: read,
    rows: read,
    prune: read,
  })
}

const READS = ['/costs', '/costs/today', '/calls', '/calls/a', '/export']

describe('a ledger that cannot be read is never "0 calls"', () => {
  test('its reason is told as a code, its words stay in the log, once', async () => {
    const broken = new LedgerError('ledger_locked', 'the file /srv/planted-path/llm.db is locked', {
      isPassing: true,
    })
    const { router, lines } = await aLedgerRouter([], { store: failingStore(() => Promise.reject(broken)) })
    const api = await aCostApi(router)
    for (const path of READS) {
      const problem = await api.problem(path)
      expect(problem).toMatchObject({ status: 503, code: 'ledger_unavailable', reason: 'ledger_locked' })
      expect(JSON.stringify(problem)).not.toContain('planted-path')
    }
    expect(lines.filter(({ message }) => message.includes('cannot be read'))).toEqual([
      {
        level: 'warn',
        message:
          'express-llm: The ledger (memory) cannot be read now (ledger_locked): the cause says why. Calls go on without it.',
        fields: { cause: 'the file /srv/planted-path/llm.db is locked' },
      },
    ])
    expect((await api.get('/health')).status).toBe(200)
    await expect(router.costs()).rejects.toMatchObject({ code: 'ledger_unavailable', cause: broken })
  })

  test('a store with a defect is no different', async () => {
    const store = failingStore(() => Promise.reject(new TypeError('planted-words')))
    const { router } = await aLedgerRouter([], { store })
    const api = await aCostApi(router)
    const problem = await api.problem('/costs')
    expect(problem).toMatchObject({ status: 503, code: 'ledger_unavailable' })
    expect(JSON.stringify(problem)).not.toContain('planted-words')
  })

  test('with ledger: false there is none', async () => {
    const { router } = aRouter({
      tiers: { cheap: ['one/small'] },
      providers: providersOf({ one: await aFake() }),
      ledger: false,
    })
    const api = await aCostApi(router)
    for (const path of READS)
      expect(await api.problem(path)).toMatchObject({ status: 503, reason: 'ledger_off' })
    expect(await api.json('/health')).toEqual({ isReady: true, targets: [] })
    await expect(router.calls()).rejects.toMatchObject({ code: 'ledger_unavailable', status: 503 })
    expect(await api.problem('/costs?by=x')).toMatchObject({ status: 400 })
  })

  test('a failure in the middle of an export breaks it off', async () => {
    const rows = Array.from({ length: 600 }, (_, index) => aFullRow({ callId: `call-${index}` }))
    const store = memoryLedger()
    let pages = 0
    const failing = new Proxy(store, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target)
        if (typeof value !== 'function') return value
        return (...given: unknown[]): unknown => {
          if (name === 'rows' && (pages += 1) > 1)
            return Promise.reject(new LedgerError('ledger_unreachable', 'gone'))
          return Reflect.apply(value, target, given)
        }
      },
    })
    const { router, lines } = await aLedgerRouter(rows, { store: failing, nowMs: NOON_MS + 1 })
    const api = await aCostApi(router)
    const response = await api.get('/export?format=jsonl')
    expect(response.status).toBe(200)
    await expect(response.text()).rejects.toThrow(/terminated/)
    expect(lines.map(({ level }) => level)).toEqual(['warn'])
  })
})

test('an export waits for a client that does not read, and ends with one that goes away', async () => {
  const rows = Array.from({ length: 20_000 }, (_, index) =>
    aFullRow({ callId: `call-${index}`, user: 'u'.repeat(500) }),
  )
  const { store, asked } = watched(memoryLedger({ rowsMax: 20_000 }))
  const { router } = await aLedgerRouter(rows, { store, nowMs: NOON_MS + 1 })
  const app = express()
  app.use('/llm', costApi(router, { authorize: () => true }))
  const closed = new Promise<void>((resolve) => {
    app.use(() => undefined)
    app.set('closed', resolve)
  })
  const wrapped = express().use((_req, res, next) => {
    res.once('close', () => (app.get('closed') as () => void)())
    next()
  }, app)
  const url = await served(wrapped)
  const request = httpGet(`${url}/llm/export`)
  onTestFinished(() => void request.destroy())
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  response.pause()
  // What is asked for settles once sockets and buffers are full.
  const settled = async (before: number): Promise<number> => {
    await clientOf(`${url}/llm`).json('/health')
    for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve))
    return asked.length === before ? before : settled(asked.length)
  }
  expect(await settled(-1)).toBeLessThan(39)
  request.destroy()
  await closed
  const then = asked.length
  await settled(-1)
  expect(asked.length).toBeLessThanOrEqual(then + 1)
})
