/** The examples run as they stand, each in a process of its own, against a fake provider. */
import { readFileSync } from 'node:fs'
import OpenAI from 'openai'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createFakeProvider, type FakeProvider } from '../../src/testing/fake/provider.ts'
import { aPostgresServer, NO_POSTGRES } from '../support/postgres-server.ts'
import { aRedisServer, NO_REDIS } from '../support/redis-server.ts'
import { runExample, type RunningExample } from '../support/run-example.ts'

const TIMEOUT_MS = 30_000

interface Scene {
  readonly fake: FakeProvider
  readonly program: RunningExample
}

async function start(
  file: string,
  script: Parameters<FakeProvider['script']>[0] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<Scene> {
  const fake = await createFakeProvider({ answer: 'Because of the air.', script })
  const program = runExample([`examples/${file}`], { FAKE_URL: fake.baseUrl, PORT: '0', ...env })
  onTestFinished(async () => {
    program.kill('SIGKILL')
    await fake.close()
  })
  return { fake, program }
}

async function ask(program: RunningExample, body: object, path = '/ask', user = 'ben'): Promise<Response> {
  const [, origin = ''] = await program.until(/listening on (\S+)/)
  return await fetch(origin + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-user': user, authorization: `Bearer ${SEARCH_KEY}` },
    body: JSON.stringify(body),
  })
}

const SEARCH_KEY = 'a-key-of-the-search-team'
const PROMPT = { prompt: 'Why is the sky blue?' }

describe.each(['express-5.ts', 'express-4.ts', 'connect.ts', 'commonjs.cjs'])('%s', (file) => {
  test('answers through the router, and ends cleanly on SIGTERM', { timeout: TIMEOUT_MS }, async () => {
    const { fake, program } = await start(file)
    const response = await ask(program, PROMPT)
    expect([response.status, await response.text()]).toEqual([
      200,
      expect.stringContaining('Because of the air.'),
    ])
    expect(fake.requests.map(({ model }) => model)).toEqual(['openai/gpt-oss-20b'])
    program.kill('SIGTERM')
    expect(await program.ended()).toEqual({ code: 0, signal: null })
  })

  test('falls back when its first target has no capacity', { timeout: TIMEOUT_MS }, async () => {
    const { fake, program } = await start(file, [{ status: 503 }, { status: 503 }])
    expect((await ask(program, PROMPT)).status).toBe(200)
    expect(fake.requests.map(({ model, status }) => [model, status])).toEqual([
      ['openai/gpt-oss-20b', 503],
      ['openai/gpt-oss-20b', 503],
      ['gpt-4o-mini', 200],
    ])
  })

  test('turns a refusal into problem JSON', { timeout: TIMEOUT_MS }, async () => {
    const { program } = await start(file, [{ fault: 'content-filter' }])
    const response = await ask(program, PROMPT)
    expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8')
    expect([response.status, await response.json()]).toEqual([
      400,
      expect.objectContaining({ code: 'content_filtered', status: 400 }),
    ])
  })
})

describe('express-5.ts', () => {
  test(
    'lets those who pay have the premium tier, the others the cheap one only',
    { timeout: TIMEOUT_MS },
    async () => {
      const { program } = await start('express-5.ts')
      const paying = await ask(program, { text: 'a text' }, '/summarize/7', 'ana')
      expect(await paying.json()).toEqual({
        text: 'Because of the air.',
        target: 'openai/gpt-4o',
        costUsd: expect.any(Number),
      })
      const other = await ask(program, { text: 'a text' }, '/summarize/7', 'ben')
      expect([other.status, await other.json()]).toEqual([
        403,
        expect.objectContaining({ code: 'not_allowed' }),
      ])
    },
  )
})

describe.each([
  ['express-5.ts', '/ask'],
  ['openai-endpoint.ts', '/v1/chat/completions'],
])('%s on SIGTERM', (file, path) => {
  test('lets a call under way end, and is not ready meanwhile', { timeout: TIMEOUT_MS }, async () => {
    const { fake, program } = await start(file, [{ delayMs: 500 }], { SEARCH_KEY })
    const body = { ...PROMPT, messages: [{ role: 'user', content: PROMPT.prompt }] }
    const asking = ask(program, body, path)
    await fake.waitFor(1)
    const [, origin = ''] = await program.until(/listening on (\S+)/)
    expect((await fetch(`${origin}/ready`)).status).toBe(200)
    program.kill('SIGTERM')
    while ((await fetch(`${origin}/ready`)).status !== 503) continue
    const refused = await ask(program, body, path)
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1'])
    expect([(await asking).status, await (await asking).text()]).toEqual([
      200,
      expect.stringContaining('Because of the air.'),
    ])
    expect(await program.ended()).toEqual({ code: 0, signal: null })
    expect(fake.requests).toHaveLength(1)
  })
})

