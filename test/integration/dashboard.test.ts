/** What the dashboard's mount serves, and to whom. What the page shows is in test/e2e/dashboard.test.ts. */
import { once } from 'node:events'
import { request, type RequestListener } from 'node:http'
import connect from 'connect'
import express from 'express'
import express4 from 'express4'
import { describe, expect, onTestFinished, test } from 'vitest'
import { basicAuth } from '../../src/endpoints/basic-auth.ts'
import { dashboard, type DashboardOptions } from '../../src/endpoints/dashboard.ts'
import { LlmError } from '../../src/core/llm-error.ts'
import { aFake, aRouter, providersOf, served } from '../support/app.ts'
import { runExample } from '../support/run-example.ts'
import { aTemporaryFolder } from '../support/temporary-folder.ts'

const ASSET = /(?:src|href)="\.\/(assets\/[^"]+)"/g

async function mounted(options: Partial<DashboardOptions> = {}, make: () => MountingApp = express) {
  const fake = await aFake()
  const { router } = aRouter({
    tiers: { cheap: ['openai/gpt-4o-mini'] },
    providers: providersOf({ openai: fake }),
  })
  const app = make()
  app.use('/llm', dashboard(router, { authorize: () => true, ...options }))
  return { router, origin: await served(app) }
}

type MountingApp = RequestListener & { use(path: string, handler: ReturnType<typeof dashboard>): unknown }

describe.each([
  ['Express 5', express],
  ['Express 4', express4],
  ['Connect', connect],
])('in %s', (_name, make) => {
  test('the page, its files and the cost API are below one mount', async () => {
    const { origin, router } = await mounted({}, make as () => MountingApp)
    await router.ask('Hello?', { tier: 'cheap' })
    const page = await fetch(`${origin}/llm/`)
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8')
    const html = await page.text()
    const assets = [...html.matchAll(ASSET)].map(([, path]) => path)
    expect(assets.map((path) => path?.split('.').at(-1))).toEqual(['js', 'css'])
    for (const path of assets) {
      const asset = await fetch(`${origin}/llm/${path}`)
      expect(asset.status).toBe(200)
      expect(asset.headers.get('cache-control')).toBe('private, max-age=31536000, immutable')
    }
    expect(await (await fetch(`${origin}/llm/costs`)).json()).toMatchObject({ total: { calls: 1 } })
    expect(await (await fetch(`${origin}/llm/calls`)).json()).toMatchObject({ calls: [{ tier: 'cheap' }] })
  })

  test('without its slash, the mount leads to the page wherever a proxy has it', async () => {
    const { origin } = await mounted({}, make as () => MountingApp)
    const response = await fetch(`${origin}/llm?x=1`, { redirect: 'manual' })
    expect([response.status, response.headers.get('location')]).toEqual([307, './llm/?x=1'])
    expect((await fetch(`${origin}/llm`)).url).toBe(`${origin}/llm/`)
  })
})

