/** A real Redis that is killed, paused, emptied and started again under load; and processes that are killed. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Redis } from 'ioredis'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { LimitOptions } from '../../../src/config/resilience-options.ts'
import { LlmError } from '../../../src/core/llm-error.ts'
import { createRedisState, type RedisStateOptions } from '../../../src/shared/redis-state.ts'
import { aFake, aRouter, providersOf } from '../../support/app.ts'
import { aNodeRedis, anIoRedis, CLIENTS } from '../../support/redis-clients.ts'
import { aRedisServer, NO_REDIS, type RedisServer } from '../../support/redis-server.ts'
import { runExample } from '../../support/run-example.ts'
import { aCapture } from '../telemetry/captured.ts'

const MEMBER = fileURLToPath(new URL('apps/member.ts', import.meta.url))
const TIMEOUT_MS = 30_000
/** A machine that runs many tests may keep a healthy Redis waiting for a while. */
const PATIENT = { timeoutMs: 500 }

async function aStage(limits: LimitOptions, options: RedisStateOptions & { minuteMs?: number } = {}) {
  const { minuteMs = 60_000, ...redisOptions } = options
  const redis = await aRedisServer()
  const fake = await aFake()
  const arrivalsMs: number[] = []
  fake.always(() => {
    arrivalsMs.push(performance.now())
    return {}
  })
  const member = async (connect: (url: string) => Promise<unknown>) => {
    const sharedState = createRedisState(await connect(redis.url), redisOptions, minuteMs)
    const { router, lines } = aRouter({
      tiers: { only: ['fake/a'] },
      providers: { fake: { ...providersOf({ fake })['fake'], limits } },
      retry: { retriesPerTarget: 0 },
      health: {},
      sharedState,
    })
    const asked: { readonly tookMs: number; readonly error: LlmError | undefined }[] = []
    const ask = async () => {
      const startedMs = performance.now()
      let error: LlmError | undefined
      try {
        await router.ask('hi')
      } catch (thrown) {
        if (!(thrown instanceof LlmError)) throw thrown
        error = thrown
      }
      const one = { tookMs: performance.now() - startedMs, error }
      asked.push(one)
      return one
    }
    const said = (words: string) => lines.filter(({ message }) => message.includes(words)).length
    return { router, ask, asked, said }
  }
  return { redis, fake, arrivalsMs, member }
}

/** Asks one call after the other. */
function asking(ask: () => Promise<unknown>) {
  const over = new AbortController()
  const done = (async () => {
    while (!over.signal.aborted) {
      await ask()
      // A refusal takes no turn of the event loop.
      await nextTurn()
    }
  })()
  const stop = async (): Promise<void> => {
    over.abort()
    await done
  }
  onTestFinished(stop)
  return stop
}

const DOWN = 'the shared state does not answer'
const UP = 'the shared state answers again'

/** What is done to Redis, and how it is undone. */
const FAULTS: readonly (readonly [
  string,
  (redis: RedisServer) => unknown,
  (redis: RedisServer) => unknown,
])[] = [
  ['killed', (redis) => redis.kill(), (redis) => redis.start()],
  ['paused', (redis) => redis.signal('SIGSTOP'), (redis) => redis.signal('SIGCONT')],
]

describe.skipIf(NO_REDIS).each(CLIENTS)('a Redis that is lost, by %s', (_name, connect) => {
  test.each(FAULTS)(
    '%s: no call waits for it, and it is used again when it is back',
    async (_fault, lose, mend) => {
      const { redis, member } = await aStage({ concurrency: 50, requestsPerMinute: 1_000_000 }, PATIENT)
      const { ask, asked, said } = await member(connect)
      const stop = asking(ask)
      await until(() => asked.length > 20)
      await lose(redis)
      await until(() => said(DOWN) === 1)
      const before = asked.length
      await until(() => asked.length > before + 50)
      await mend(redis)
      await until(() => said(UP) === 1)
      const after = asked.length
      await until(() => asked.length > after + 20)
      await stop()
      expect(asked.filter(({ error }) => error !== undefined)).toEqual([])
      // One bounded wait; the rest is this machine.
      expect(Math.max(...asked.map(({ tookMs }) => tookMs))).toBeLessThan(PATIENT.timeoutMs + 1_000)
      expect([said(DOWN), said(UP)]).toEqual([1, 1])
    },
    TIMEOUT_MS,
  )

  test(
    'while it is down, each process keeps within its part of the limit',
    async () => {
      const { redis, arrivalsMs, member } = await aStage(
        { requestsPerMinute: 40, queueMaxWaitMs: 0 },
        PATIENT,
      )
      const [one, two] = [await member(connect), await member(connect)]
      // Each has heard of the other.
      await pause(1_100)
      await redis.kill()
      await until(async () => {
        await Promise.all([one.ask(), two.ask()])
        return one.said(DOWN) + two.said(DOWN) === 2
      })
      const before = arrivalsMs.length
      for (let count = 0; count < 30; count++) await Promise.all([one.ask(), two.ask()])
      // Twenty a minute for each, of which a burst of five may go at once.
      expect(arrivalsMs.length - before).toBeLessThanOrEqual(2 * 6)
      expect(arrivalsMs.length - before).toBeGreaterThan(0)
    },
    TIMEOUT_MS,
  )

  test(
    'with onStoreError: "deny" limited targets are left out, and say why',
    async () => {
      const { redis, member } = await aStage(
        { requestsPerMinute: 1_000 },
        { ...PATIENT, onStoreError: 'deny' },
      )
      const { ask, said } = await member(connect)
      expect((await ask()).error).toBeUndefined()
      await redis.kill()
      await until(async () => {
        await ask()
        return said(DOWN) === 1
      })
      const { error, tookMs } = await ask()
      expect(error?.code).toBe('no_candidate')
      expect(error?.report?.skipped).toMatchObject([{ target: 'fake/a', why: 'rate-limited' }])
      expect(error?.message).toContain('the shared state does not answer')
      expect(tookMs).toBeLessThan(100)
      await redis.start()
      await until(async () => (await ask()).error === undefined)
    },
    TIMEOUT_MS,
  )
})