describe('job.ts', () => {
  test(
    'makes its calls without a request, and tells what they cost together',
    { timeout: TIMEOUT_MS },
    async () => {
      const { fake, program } = await start('job.ts')
      expect(await program.ended()).toEqual({ code: 0, signal: null })
      expect(program.text()).toMatch(/^billing: Because of the air\.$/m)
      expect(program.text()).toMatch(/^3 calls, \$0\.\d+ \(exact\)$/m)
      expect(fake.completions.requests).toBe(3)
    },
  )
})

describe('fallback.ts', () => {
  test('tells every attempt of a call that succeeded', { timeout: TIMEOUT_MS }, async () => {
    const { program } = await start('fallback.ts', [{ status: 401 }])
    expect(await program.ended()).toEqual({ code: 0, signal: null })
    expect(program.text()).toMatch(/^1\. openai\/gpt-4o: auth, \$0$/m)
    expect(program.text()).toMatch(/^2\. anthropic\/claude-sonnet-4-6: success, \$0\.\d+$/m)
    expect(program.text()).toMatch(/^degraded: tier premium/m)
  })

  test(
    'tells the code, the status and the attempts of one that failed',
    { timeout: TIMEOUT_MS },
    async () => {
      const { program } = await start('fallback.ts', [{ status: 401 }, { status: 404 }])
      expect(await program.ended()).toEqual({ code: 0, signal: null })
      expect(program.text()).toMatch(/^exhausted 502 2$/m)
    },
  )
})

describe('budgets.ts', () => {
  test('sends who has spent much to the cheap tier, and tells of it', { timeout: TIMEOUT_MS }, async () => {
    const { program } = await start('budgets.ts', [{ usage: { promptTokens: 10, completionTokens: 90_000 } }])
    expect(await (await ask(program, PROMPT)).json()).toMatchObject({ target: 'openai/gpt-4o' })
    const response = await ask(program, PROMPT)
    expect(await response.json()).toMatchObject({ target: 'openai/gpt-4o-mini' })
    expect(await (await ask(program, PROMPT, '/ask', 'eve')).json()).toMatchObject({
      target: 'openai/gpt-4o',
    })
    const { budgets } = (await (await fetch(new URL('/budgets', response.url))).json()) as {
      budgets: readonly object[]
    }
    expect(budgets[0]).toMatchObject({ budget: 'user-day', value: 'ben', limitUsd: 1, state: 'degraded' })
    expect(program.text().match(/^(?:alert|degraded): .*$/gm)).toEqual([
      'alert: user-day of ben is 90 % used',
      'alert: user-day of ben is 90 % used',
      'degraded: user-day of ben is 90 % used',
    ])
  })
})

describe('health.ts', () => {
  test('shows the outage of a provider, and tells of it once', { timeout: TIMEOUT_MS }, async () => {
    const { fake, program } = await start('health.ts')
    fake.when(({ model }) => model === 'gpt-4o-mini', { status: 503 })
    await ask(program, PROMPT)
    await ask(program, PROMPT)
    const response = await ask(program, PROMPT)
    expect(await response.json()).toMatchObject({
      target: 'groq/openai/gpt-oss-20b',
      skipped: [{ target: 'openai/gpt-4o-mini', why: 'breaker-open' }],
    })
    const status = await fetch(new URL('/status', response.url))
    expect(await status.json()).toEqual([
      {
        target: 'openai/gpt-4o-mini',
        state: 'open',
        inFlight: 0,
        availableInMs: expect.any(Number),
      },
      { target: 'groq/openai/gpt-oss-20b', state: 'closed', failureRate: 0, inFlight: 0 },
    ])
    expect(program.text().match(/^alert: .*$/gm)).toEqual([
      'alert: openai/gpt-4o-mini is open now (overloaded)',
    ])
    program.kill('SIGTERM')
    expect(await program.ended()).toEqual({ code: 0, signal: null })
  })
})