describe('the page', () => {
  test('may load nothing but its own files, and cannot be framed', async () => {
    const { origin } = await mounted()
    const { headers } = await fetch(`${origin}/llm/`)
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    )
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('x-frame-options')).toBe('DENY')
    expect(headers.get('access-control-allow-origin')).toBeNull()
    expect(headers.get('cache-control')).toBe('private, no-cache')
  })

  test('holds no script and no style of its own', async () => {
    const { origin } = await mounted()
    const html = await (await fetch(`${origin}/llm/`)).text()
    expect(html).not.toMatch(/<style|style=|\son\w+=|<script(?![^>]*\ssrc=)/)
    expect(html).not.toMatch(/(?:src|href)="(?:https?:)?\/\//)
  })

  test('has the title that the app gives it, as text', async () => {
    const { origin } = await mounted({ title: 'Costs of <Acme> & $& co' })
    expect(await (await fetch(`${origin}/llm/`)).text()).toContain(
      '<title>Costs of &lt;Acme&gt; &amp; $&amp; co</title>',
    )
  })

  test('is at most 60 kB compressed, and sent so', async () => {
    const { origin } = await mounted()
    const html = await (await fetch(`${origin}/llm/`)).text()
    const paths = ['', ...[...html.matchAll(ASSET)].map(([, path]) => path)]
    let bytes = 0
    for (const path of paths) {
      const response = await fetch(`${origin}/llm/${path}`, { headers: { 'accept-encoding': 'gzip' } })
      expect(response.headers.get('content-encoding')).toBe('gzip')
      expect(response.headers.get('vary')).toBe('accept-encoding')
      bytes += Number(response.headers.get('content-length'))
    }
    expect(bytes).toBeGreaterThan(20_000)
    expect(bytes).toBeLessThanOrEqual(60_000)
  })

  test.each([
    ['identity', null],
    ['gzip;q=0, br', null],
    ['br, *', 'gzip'],
    ['GZIP;q=0.5', 'gzip'],
  ])('to who accepts %s comes as %s', async (accepted, encoding) => {
    const { origin } = await mounted()
    const response = await fetch(`${origin}/llm/`, { headers: { 'accept-encoding': accepted } })
    expect(response.headers.get('content-encoding')).toBe(encoding)
    expect(await response.text()).toContain('<!doctype html>')
  })

  test('is not sent again to who has it, as long as the same person asks', async () => {
    const { origin } = await mounted()
    const tag = (await fetch(`${origin}/llm/`)).headers.get('etag') ?? ''
    for (const known of [tag, `W/${tag}`, `"other", ${tag}`, '*']) {
      const again = await fetch(`${origin}/llm/`, { headers: { 'if-none-match': known } })
      expect([again.status, await again.text()]).toEqual([304, ''])
    }
    expect((await fetch(`${origin}/llm/`, { headers: { 'if-none-match': '"other"' } })).status).toBe(200)
  })

  test('answers HEAD with the headers alone', async () => {
    const { origin } = await mounted()
    const response = await fetch(`${origin}/llm/`, { method: 'HEAD' })
    expect(Number(response.headers.get('content-length'))).toBeGreaterThan(100)
    expect(await response.text()).toBe('')
  })
})

describe('the guard', () => {
  const PATHS = [
    '',
    'assets',
    'costs',
    'costs/today',
    'calls',
    'calls/x',
    'budgets',
    'health',
    'export',
    'openapi.json',
  ]

  async function statusesFor(options: Partial<DashboardOptions>, headers: Record<string, string> = {}) {
    const open = await mounted()
    const html = await (await fetch(`${open.origin}/llm/`)).text()
    const [, asset = ''] = [...html.matchAll(ASSET)][0] ?? []
    const { origin } = await mounted(options)
    const responses = await Promise.all(
      PATHS.map((path) => fetch(`${origin}/llm/${path === 'assets' ? asset : path}`, { headers })),
    )
    return new Set(responses.map(({ status }) => status))
  }

  test.each([
    ['false', () => false, 403],
    ['nothing', () => undefined, 403],
    ['nobody', () => null, 403],
    ['a promise of false', async () => await Promise.resolve(false), 403],
    ['a user without a name', () => ({ user: '' }), 500],
  ])('that says %s lets nobody see page, files or figures', async (_name, authorize, status) => {
    expect(await statusesFor({ authorize: authorize })).toEqual(new Set([status]))
  })

  test('that throws lets nobody in, and tells nothing', async () => {
    const { origin } = await mounted({
      authorize: () => {
        throw new Error('secret-of-the-app')
      },
    })
    const response = await fetch(`${origin}/llm/`)
    expect(response.status).toBe(500)
    expect(await response.text()).not.toContain('secret-of-the-app')
  })

  test('may ask for a password, or answer itself', async () => {
    const auth = { authorize: basicAuth({ ana: 'correct horse' }) }
    expect(await statusesFor(auth)).toEqual(new Set([401]))
    const credentials = `Basic ${Buffer.from('ana:correct horse').toString('base64')}`
    expect((await statusesFor(auth, { authorization: credentials })).has(200)).toBe(true)

    const { origin } = await mounted({
      authorize(_req, res) {
        res.statusCode = 302
        res.setHeader('location', '/sign-in')
        res.end()
        return false
      },
    })
    const response = await fetch(`${origin}/llm/`, { redirect: 'manual' })
    expect([response.status, response.headers.get('location')]).toEqual([302, '/sign-in'])
  })

  test.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('%s is refused everywhere', async (method) => {
    const { origin } = await mounted()
    for (const path of ['', 'costs', 'calls']) {
      const response = await fetch(`${origin}/llm/${path}`, { method })
      expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
      expect(response.headers.get('access-control-allow-origin')).toBeNull()
    }
  })

  test('nothing outside of the page is served, however the path is written', async () => {
    const { origin } = await mounted()
    const { hostname, port } = new URL(origin)
    for (const path of [
      '/llm/assets/',
      '/llm/assets/../index.html',
      '/llm/assets/..%2f..%2fpackage.json',
      '/llm/%2e%2e/package.json',
      '/llm/nowhere',
      '/llm/index.html',
    ]) {
      const req = request({ hostname, port, path }).end()
      const [response] = await once(req, 'response')
      response.resume()
      expect(response.statusCode, path).toBe(404)
    }
  })
})

