/** Routers that share limits: in memory, and in Redis. */
import { describe, expect, test } from 'vitest'
import type { LimitOptions } from '../../../src/config/resilience-options.ts'
import type { RouterOptions } from '../../../src/config/options.ts'
import { systemClock } from '../../../src/core/clock.ts'
import type { CallReport } from '../../../src/core/report.ts'
import type { SharedOperations } from '../../../src/core/shared-state.ts'
import { createMemoryState } from '../../../src/shared/memory-state.ts'
import { createRedisState } from '../../../src/shared/redis-state.ts'
import type { Router } from '../../../src/surface/router.ts'
import type { FakeProvider } from '../../../src/testing/fake/provider.ts'
import { aFake, aRouter, providersOf, reportOf } from '../../support/app.ts'
import { aNodeRedis, anIoRedis } from '../../support/redis-clients.ts'
import { aRedisServer, NO_REDIS } from '../../support/redis-server.ts'

type MakeState = (minuteMs: number) => Promise<() => SharedOperations>

function members(
  count: number,
  stateOf: () => SharedOperations,
  { fake, limits, ...options }: { fake: FakeProvider; limits: LimitOptions } & Partial<RouterOptions>,
): readonly Router[] {
  return Array.from({ length: count }, () => {
    const { router } = aRouter({
      tiers: { only: ['fake/a'] },
      providers: { fake: { ...providersOf({ fake })['fake'], limits } },
      sharedState: stateOf(),
      ...options,
    })
    return router
  })
}

async function ask(router: Router, options: object = {}): Promise<CallReport> {
  return await reportOf(router.ask('hi', options))
}

/** The same state, and how often it was asked. */
function counted(state: SharedOperations) {
  const counts = { leases: 0 }
  const { timeoutMs, onStoreError, minuteMs, budgets } = state
  const countedState: SharedOperations = {
    timeoutMs,
    onStoreError,
    minuteMs,
    budgets,
    sync: (request) => state.sync(request),
    claim: (request) => state.claim(request),
    lease(request) {
      counts.leases += 1
      return state.lease(request)
    },
  }
  return { state: countedState, counts }
}

