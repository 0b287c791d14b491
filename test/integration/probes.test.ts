import { expect, test } from 'vitest'
import type { RouterOptions } from '../../src/config/options.ts'
import { aFake, aRouter, providersOf, saying } from '../support/app.ts'
import { aCapture } from './telemetry/captured.ts'

const INTERVAL_MS = 100

/** Two providers, whose targets are idle only when the test says that time has passed. */
async function twoProviders(config: Partial<RouterOptions> = {}, hasProbes = true) {
  const one = await aFake({ name: 'one' })
  const two = await aFake({ name: 'two' })
  let nowMs = 1_000
  const price = { inputUsdPerMTok: 1, outputUsdPerMTok: 2 }
  const made = aRouter({
    tiers: { all: ['one/a', 'two/b'] },
    providers: providersOf({ one, two }),
    targets: { 'one/a': { price }, 'two/b': { price } },
    strategy: 'fastest',
    fastest: { exploreShare: 0 },
    ...(hasProbes ? { probes: { intervalMs: INTERVAL_MS } } : {}),
    retry: { retriesPerTarget: 0 },
    clock: { now: () => nowMs, monotonic: () => nowMs },
    ...config,
  })
  return { ...made, one, two, push: (ms: number): void => void (nowMs += ms) }
}

/** Long enough for several looks at who is idle. */
const aWhile = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 3 * INTERVAL_MS))

test('a target that nobody has asked for the interval is asked for one token, as a stream', async () => {
  const { router, one, two, push } = await twoProviders()
  await router.ask('hello')
  await router.ask('hello')
  push(INTERVAL_MS)
  const [, probe] = await one.waitFor(2)
  await two.waitFor(2)
  expect(probe?.body).toMatchObject({ model: 'a', stream: true, max_tokens: 1 })
  await aWhile()
  // No time has passed on the router's clock.
  expect([one.requests.length, two.requests.length]).toEqual([2, 2])
})

test('what has traffic is not probed, nor is what no chat call has reached, nor a router that wants none', async () => {
  const { router, one, two, push } = await twoProviders()
  const silent = await twoProviders({}, false)
  await silent.router.ask('hello')
  await silent.router.ask('hello')
  await router.ask('hello')
  push(INTERVAL_MS / 2)
  await router.chat.completions.create(saying('hi'))
  push(INTERVAL_MS / 2)
  silent.push(INTERVAL_MS)
  await one.waitFor(2)
  await aWhile()
  expect([one.requests.length, two.requests.length]).toEqual([2, 1])
  expect(silent.one.requests).toHaveLength(1)
  const embedding = await twoProviders()
  await embedding.router.embeddings.create({ input: 'text' })
  embedding.push(10 * INTERVAL_MS)
  await aWhile()
  expect(embedding.one.requests).toHaveLength(1)
})

test('only targets that fastest chooses among are probed', async () => {
  const { router, one, two, push } = await twoProviders({
    strategy: 'in-order',
    tiers: { listed: ['one/a', 'two/b'], alone: { targets: ['one/a'], strategy: 'fastest' } },
    defaultTier: 'listed',
  })
  await router.ask('hello')
  push(10 * INTERVAL_MS)
  await aWhile()
  expect([one.requests.length, two.requests.length]).toEqual([1, 0])
})

test('one that hangs is probed by one request at a time', async () => {
  const { router, one, push } = await twoProviders({ health: { enabled: false } })
  await router.ask('hello')
  await router.ask('hello')
  one.always({ fault: 'silence' })
  for (const count of [2, 3, 4]) {
    push(INTERVAL_MS)
    await one.waitFor(count)
    expect(one.requests.filter(({ outcome }) => outcome === 'pending').length).toBeLessThanOrEqual(1)
  }
})

test('a probe is money, attempts and a span of its own; it is nobody’s call, and no line that one would look at', async () => {
  const captured = await aCapture()
  const { router, one, two, push, lines } = await twoProviders()
  await router.ask('hello')
  await router.ask('hello')
  const before = router.summary()
  expect(before).not.toHaveProperty('overheadUsd')
  push(INTERVAL_MS)
  await one.waitFor(2)
  await two.waitFor(2)
  await router.close({ timeoutMs: 5_000 })
  const after = router.summary()
  expect(after).toMatchObject({ calls: 2, attempts: 4, wastedUsd: 0 })
  expect(after.overheadUsd).toBeGreaterThan(0)
  expect(after.costUsd).toBeCloseTo((before.costUsd ?? 0) + (after.overheadUsd ?? 0), 12)
  const probes = captured.tree().filter(({ attributes }) => attributes['express_llm.purpose'] === 'overhead')
  expect(
    probes.map(({ name, children }) => `${name}: ${children.map((child) => child.name).join()}`).toSorted(),
  ).toEqual(['route one/a: chat a', 'route two/b: chat b'])
  const metrics = await captured.metrics()
  const spent = metrics.filter(({ name }) => name === 'express_llm.cost.spent')
  const overhead = spent.filter(({ attributes }) => attributes['express_llm.purpose'] === 'overhead')
  expect(overhead.reduce((sum, { value }) => sum + value, 0)).toBeCloseTo(after.overheadUsd ?? 0, 12)
  const durations = metrics.filter(({ name }) => name === 'express_llm.call.duration')
  expect(durations.reduce((sum, { count }) => sum + (count ?? 0), 0)).toBe(2)
  expect(lines.filter(({ level, message }) => level === 'info' && message === 'llm call')).toHaveLength(2)
  expect(lines).toContainEqual(
    expect.objectContaining({ level: 'debug', fields: expect.objectContaining({ purpose: 'overhead' }) }),
  )
})

test('failed probes count for the health of their target, which is left alone then, and show in no line at error', async () => {
  const { router, one, push, lines } = await twoProviders({ health: { consecutiveFailures: 2 } })
  await router.ask('hello')
  await router.ask('hello')
  one.always({ status: 500 })
  push(INTERVAL_MS)
  await one.waitFor(2)
  await aWhile()
  push(INTERVAL_MS)
  await one.waitFor(3)
  await aWhile()
  expect(router.health().find(({ target }) => target === 'one/a')).toMatchObject({ state: 'open' })
  push(INTERVAL_MS)
  await aWhile()
  expect(one.requests).toHaveLength(3)
  expect(lines.filter(({ level }) => level === 'error')).toEqual([])
})

test('a closed router probes no more, and ends the probe that is under way', async () => {
  const { router, one, two, push } = await twoProviders()
  one.script(['hi', { fault: 'silence' }])
  await router.ask('hello')
  await router.ask('hello')
  push(INTERVAL_MS)
  await one.waitFor(2)
  await two.waitFor(2)
  await router.close()
  expect(await one.waitForClose()).toMatchObject({ outcome: 'client-closed' })
  push(10 * INTERVAL_MS)
  await aWhile()
  expect([one.requests.length, two.requests.length]).toEqual([2, 2])
})
