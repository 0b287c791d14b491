import { describe, expect, test } from 'vitest'
import type { HealthChange } from '../../src/core/target-health.ts'
import type { RouterOptions } from '../../src/config/options.ts'
import type { CallReport } from '../../src/core/report.ts'
import type { Router } from '../../src/surface/router.ts'
import { aFake, aRouter, providersOf, saying, reportOf } from '../support/app.ts'

const OPEN_MS = 300

/** Two providers and a router that prefers the first, with a breaker that is quick to act. */
async function twoProviders(config: Partial<RouterOptions> = {}) {
  const first = await aFake({ name: 'first' })
  const second = await aFake({ name: 'second' })
  const changes: HealthChange[] = []
  const { router, lines } = aRouter({
    tiers: { cheap: ['first/a', 'second/b'] },
    providers: providersOf({ first, second }),
    retry: { retriesPerTarget: 0 },
    health: { consecutiveFailures: 3, openMs: OPEN_MS },
    onHealthChange: (change) => changes.push(change),
    ...config,
  })
  return { first, second, router, changes, lines }
}

async function ask(router: Router): Promise<CallReport> {
  return await reportOf(router.ask('hi'))
}

async function times(count: number, work: () => Promise<unknown>): Promise<void> {
  for (let index = 0; index < count; index++) await work()
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

test('a target that fails is left alone, and the next one answers without delay', async () => {
  const { first, router, changes } = await twoProviders()
  first.always({ status: 503 })
  await times(10, () => ask(router))
  expect(first.requests).toHaveLength(3)
  const report = await ask(router)
  expect(report).toMatchObject({ outcome: 'degraded', target: 'second/b' })
  expect(report.skipped).toMatchObject([{ target: 'first/a', why: 'breaker-open' }])
  expect(changes).toMatchObject([{ target: 'first/a', from: 'closed', to: 'open' }])
})

test('a call whose failure opens the breaker, and a probe that fails, go on without a wait', async () => {
  const { first, router } = await twoProviders({
    retry: { backoffBaseMs: OPEN_MS / 2 },
    health: { consecutiveFailures: 1, openMs: OPEN_MS },
    // Every backoff is as long as it may be, and shorter than the target is left alone.
    random: () => 1 - Number.EPSILON,
  })
  first.always({ status: 503 })
  expect(await ask(router)).toMatchObject({ target: 'second/b', retryWaitMs: 0 })
  while (first.requests.length < 2) {
    await pause(5)
    expect(await ask(router)).toMatchObject({ target: 'second/b', retryWaitMs: 0 })
  }
  expect(first.requests).toHaveLength(2)
})

test('in an outage the target sees only probes, and after it serves again within one interval', async () => {
  const { first, router, changes } = await twoProviders()
  first.always({ status: 503 })
  const outageEndsMs = performance.now() + 4 * OPEN_MS
  while (performance.now() < outageEndsMs) {
    await Promise.all([ask(router), ask(router), ask(router)])
    await pause(5)
  }
  // Three that opened it (or six, all under way at once), then one for each interval.
  expect(first.requests.length).toBeLessThanOrEqual(6 + 4)
  first.reset()
  const servedMs = performance.now()
  while ((await ask(router)).target !== 'first/a') await pause(5)
  expect(performance.now() - servedMs).toBeLessThan(OPEN_MS + 100)
  expect(changes.map(({ to }) => to)).toContain('recovering')
})

test('while one call probes, the others go elsewhere', async () => {
  const { first, second, router } = await twoProviders()
  first.always({ status: 503 })
  await times(3, () => ask(router))
  await pause(OPEN_MS)
  first.reset()
  first.always({ delayMs: 100 })
  second.reset()
  const reports = await Promise.all(Array.from({ length: 10 }, () => ask(router)))
  expect(first.requests).toHaveLength(1)
  expect(second.requests).toHaveLength(9)
  expect(reports.every(({ outcome }) => outcome === 'success' || outcome === 'degraded')).toBe(true)
})

test('what comes back is not flooded', async () => {
  const { first, router } = await twoProviders()
  first.always({ status: 503 })
  await times(3, () => ask(router))
  await pause(OPEN_MS)
  first.reset()
  expect((await ask(router)).target).toBe('first/a')
  first.always({ delayMs: 50 })
  const asked = first.requests.length
  await Promise.all(Array.from({ length: 20 }, () => ask(router)))
  expect(first.requests.length - asked).toBeLessThanOrEqual(4)
})

describe('nobody is left', () => {
  test('the one that is back first is asked all the same', async () => {
    const { first, second, router } = await twoProviders({
      health: { consecutiveFailures: 1, openMs: 60_000 },
    })
    first.always({ status: 503 })
    second.always({ status: 503 })
    await ask(router)
    first.reset()
    second.reset()
    const report = await ask(router)
    expect(report).toMatchObject({ outcome: 'success', target: 'first/a' })
    expect([first.requests.length, second.requests.length]).toEqual([1, 0])
  })

  test('a single target is never refused for its past', async () => {
    const fake = await aFake()
    const { router } = aRouter({ tiers: { cheap: ['fake/a'] }, providers: providersOf({ fake }), health: {} })
    fake.always({ status: 401 })
    await times(5, () => ask(router))
    expect(fake.requests).toHaveLength(5)
    fake.reset()
    expect((await ask(router)).outcome).toBe('success')
  })
})

describe('cooldowns', () => {
  test('a Retry-After is kept to, by all calls', async () => {
    const { first, router } = await twoProviders()
    first.script([{ status: 429, retryAfter: 60 }])
    await times(5, () => ask(router))
    expect(first.requests).toHaveLength(1)
    expect(router.health()[0]).toMatchObject({ target: 'first/a', cooldown: { cause: 'retry-after' } })
    const endsInMs = router.health()[0]?.cooldown?.endsInMs
    expect(endsInMs).toBeGreaterThan(55_000)
    expect(endsInMs).toBeLessThanOrEqual(60_000)
  })

  test.each([
    ['0', 0],
    ['a date in the past', new Date(0)],
    ['a number below 0', '-5'],
  ])('a Retry-After of %s is none', async (_name, retryAfter) => {
    const { first, router } = await twoProviders()
    first.script([{ status: 429, retryAfter }])
    await times(2, () => ask(router))
    expect(first.requests).toHaveLength(2)
  })

  test.each([401, 402, 404])(
    'a %d rests the target, and the next of the same account is asked in its place',
    async (status) => {
      const fake = await aFake()
      const { router } = aRouter({
        tiers: { cheap: ['fake/a', 'fake/b'] },
        providers: providersOf({ fake }),
        health: {},
      })
      fake.when(({ model }) => model === 'a', { status })
      await times(3, () => ask(router))
      expect(fake.requests.map(({ model }) => model)).toEqual(['a', 'b', 'b', 'b'])
    },
  )
})

test('a caller’s abort and our own mistakes open nothing', async () => {
  const { first, router } = await twoProviders({ health: { consecutiveFailures: 1 } })
  first.script([{ fault: 'silence' }, { status: 400 }])
  const aborter = new AbortController()
  const aborted = ask(router.with({ signal: aborter.signal }) as Router)
  await first.waitFor(1)
  aborter.abort()
  await aborted
  await ask(router)
  expect((await ask(router)).target).toBe('first/a')
})

test('a stream proves at its first content that the target answers', async () => {
  const { first, router, changes } = await twoProviders()
  first.always({ status: 503 })
  await times(3, () => ask(router))
  await pause(OPEN_MS)
  first.reset()
  first.always({ tokenDelayMs: 5, answer: 'One two three four five six seven eight.' })
  const stream = await router.chat.completions.create({ ...saying('hi'), stream: true })
  expect(changes.at(-1)).toMatchObject({ to: 'recovering' })
  for await (const _chunk of stream) continue
  expect((await stream.report).target).toBe('first/a')
})

test('can be turned off: then every call finds out for itself', async () => {
  const { first, router } = await twoProviders()
  expect(router.health()).toEqual([])
  const plain = aRouter({
    tiers: { cheap: ['first/a'] },
    providers: providersOf({ first }),
    retry: { retriesPerTarget: 0 },
    health: { enabled: false },
  }).router
  first.always({ status: 503 })
  await times(10, () => ask(plain))
  expect(first.requests).toHaveLength(10)
  expect(plain.health()).toEqual([])
})
