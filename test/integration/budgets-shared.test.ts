import { writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { BudgetOptions } from '../../src/config/budget-options.ts'
import type { RouterOptions } from '../../src/config/options.ts'
import { LlmError } from '../../src/core/llm-error.ts'
import { redisState } from '../../src/shared/redis-state.ts'
import { postgresLedger } from '../../src/stores/postgres-ledger.ts'
import { sqliteLedger } from '../../src/stores/sqlite-ledger.ts'
import type { Llm } from '../../src/surface/llm.ts'
import type { FakeProvider } from '../../src/testing/fake/provider.ts'
import { aFake, aRouter, providersOf, saying } from '../support/app.ts'
import { flakyBudgets } from '../support/flaky-budgets.ts'
import { aPostgresServer, NO_POSTGRES } from '../support/postgres-server.ts'
import { CLIENTS } from '../support/redis-clients.ts'
import { aRedisServer, NO_REDIS } from '../support/redis-server.ts'
import { aTemporaryFolder } from '../support/temporary-folder.ts'

const DAY: BudgetOptions = { per: 'user', limitUsd: 50, window: 'day' }

/** One USD for each answer. */
function spending(fake: FakeProvider, options: Partial<RouterOptions> = {}) {
  return aRouter({
    tiers: { cheap: ['fake/a'] },
    targets: { 'fake/a': { price: { inputUsdPerMTok: 0, outputUsdPerMTok: 0, perRequestUsd: 1 } } },
    providers: providersOf({ fake }),
    budgets: { day: DAY },
    ...options,
  })
}

async function ask(llm: Llm): Promise<string> {
  try {
    await llm.chat.completions.create(saying('hi'), { user: 'u1' })
    return 'answered'
  } catch (error) {
    if (error instanceof LlmError) return `${error.code} ${error.status}`
    throw error
  }
}

async function answeredOf(llms: readonly Llm[], calls: number): Promise<number> {
  const words = await Promise.all(
    llms.flatMap((llm) => Array.from({ length: calls / llms.length }, () => ask(llm))),
  )
  return words.filter((word) => word === 'answered').length
}

describe('routers that share their budgets', () => {
  test('answer exactly 50 of 200 parallel calls together', async () => {
    const fake = await aFake()
    const { state } = flakyBudgets()
    const routers = Array.from({ length: 4 }, () => spending(fake, { sharedState: state }).router)
    expect(await answeredOf(routers, 200)).toBe(50)
    const reports = await Promise.all(routers.map((router) => router.budgets()))
    for (const { budgets } of reports) expect(budgets).toMatchObject([{ spentUsd: 50, heldUsd: 0 }])
  })

  test('wait for what another has reserved and does not spend', async () => {
    const fake = await aFake()
    const { state } = flakyBudgets()
    const parts = { sharedState: state, budgets: { day: { ...DAY, limitUsd: 1 } } }
    const [one, other] = [spending(fake, parts).router, spending(fake, parts).router]
    fake.script([{ status: 400, delayMs: 50 }])
    const first = ask(one)
    await fake.waitFor(1)
    expect(await ask(other)).toBe('answered')
    expect(await first).toBe('upstream_refused 400')
  })

  test('send calls to a cheaper tier by what all of them have spent', async () => {
    const fake = await aFake()
    const { state } = flakyBudgets()
    const parts = {
      sharedState: state,
      tiers: { best: ['fake/a'], cheap: ['fake/b'] },
      defaultTier: 'best',
      targets: {
        'fake/a': { price: { inputUsdPerMTok: 0, outputUsdPerMTok: 0, perRequestUsd: 1 } },
        'fake/b': { price: { inputUsdPerMTok: 0, outputUsdPerMTok: 0 } },
      },
      budgets: { day: { ...DAY, limitUsd: 2, degradeAt: 0.5, degradeTo: 'cheap' } },
    }
    const [one, other] = [spending(fake, parts).router, spending(fake, parts).router]
    expect(await ask(one)).toBe('answered')
    const { report } = await other.chat.completions.create(saying('hi'), { user: 'u1' }).withReport()
    expect(report).toMatchObject({ target: 'fake/b', outcome: 'degraded' })
  })
})

describe.skipIf(NO_REDIS)('routers with a Redis between them', () => {
  test.each(CLIENTS)('answer exactly 50 of 200 parallel calls, by %s', async (_, connect) => {
    const [fake, server] = [await aFake(), await aRedisServer()]
    const clients = await Promise.all([1, 2, 3, 4].map(() => connect(server.url)))
    const routers = clients.map((client) => {
      return spending(fake, { sharedState: redisState(client, { timeoutMs: 10_000 }) }).router
    })
    expect(await answeredOf(routers, 200)).toBe(50)
    expect(fake.requests).toHaveLength(50)
  })
})

describe.skipIf(NO_POSTGRES)('routers with a ledger in PostgreSQL between them', () => {
  test('answer exactly 50 of 200 parallel calls, and those after them none', async () => {
    const [fake, server] = [await aFake(), await aPostgresServer()]
    // On a busy machine four who make the tables at once take longer than the second that calls wait for.
    const patience = { budgetTimeoutMs: 10_000 }
    const aSpender = () => spending(fake, { ledger: postgresLedger(server.url, patience) }).router
    const routers = [1, 2, 3, 4].map(aSpender)
    expect(await answeredOf(routers, 200)).toBe(50)
    await Promise.all(routers.map((router) => router.close()))
    expect(await answeredOf([aSpender()], 5)).toBe(0)
    expect(fake.requests).toHaveLength(50)
  })
})

describe('a store that is down', () => {
  test('lets calls through with "allow", and is told what they have spent when it is back', async () => {
    const fake = await aFake()
    const flaky = flakyBudgets()
    const { router, lines } = spending(fake, { sharedState: flaky.state })
    expect(await ask(router)).toBe('answered')
    flaky.mood = 'broken'
    expect(await answeredOf([router], 5)).toBe(5)
    expect(
      lines.filter(({ message }) => message.includes('store of the budgets does not answer')),
    ).toHaveLength(1)
    flaky.mood = 'well'
    await expect.poll(async () => (await router.budgets()).budgets[0]?.spentUsd).toBe(6)
    expect((await router.budgets()).budgets[0]).toMatchObject({ heldUsd: 0 })
    expect(
      lines.filter(({ message }) => message.includes('store of the budgets answers again')),
    ).toHaveLength(1)
  })

  test('delays nobody for longer than its time limit, and only the first', async () => {
    const fake = await aFake()
    const flaky = flakyBudgets({ timeoutMs: 50 })
    const { router } = spending(fake, { sharedState: flaky.state })
    expect(await ask(router)).toBe('answered')
    flaky.mood = 'silent'
    expect(await answeredOf([router], 3)).toBe(3)
    const before = flaky.asked.filter((name) => name === 'reserve').length
    expect(await answeredOf([router], 5)).toBe(5)
    expect(flaky.asked.filter((name) => name === 'reserve')).toHaveLength(before)
  })

  test('refuses calls with 503 with "deny", and lets them through when it is back', async () => {
    const fake = await aFake()
    const flaky = flakyBudgets({ onStoreError: 'deny' })
    const { router } = spending(fake, { sharedState: flaky.state })
    flaky.mood = 'broken'
    expect(await ask(router)).toBe('no_candidate 503')
    expect(fake.requests).toHaveLength(0)
    flaky.mood = 'well'
    await expect.poll(() => ask(router)).toBe('answered')
  })
})

test('what a store grants too late is charged all the same, once', async () => {
  const fake = await aFake()
  const flaky = flakyBudgets({ timeoutMs: 50 })
  const { router } = spending(fake, { sharedState: flaky.state })
  expect(await ask(router)).toBe('answered')
  flaky.mood = 'late'
  expect(await ask(router)).toBe('answered')
  flaky.mood = 'well'
  await expect
    .poll(async () => (await router.budgets()).budgets[0])
    .toMatchObject({ spentUsd: 2, heldUsd: 0 })
})

describe('a ledger that outlives the process', () => {
  test('remembers what has been spent, also where 100 calls ask for it at once', async () => {
    const fake = await aFake()
    const file = `${aTemporaryFolder()}/llm.db`
    const before = spending(fake, { ledger: sqliteLedger(file) }).router
    expect(await answeredOf([before], 20)).toBe(20)
    await before.close()
    const after = spending(fake, { ledger: sqliteLedger(file) }).router
    expect(await answeredOf([after], 100)).toBe(30)
    expect((await after.budgets()).budgets).toMatchObject([{ spentUsd: 50, share: 1 }])
  })

  test('and cannot be read does not make budgets endless: what the process has spent itself counts', async () => {
    const fake = await aFake()
    const file = `${aTemporaryFolder()}/llm.db`
    writeFileSync(file, 'This is no database. '.repeat(500))
    const { router } = spending(fake, { ledger: sqliteLedger(file) })
    for (let count = 0; count < 5; count++) expect(await answeredOf([router], 10)).toBe(10)
    expect(await answeredOf([router], 10)).toBe(0)
    expect((await router.budgets()).budgets).toMatchObject([{ spentUsd: 50, state: 'exceeded' }])
  })
})
