/** The promise of shared budgets, with real processes; and what becomes of it when one of them, or the database, fails. */
import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { Redis } from 'ioredis'
import { Pool } from 'pg'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { BudgetClaim, BudgetCounter, BudgetStore } from '../../../src/core/budget-store.ts'
import { createRedisState } from '../../../src/shared/redis-state.ts'
import { postgresBudgets } from '../../support/postgres-budgets.ts'
import { aPostgresServer, NO_POSTGRES } from '../../support/postgres-server.ts'
import { aNodeRedis, anIoRedis } from '../../support/redis-clients.ts'
import { aRedisServer, NO_REDIS } from '../../support/redis-server.ts'
import { runExample } from '../../support/run-example.ts'

const SPENDER = fileURLToPath(new URL('apps/spender.ts', import.meta.url))
const TIMEOUT_MS = 60_000

/** A database, and a store in it for the test itself. */
interface Stage {
  readonly url: string
  readonly store: BudgetStore
  readonly pause: () => void
  readonly resume: () => void
}

async function redisStage(connect: (url: string) => Promise<unknown>): Promise<Stage> {
  const server = await aRedisServer()
  const store = createRedisState(await connect(server.url), {}, 60_000).budgets
  return {
    url: server.url,
    store,
    pause: () => server.signal('SIGSTOP'),
    resume: () => server.signal('SIGCONT'),
  }
}

async function postgresStage(): Promise<Stage> {
  const server = await aPostgresServer()
  const pool = new Pool({ connectionString: server.url, max: 50 })
  pool.on('error', () => undefined)
  onTestFinished(() => pool.end())
  return {
    url: server.url,
    store: await postgresBudgets(pool),
    pause: () => server.pause(),
    resume: () => server.resume(),
  }
}

const STAGES = [
  ['node-redis', NO_REDIS, () => redisStage(aNodeRedis)],
  ['ioredis', NO_REDIS, () => redisStage(anIoRedis)],
  ['PostgreSQL', NO_POSTGRES, postgresStage],
] as const

for (const [name, isMissing, makeStage] of STAGES) {
  describe.skipIf(isMissing)(`budgets through ${name}`, () => {
    test(
      'of 200 calls of four processes, where there is money for 50, exactly 50 are reserved',
      async () => {
        const { url, store } = await makeStage()
        const counter = aCounter()
        const spenders = Array.from({ length: 4 }, () =>
          aSpender(name, { url, counter, calls: 50, limit: 350 }),
        )
        const counts = await startAll(spenders)
        expect(sum(counts.map(({ reserved }) => reserved))).toBe(50)
        expect(sum(counts.map(({ refused }) => refused))).toBe(150)
        expect(await store.read([counter])).toEqual([{ spentNanoUsd: 350, heldNanoUsd: 0 }])
      },
      TIMEOUT_MS,
    )

    test(
      'what a process holds that is killed is free again when its reservations end',
      async () => {
        const { url, store } = await makeStage()
        const counter = aCounter()
        const holder = aSpender(name, { url, counter, calls: 40, limit: 350, holdMs: 6_000 })
        expect(await startAll([holder])).toEqual([{ reserved: 40, refused: 0 }])
        holder.kill('SIGKILL')
        await holder.ended()
        const reserve = async (amountNanoUsd: number) => {
          const claim: BudgetClaim = { ...counter, amountNanoUsd, limitNanoUsd: 350, isEnforced: true }
          return (await store.reserve({ id: randomUUID(), claims: [claim], ttlMs: 60_000 })).outcome
        }
        expect(await reserve(71)).toBe('refused')
        expect(await reserve(70)).toBe('reserved')
        await until(async () => (await store.read([counter]))[0]?.heldNanoUsd === 70)
        expect(await reserve(280)).toBe('reserved')
        expect(await reserve(1)).toBe('refused')
      },
      TIMEOUT_MS,
    )

    test(
      'what was told and not answered is told again, and counts once',
      async () => {
        const { store, pause, resume } = await makeStage()
        const counter = aCounter()
        await store.seed(counter, 0)
        pause()
        let tries = 0
        const settled = Array.from({ length: 40 }, async () => {
          const id = randomUUID()
          do tries += 1
          while (!(await isAnswered(store.settle({ id, entries: [{ ...counter, spentNanoUsd: 7 }] }), 500)))
        })
        await until(() => Promise.resolve(tries >= 120))
        resume()
        await Promise.all(settled)
        expect(await store.read([counter])).toEqual([{ spentNanoUsd: 280, heldNanoUsd: 0 }])
      },
      TIMEOUT_MS,
    )
  })
}