describe.skipIf(NO_REDIS)('a Redis that forgets', () => {
  test.each([
    ['emptied', (admin: Redis) => admin.flushall()],
    ['without its scripts', (admin: Redis) => admin.script('FLUSH')],
  ])(
    '%s under load: nobody fails, and the limit holds',
    async (_fault, forget) => {
      const minuteMs = 1_500
      const { redis, arrivalsMs, member } = await aStage(
        { requestsPerMinute: 60, concurrency: 10, queueMaxWaitMs: 20_000 },
        { minuteMs, timeoutMs: 1_000 },
      )
      const members = [await member(aNodeRedis), await member(anIoRedis)]
      const admin = new Redis(redis.url)
      onTestFinished(() => admin.disconnect())
      const stops = members.flatMap(({ ask }) => [asking(ask), asking(ask), asking(ask)])
      await until(() => arrivalsMs.length > 40)
      await forget(admin)
      await until(() => arrivalsMs.length > 160)
      await Promise.all(stops.map((stop) => stop()))
      for (const { asked, said } of members) {
        expect(asked.filter(({ error }) => error !== undefined)).toEqual([])
        expect(said(DOWN)).toBe(0)
      }
      const most = arrivalsMs.map(
        (from) => arrivalsMs.filter((ms) => ms >= from && ms < from + minuteMs).length,
      )
      // What the others had used is known again as soon as they speak.
      expect(Math.max(...most)).toBeLessThanOrEqual(60 * 1.1)
    },
    TIMEOUT_MS,
  )

  test(
    'places that are held are told anew',
    async () => {
      const { redis, fake, member } = await aStage({ concurrency: 1, queueMaxWaitMs: 300 }, PATIENT)
      const [one, two] = [await member(aNodeRedis), await member(anIoRedis)]
      await one.ask()
      fake.always({ delayMs: 3_000 })
      const long = one.ask()
      await fake.waitFor(2)
      const admin = new Redis(redis.url)
      onTestFinished(() => admin.disconnect())
      await admin.flushall()
      // Within a second all processes find out.
      await pause(1_200)
      expect((await two.ask()).error?.report?.skipped).toMatchObject([{ why: 'queue-full' }])
      await long
      fake.reset()
      expect((await two.ask()).error).toBeUndefined()
    },
    TIMEOUT_MS,
  )
})

test.skipIf(NO_REDIS)(
  'the places of a process that is killed are free again when its lease is over',
  { timeout: TIMEOUT_MS },
  async () => {
    const { redis, fake, member } = await aStage({ concurrency: 2, queueMaxWaitMs: 20_000 }, PATIENT)
    fake.always({ delayMs: 60_000 })
    const killed = runExample([MEMBER], {
      FAKE_URL: fake.baseUrl,
      REDIS_URL: redis.url,
      MINUTE_MS: '60000',
      CALLERS: '2',
      LIMITS: JSON.stringify({ concurrency: 2 }),
      NODE_NO_WARNINGS: '1',
    })
    onTestFinished(() => killed.kill('SIGKILL'))
    await killed.until(/ready/)
    killed.kill('SIGUSR2')
    await fake.waitFor(2)
    killed.kill('SIGKILL')
    await killed.ended()
    fake.reset()
    const { ask } = await member(anIoRedis)
    const { error, tookMs } = await ask()
    expect(error).toBeUndefined()
    expect(tookMs).toBeGreaterThan(1_000)
    expect(tookMs).toBeLessThan(13_000)
  },
)

test.skipIf(NO_REDIS)('closing gives back all that is held, at once', async () => {
  const { fake, member } = await aStage({ concurrency: 1 }, PATIENT)
  const [one, two] = [await member(aNodeRedis), await member(anIoRedis)]
  fake.always({ delayMs: 60_000 })
  const call = one.ask()
  await fake.waitFor(1)
  fake.reset()
  const waiting = two.ask()
  await one.router.close()
  expect((await call).error?.code).toBe('router_closed')
  const { error, tookMs } = await waiting
  expect(error).toBeUndefined()
  expect(tookMs).toBeLessThan(2_000)
})

test.skipIf(NO_REDIS)(
  'metrics show that it is down, and that it is back',
  { timeout: TIMEOUT_MS },
  async () => {
    const captured = await aCapture()
    const valueOf = async (metric: string) =>
      (await captured.metrics()).find(({ name }) => name === metric)?.value
    const { redis, member } = await aStage({ concurrency: 5 }, PATIENT)
    const { ask, said } = await member(anIoRedis)
    await ask()
    expect(await valueOf('express_llm.shared_state.up')).toBe(1)
    await redis.kill()
    await until(async () => {
      await ask()
      return said(DOWN) === 1
    })
    expect(await valueOf('express_llm.shared_state.up')).toBe(0)
    expect(await valueOf('express_llm.shared_state.errors')).toBeGreaterThan(0)
    await redis.start()
    await until(() => said(UP) === 1)
    expect(await valueOf('express_llm.shared_state.up')).toBe(1)
  },
)

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await pause(5)
}
