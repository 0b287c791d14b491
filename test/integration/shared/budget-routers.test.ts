/** Shared budgets as an app has them: routers in processes of their own, a provider, real databases. */
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { RouterOptions } from '../../../src/config/options.ts'
import { LlmError } from '../../../src/core/llm-error.ts'
import { postgresLedger } from '../../../src/postgres.ts'
import { redisState } from '../../../src/redis.ts'
import { aFake, aRouter, providersOf } from '../../support/app.ts'
import { aPostgresServer, NO_POSTGRES } from '../../support/postgres-server.ts'
import { aNodeRedis, anIoRedis } from '../../support/redis-clients.ts'
import { aRedisServer, NO_REDIS } from '../../support/redis-server.ts'
import { runExample } from '../../support/run-example.ts'

const MEMBER = fileURLToPath(new URL('apps/budget-member.ts', import.meta.url))
const TEST_MS = 90_000
/** A machine that runs many tests may keep a healthy database waiting for a while. */
const TIMEOUT_MS = 1_500

interface Stage {
  readonly url: string
  /** What a router needs to use it. */
  readonly options: () => Promise<Partial<RouterOptions>>
  readonly pause: () => void
  readonly resume: () => void
}

async function redisStage(connect: typeof aNodeRedis | typeof anIoRedis): Promise<Stage> {
  const server = await aRedisServer()
  return {
    url: server.url,
    options: async () => ({ sharedState: redisState(await connect(server.url), { timeoutMs: TIMEOUT_MS }) }),
    pause: () => server.signal('SIGSTOP'),
    resume: () => server.signal('SIGCONT'),
  }
}

async function postgresStage(): Promise<Stage> {
  const server = await aPostgresServer()
  const options = async () => ({
    ledger: postgresLedger(server.url, { budgetTimeoutMs: TIMEOUT_MS, timeoutMs: 2_000 }),
  })
  return { url: server.url, options, pause: () => server.pause(), resume: () => server.resume() }
}

const STAGES = [
  ['node-redis', NO_REDIS, () => redisStage(aNodeRedis)],
  ['ioredis', NO_REDIS, () => redisStage(anIoRedis)],
  ['PostgreSQL', NO_POSTGRES, postgresStage],
] as const

describe.each(STAGES)('routers that share a budget through %s', (name, isMissing, makeStage) => {
  test.skipIf(isMissing)(
    'of 200 parallel calls of four processes, where there is money for 50, exactly 50 are answered',
    async () => {
      const { url } = await makeStage()
      const fake = await aFake()
      const members = Array.from({ length: 4 }, () => {
        const env = { FAKE_URL: fake.baseUrl, STORE: name, URL: url, CALLS: '50', LIMIT_USD: '50' }
        const member = runExample([MEMBER], { ...env, NODE_NO_WARNINGS: '1' })
        onTestFinished(() => member.kill('SIGKILL'))
        return member
      })
      await Promise.all(members.map((member) => member.until(/ready/)))
      for (const member of members) member.kill('SIGUSR2')
      const counts = await Promise.all(
        members.map(async (member) => {
          const [, ended = ''] = await member.until(/ended (.*)/)
          expect(await member.ended()).toEqual({ code: 0, signal: null })
          return JSON.parse(ended) as Readonly<Record<string, number>>
        }),
      )
      const total = (word: string) => counts.reduce((sum, count) => sum + (count[word] ?? 0), 0)
      expect({ answered: total('answered'), refused: total('budget_exceeded') }).toEqual({
        answered: 50,
        refused: 150,
      })
      expect(fake.requests).toHaveLength(50)
    },
    TEST_MS,
  )

  test.skipIf(isMissing)(
    'a database that is paused keeps nobody waiting for long, and knows afterwards what was spent',
    async () => {
      const { options, pause, resume } = await makeStage()
      const fake = await aFake()
      const { router, lines } = aRouter({
        tiers: { only: ['fake/a'] },
        providers: providersOf({ fake }),
        targets: { 'fake/a': { price: { inputUsdPerMTok: 0, outputUsdPerMTok: 0, perRequestUsd: 1 } } },
        budgets: { month: { per: 'all', limitUsd: 100, window: 'month' } },
        ...(await options()),
      })
      const said = (words: string) => lines.some(({ message }) => message.includes(words))
      const tookMs: number[] = []
      const ask = async () => {
        const startedMs = performance.now()
        await router.ask('hi')
        tookMs.push(performance.now() - startedMs)
      }
      for (let count = 0; count < 10; count++) await ask()
      pause()
      for (let count = 0; count < 20; count++) await ask()
      expect(said('store of the budgets does not answer')).toBe(true)
      resume()
      await expect.poll(() => said('store of the budgets answers again'), { timeout: 20_000 }).toBe(true)
      await expect
        .poll(async () => (await router.budgets()).budgets[0], { timeout: 20_000 })
        .toMatchObject({ spentUsd: 30, heldUsd: 0 })
      // One bounded wait before an answer, and one after it; the rest is this machine.
      expect(Math.max(...tookMs)).toBeLessThan(2 * TIMEOUT_MS + 2_000)
      for (let count = 0; count < 70; count++) await ask()
      const refused = await router.ask('hi').catch((error: unknown) => error)
      expect(refused).toBeInstanceOf(LlmError)
      expect(refused).toMatchObject({ code: 'budget_exceeded' })
      expect(fake.requests).toHaveLength(100)
    },
    TEST_MS,
  )
})