test.skipIf(NO_REDIS)(
  'a Redis that was emptied knows no budgets, and is told what is known to have been spent',
  async () => {
    const { url, store } = await redisStage(aNodeRedis)
    const admin = new Redis(url)
    onTestFinished(() => admin.disconnect())
    const counter = aCounter()
    const claims = [{ ...counter, amountNanoUsd: 30, limitNanoUsd: 100, isEnforced: true }]
    await store.seed(counter, 50)
    expect(await store.reserve({ id: 'one', claims, ttlMs: 60_000 })).toMatchObject({ outcome: 'reserved' })
    await admin.flushall()
    expect(await store.reserve({ id: 'two', claims, ttlMs: 60_000 })).toEqual({
      outcome: 'unknown',
      unknown: [counter.key],
    })
    await store.settle({ id: 'one', entries: [{ ...counter, spentNanoUsd: 25 }] })
    await store.seed(counter, 75)
    expect(await store.read([counter])).toEqual([{ spentNanoUsd: 75, heldNanoUsd: 0 }])
    expect(await store.reserve({ id: 'two', claims, ttlMs: 60_000 })).toMatchObject({ outcome: 'refused' })
  },
)

test.skipIf(NO_REDIS)('nothing in Redis is kept for ever', async () => {
  const { url, store } = await redisStage(aNodeRedis)
  const admin = new Redis(url)
  onTestFinished(() => admin.disconnect())
  const counter = aCounter()
  await store.seed(counter, 50)
  const claims = [{ ...counter, amountNanoUsd: 30, limitNanoUsd: 100, isEnforced: true }]
  await store.reserve({ id: 'one', claims, ttlMs: 60_000 })
  await store.settle({ id: 'two', entries: [{ ...counter, spentNanoUsd: 25 }] })
  const keys = await admin.keys('*')
  expect(keys).toHaveLength(2)
  const hours = await Promise.all(keys.map(async (key) => (await admin.pttl(key)) / 3_600_000))
  for (const left of hours) expect(left).toBeGreaterThan(0)
  expect(Math.max(...hours)).toBeGreaterThan(24)
  expect(Math.max(...hours)).toBeLessThanOrEqual(25)
})

test.skipIf(NO_POSTGRES)('in PostgreSQL whoever comes by tidies away what is over', async () => {
  const { url, store } = await postgresStage()
  const pool = new Pool({ connectionString: url })
  onTestFinished(() => pool.end())
  const rows = async () => {
    const { rows } = await pool.query(
      `SELECT (SELECT count(*)::int FROM "odd ""schema's".llm_budget_hold) AS holds,
              (SELECT count(*)::int FROM "odd ""schema's".llm_budget_counter) AS counters`,
    )
    return rows[0] as unknown
  }
  const [old, counter] = [aCounter(), aCounter()]
  await store.seed(old, 1)
  const settle = () => store.settle({ id: randomUUID(), entries: [{ ...counter, spentNanoUsd: 1 }] })
  for (let count = 0; count < 199; count++) await settle()
  expect(await rows()).toEqual({ holds: 199, counters: 2 })
  await pool.query(`UPDATE "odd ""schema's".llm_budget_hold SET ends_ms = 0`)
  await pool.query(`UPDATE "odd ""schema's".llm_budget_counter SET forget_ms = 0 WHERE key = $1`, [old.key])
  await settle()
  expect(await rows()).toEqual({ holds: 1, counters: 1 })
})

function aCounter(): BudgetCounter {
  return { key: randomUUID(), endsAtMs: Date.now() + 3_600_000 }
}

interface SpenderParts {
  readonly url: string
  readonly counter: BudgetCounter
  readonly calls: number
  readonly limit: number
  /** It does not settle, and its reservations last that long. */
  readonly holdMs?: number
}

function aSpender(store: string, { url, counter, calls, limit, holdMs }: SpenderParts) {
  const spender = runExample([SPENDER], {
    STORE: store,
    URL: url,
    KEY: counter.key,
    ENDS_AT_MS: String(counter.endsAtMs),
    CALLS: String(calls),
    AMOUNT: '7',
    LIMIT: String(limit),
    NODE_NO_WARNINGS: '1',
    ...(holdMs !== undefined && { HOLD: '1', TTL_MS: String(holdMs) }),
  })
  onTestFinished(() => spender.kill('SIGKILL'))
  return spender
}

/** Lets them begin at the same moment. @returns how many calls of each were reserved and refused */
async function startAll(spenders: readonly ReturnType<typeof aSpender>[]) {
  await Promise.all(spenders.map((spender) => spender.until(/ready/)))
  for (const spender of spenders) spender.kill('SIGUSR2')
  return await Promise.all(
    spenders.map(async (spender) => {
      const [, counts = ''] = await spender.until(/ended (.*)/)
      return JSON.parse(counts) as { readonly reserved: number; readonly refused: number }
    }),
  )
}

/** Who has not been answered in time, or with an error, does not know whether it was done. */
async function isAnswered(operation: unknown, withinMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), withinMs)
  })
  const answered = Promise.resolve(operation).then(
    () => true,
    () => false,
  )
  const isThere = await Promise.race([answered, late])
  clearTimeout(timer)
  return isThere
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 10))
}