describe('reading-streams.ts', () => {
  test('reads streams in every way that it shows', { timeout: TIMEOUT_MS }, async () => {
    // The second is left before its end, so it must not be all there at once.
    const { fake, program } = await start('reading-streams.ts', [{}, { tokenDelayMs: 50 }])
    expect(await program.ended()).toEqual({ code: 0, signal: null })
    const parts = program
      .text()
      .split(/^--- (?=\w+$)/m)
      .slice(1)
    expect(parts.map((part) => part.split('\n')[0])).toEqual([
      'iterate',
      'leave',
      'listen',
      'holdBack',
      'lend',
    ])
    const [iterate, leave, listen, holdBack, lend] = parts
    expect(iterate).toMatch(/^Because of the air\.\n\{\s+outcome: 'success',\s+target: 'groq/m)
    expect(leave).toMatch(/outcome: 'cancelled', costUsd: [\d.e-]+, costStatus: 'estimated'/)
    expect(listen).toMatch(/^Because of the air\.\nstop, by groq/m)
    expect(holdBack).toMatch(/^Because of the air\.\nsuccess$/m)
    expect(lend).toMatch(/^Because of the air\.$/m)
    expect(fake.requests.length).toBe(5)
  })

  test('says that a stream which broke off is incomplete', { timeout: TIMEOUT_MS }, async () => {
    const { program } = await start('reading-streams.ts', [{ fault: 'cut', afterTokens: 3 }])
    expect(await program.ended()).toEqual({ code: 0, signal: null })
    expect(program.text()).toMatch(/^Incomplete: stream_interrupted$/m)
    expect(program.text()).toMatch(/outcome: 'exhausted',\s+target: undefined/)
  })
})

describe('streaming.ts', () => {
  test('streams, and tells afterwards how it went', { timeout: TIMEOUT_MS }, async () => {
    const { program } = await start('streaming.ts', [{ status: 401 }])
    const response = await ask(program, PROMPT, '/chat')
    expect([response.headers.get('content-type'), response.headers.get('x-llm-target')]).toEqual([
      'text/event-stream; charset=utf-8',
      'openai/gpt-4o-mini',
    ])
    expect(await response.text()).toMatch(/^data: \{[^]*\n\ndata: \[DONE\]\n\n$/)
    const callId = response.headers.get('x-llm-call-id')
    const report = await fetch(new URL(`/calls/${callId}`, response.url))
    expect(await report.json()).toMatchObject({ outcome: 'degraded', costUsd: expect.any(Number) })
    expect((await fetch(new URL('/calls/no-such', response.url))).status).toBe(404)
    program.kill('SIGTERM')
    expect(await program.ended()).toEqual({ code: 0, signal: null })
  })

  test('lets a stream under way end on SIGTERM', { timeout: TIMEOUT_MS }, async () => {
    const { fake, program } = await start('streaming.ts', [{ tokenDelayMs: 100 }])
    const response = await ask(program, PROMPT, '/chat')
    program.kill('SIGTERM')
    expect(await response.text()).toMatch(/data: \[DONE\]\n\n$/)
    expect(fake.requests[0]?.outcome).toBe('answered')
    expect(await program.ended()).toEqual({ code: 0, signal: null })
  })

  test(
    'needs no key: fakes answer, and everything ends with the server',
    { timeout: TIMEOUT_MS },
    async () => {
      const program = runExample(['examples/streaming.ts'], { PORT: '0' })
      onTestFinished(() => program.kill('SIGKILL'))
      await program.until(/so fakes answer/)
      const page = await ask(program, {}, '/chat')
      expect(page.status).toBe(400)
      const answer = await ask(program, { prompt: 'Hello?' }, '/chat')
      expect(await answer.text()).toMatch(/data: \[DONE\]\n\n$/)
      program.kill('SIGTERM')
      expect(await program.ended()).toEqual({ code: 0, signal: null })
    },
  )
})

describe('openai-endpoint.ts', () => {
  test('answers who has a key, and nobody else', { timeout: TIMEOUT_MS }, async () => {
    const { fake, program } = await start('openai-endpoint.ts', [], { SEARCH_KEY })
    const [, origin = ''] = await program.until(/listening on (\S+)/)
    const client = (apiKey: string): OpenAI => new OpenAI({ apiKey, baseURL: `${origin}/v1`, maxRetries: 0 })
    const messages = [{ role: 'user', content: PROMPT.prompt }] as const
    const completion = await client(SEARCH_KEY).chat.completions.create({
      model: 'auto',
      messages: [...messages],
    })
    expect(completion.choices[0]?.message.content).toBe('Because of the air.')
    const refused = (key: string, model: string): Promise<unknown> =>
      client(key).chat.completions.create({ model, messages: [...messages] })
    await expect(refused('somebody-elses-key', 'auto')).rejects.toMatchObject({ status: 401 })
    await expect(refused(SEARCH_KEY, 'premium')).rejects.toMatchObject({ status: 403 })
    expect(fake.requests.length).toBe(1)
  })

  test('does not start without one', { timeout: TIMEOUT_MS }, async () => {
    const { program } = await start('openai-endpoint.ts')
    expect((await program.ended()).code).toBe(1)
    expect(program.text()).toContain('bearerKeys()')
  })
})

describe('costs.ts', () => {
  const authorization = `Basic ${btoa('admin:a long password')}`

  test('tells what was spent, to whom has the password', { timeout: TIMEOUT_MS }, async () => {
    const { program } = await start('costs.ts', [], { COSTS_PASSWORD: 'a long password' })
    const [, origin = ''] = await program.until(/listening on (\S+)/)
    expect((await ask(program, PROMPT)).status).toBe(200)
    expect((await fetch(`${origin}/llm/costs`)).status).toBe(401)
    const response = await fetch(`${origin}/llm/costs/today?by=user`, { headers: { authorization } })
    expect(await response.json()).toMatchObject({
      timeZone: 'Europe/Berlin',
      total: { calls: 1, savings: { comparedCalls: 1 } },
      groups: [{ key: 'ben', calls: 1 }],
    })
    program.kill('SIGTERM')
    expect(await program.ended()).toEqual({ code: 0, signal: null })
  })

  test('does not start without one', { timeout: TIMEOUT_MS }, async () => {
    const { program } = await start('costs.ts')
    expect((await program.ended()).code).toBe(1)
    expect(program.text()).toContain('is its environment variable set?')
  })
})

describe('testing.ts', () => {
  test('is a test that passes', { timeout: TIMEOUT_MS }, async () => {
    const { fake, program } = await start('testing.ts')
    expect([await program.ended(), program.text()]).toEqual([
      { code: 0, signal: null },
      expect.stringMatching(/pass 1/),
    ])
    expect(fake.requests).toEqual([])
  })
})

describe.skipIf(NO_REDIS)('many-processes.ts', () => {
  test(
    'asks through limits that others share, and ends cleanly on SIGTERM',
    { timeout: TIMEOUT_MS },
    async () => {
      const redis = await aRedisServer()
      const { fake, program } = await start('many-processes.ts', [], { REDIS_URL: redis.url })
      expect(await (await ask(program, PROMPT)).json()).toMatchObject({ target: 'groq/openai/gpt-oss-20b' })
      expect(fake.requests).toHaveLength(1)
      program.kill('SIGTERM')
      expect(await program.ended()).toEqual({ code: 0, signal: null })
    },
  )
})

describe.skipIf(NO_POSTGRES)('ledger.ts', () => {
  test("writes calls down in the app's own transactions", { timeout: TIMEOUT_MS }, async () => {
    const { url } = await aPostgresServer()
    const { program } = await start('ledger.ts', [], { DATABASE_URL: url })
    const answers = await Promise.all([1, 2, 3].map(() => ask(program, PROMPT, '/summaries')))
    for (const answer of answers) expect(await answer.json()).toEqual({ text: 'Because of the air.' })
    const [, origin = ''] = await program.until(/listening on (\S+)/)
    const costs = await (await fetch(`${origin}/costs`)).json()
    expect(costs).toMatchObject({
      total: { calls: 3, succeeded: 3 },
      groups: [{ key: 'openai/gpt-4o-mini' }],
    })
    program.kill('SIGTERM')
    expect(await program.ended()).toEqual({ code: 0, signal: null })
  })
})

test('each example is short enough to be read at once', () => {
  for (const file of [
    'express-5.ts',
    'express-4.ts',
    'connect.ts',
    'commonjs.cjs',
    'job.ts',
    'fallback.ts',
    'health.ts',
    'ledger.ts',
    'many-processes.ts',
    'streaming.ts',
    'openai-endpoint.ts',
    'costs.ts',
  ]) {
    const text = readFileSync(new URL(`../../examples/${file}`, import.meta.url), 'utf8')
    expect([file, text.split('\n').length <= 60]).toEqual([file, true])
  }
})