function together(makeState: MakeState): void {
  test('no more attempts are under way than allowed, whoever makes them, and nobody waits for ever', async () => {
    const stateOf = await makeState(60_000)
    const fake = await aFake()
    let underWay = 0
    let most = 0
    fake.always(() => {
      most = Math.max(most, ++underWay)
      setTimeout(() => (underWay -= 1), 15)
      return { delayMs: 15 }
    })
    const routers = members(4, stateOf, { fake, limits: { concurrency: 3 } })
    const reports = await Promise.all(
      routers.flatMap((router) => Array.from({ length: 10 }, () => ask(router))),
    )
    expect(reports.every(({ outcome }) => outcome === 'success')).toBe(true)
    expect(most).toBe(3)
  })

  test('a minute’s requests are shared, and so is the news that none are left', async () => {
    const stateOf = await makeState(60_000)
    const fake = await aFake()
    const [one, two] = members(2, stateOf, {
      fake,
      limits: { requestsPerMinute: 5, queueMaxWaitMs: 5_000 },
    }) as [Router, Router]
    await Promise.all(Array.from({ length: 5 }, () => ask(one)))
    const startedMs = performance.now()
    const report = await ask(two)
    // There is no room for a minute: nobody waits for that.
    expect(performance.now() - startedMs).toBeLessThan(2_000)
    expect(report.skipped).toMatchObject([{ target: 'fake/a', why: 'queue-full' }])
    expect(fake.requests).toHaveLength(5)
  })

  test('tokens that were expected and not used are there for the others', async () => {
    const stateOf = await makeState(60_000)
    const fake = await aFake()
    const limits = { tokensPerMinute: 300, queueMaxWaitMs: 2_000 }
    const [one, two] = members(2, stateOf, { fake, limits }) as [Router, Router]
    const many = { max_tokens: 250, messages: [{ role: 'user' as const, content: 'hi' }] }
    await one.chat.completions.create(many)
    // Only when it is known what the first has used is there room for the second.
    await two.chat.completions.create(many)
    expect(fake.requests).toHaveLength(2)
  })

  test('a Retry-After that one was told closes the target for all', async () => {
    const stateOf = await makeState(60_000)
    const fake = await aFake()
    const limits = { requestsPerMinute: 100, queueMaxWaitMs: 1_000 }
    const [one, two] = members(2, stateOf, { fake, limits }) as [Router, Router]
    await ask(two)
    fake.always({ status: 429, headers: { 'retry-after': '30' } })
    await ask(one)
    fake.reset()
    const report = await ask(two)
    expect(report.skipped).toMatchObject([{ target: 'fake/a', why: 'rate-limited' }])
    expect(fake.requests).toHaveLength(0)
  })

  test('what the provider says is left is left for all together', async () => {
    const stateOf = await makeState(60_000)
    const fake = await aFake()
    fake.always({ headers: { 'x-ratelimit-remaining-requests': '3', 'x-ratelimit-reset-requests': '50s' } })
    const limits = { requestsPerMinute: 100, queueMaxWaitMs: 1_000 }
    const routers = members(3, stateOf, { fake, limits })
    // What the first was told goes along with its second call.
    for (const router of routers.slice(0, 1)) for (const _ of [1, 2]) await ask(router)
    await Promise.all(routers.flatMap((router) => [ask(router), ask(router), ask(router)]))
    expect(fake.requests.length).toBeLessThanOrEqual(2 + 3)
    expect(fake.requests.length).toBeGreaterThanOrEqual(2 + 1)
  })

  test('scopes of an instance and of a target hold together', async () => {
    const stateOf = await makeState(60_000)
    const fake = await aFake()
    const targets = { 'fake/a': { limits: { requestsPerMinute: 2, queueMaxWaitMs: 0 } } }
    const routers = members(3, stateOf, {
      fake,
      limits: { requestsPerMinute: 5, queueMaxWaitMs: 0 },
      tiers: { only: ['fake/a', 'fake/b'] },
      targets,
    })
    const reports = await Promise.all(
      routers.flatMap((router) => Array.from({ length: 4 }, () => ask(router))),
    )
    const answeredBy = (target: string) => reports.filter((report) => report.target === target).length
    expect([answeredBy('fake/a'), answeredBy('fake/b')]).toEqual([2, 3])
  })

  test('a call costs one round trip or less', async () => {
    const stateOf = await makeState(60_000)
    const fake = await aFake()
    const { state, counts } = counted(stateOf())
    const limits = { concurrency: 500, requestsPerMinute: 100_000, tokensPerMinute: 100_000_000 }
    const [router] = members(1, () => state, { fake, limits }) as [Router]
    for (let count = 0; count < 50; count++) await ask(router)
    expect(counts.leases).toBeLessThanOrEqual(50 + 2)
    counts.leases = 0
    await Promise.all(Array.from({ length: 200 }, () => ask(router)))
    expect(counts.leases).toBeLessThanOrEqual(100)
  })

  test('who has waited and gone leaves no room taken', async () => {
    const stateOf = await makeState(60_000)
    const fake = await aFake({ latencyMs: 30 })
    const [one, two] = members(2, stateOf, { fake, limits: { concurrency: 1 } }) as [Router, Router]
    const aborts = Array.from({ length: 20 }, () => new AbortController())
    const calls = aborts.map(({ signal }) => ask(one, { signal }))
    for (const [index, abort] of aborts.entries()) setTimeout(() => abort.abort(), index % 5)
    await Promise.all(calls)
    expect((await ask(two)).outcome).toBe('success')
  })

  test('a clock that is an hour off changes nothing', async () => {
    const stateOf = await makeState(60_000)
    const fake = await aFake()
    const limits = { requestsPerMinute: 6, queueMaxWaitMs: 0 }
    const clock = { now: () => Date.now() + 3_600_000, monotonic: () => performance.now() + 3_600_000 }
    const [one] = members(1, stateOf, { fake, limits }) as [Router]
    const [two] = members(1, stateOf, { fake, limits, clock }) as [Router]
    for (let count = 0; count < 6; count++) await Promise.all([ask(one), ask(two)])
    expect(fake.requests.length).toBeLessThanOrEqual(6)
  })
}

describe('in memory', () => {
  together((minuteMs) => {
    const state = createMemoryState(systemClock, minuteMs)
    return Promise.resolve(() => state)
  })
})

describe.skipIf(NO_REDIS)('in Redis, by clients of both kinds', () => {
  together(async (minuteMs) => {
    const { url } = await aRedisServer()
    const clients = [await aNodeRedis(url), await anIoRedis(url)] as const
    let count = 0
    return () => createRedisState(clients[count++ % 2 === 0 ? 0 : 1], { timeoutMs: 1_000 }, minuteMs)
  })
})