describe('dashboard()', () => {
  test('refuses to be made without a guard, or with options that it does not know', async () => {
    const { router: real } = aRouter({
      tiers: { cheap: ['openai/gpt-4o-mini'] },
      providers: { openai: { apiKey: 'key' } },
    })
    const made = (options: unknown, from: unknown = real): unknown => {
      try {
        return dashboard(from as never, options as never)
      } catch (error) {
        return error instanceof LlmError ? [error.code, error.param] : error
      }
    }
    expect(made({})).toEqual(['config_invalid', 'authorize'])
    expect(made(undefined)).toEqual(['config_invalid', 'options'])
    expect(made({ authorize: true })).toEqual(['config_invalid', 'authorize'])
    expect(made({ authorize: () => true }, {})).toEqual(['config_invalid', 'router'])
    expect(made({ authorize: () => true, title: ' ' })).toEqual(['config_invalid', 'title'])
    expect(made({ authorize: () => true, title: 7 })).toEqual(['config_invalid', 'title'])
    expect(made({ authorize: () => true, titel: 'x' })).toEqual(['config_invalid', 'titel'])
    expect(made({ authorize: () => true, traceUrl: 'javascript:alert(1)' })).toEqual([
      'config_invalid',
      'traceUrl',
    ])
    await real.close()
  })

  test('costs the calls nothing: a router without a ledger has a page that says so', async () => {
    const { router: bare } = aRouter({
      tiers: { cheap: ['openai/gpt-4o-mini'] },
      providers: { openai: { apiKey: 'key' } },
      ledger: false,
    })
    const origin = await served(express().use('/llm', dashboard(bare, { authorize: () => true })))
    expect((await fetch(`${origin}/llm/`)).status).toBe(200)
    expect((await fetch(`${origin}/llm/costs`)).status).toBe(503)
  })
})

test('the example asks for the password, and shows its calls', async () => {
  const fake = await aFake()
  const folder = aTemporaryFolder()
  const program = runExample(['examples/dashboard.ts'], {
    FAKE_URL: fake.baseUrl,
    PORT: '0',
    DASHBOARD_PASSWORD: 'correct horse',
    LEDGER_FILE: `${folder}/llm.db`,
  })
  onTestFinished(async () => {
    program.kill('SIGKILL')
    await program.ended()
  })
  const [, origin = ''] = await program.until(/listening on (\S+)/)
  const body = JSON.stringify({ prompt: 'Hello?' })
  const headers = { 'content-type': 'application/json', 'x-user': 'ana' }
  expect((await fetch(`${origin}/ask`, { method: 'POST', body, headers })).status).toBe(200)
  expect((await fetch(`${origin}/llm/`)).headers.get('www-authenticate')).toContain('Basic')
  const authorization = `Basic ${Buffer.from('admin:correct horse').toString('base64')}`
  const page = await fetch(`${origin}/llm`, { headers: { authorization } })
  expect(await page.text()).toContain('<title>Acme: models</title>')
  const costs = await fetch(`${origin}/llm/costs?by=user`, { headers: { authorization } })
  expect(await costs.json()).toMatchObject({ timeZone: 'Europe/Berlin', groups: [{ key: 'ana', calls: 1 }] })
})
