import { expect, test } from 'vitest'
import type { RouterOptions } from '../../src/config/options.ts'
import type { CallReport } from '../../src/core/report.ts'
import type { Router } from '../../src/surface/router.ts'
import type { FakeProvider } from '../../src/testing/fake/provider.ts'
import { aFake, aRouter, providersOf, saying, reportOf } from '../support/app.ts'
import { seededRandom } from '../unit/plan/simulated-calls.ts'

const SERVED_MS = { slow: 120, fast: 5, middle: 40 }

/**
 * Three providers, the fastest in the middle of the list. Time is the test's own: each request takes what its provider
 * takes, on the router's clock and not on the wall, so that a busy machine changes nothing.
 */
async function threeProviders(config: Partial<RouterOptions> = {}) {
  const [slow, fast, middle] = [await aFake(), await aFake(), await aFake()]
  let nowMs = 1_000
  const push = (ms: number): void => void (nowMs += ms)
  const takes = (fake: FakeProvider, ms: number): void =>
    fake.always(() => {
      push(ms)
      return 'hi'
    })
  takes(slow, SERVED_MS.slow)
  takes(fast, SERVED_MS.fast)
  takes(middle, SERVED_MS.middle)
  const { router } = aRouter({
    tiers: { all: ['slow/a', 'fast/b', 'middle/c'] },
    providers: providersOf({ slow, fast, middle }),
    strategy: 'fastest',
    retry: { retriesPerTarget: 0 },
    clock: { now: () => nowMs, monotonic: () => nowMs },
    random: seededRandom(7),
    ...config,
  })
  return { slow, fast, middle, router, push, takes }
}

async function ask(router: Router, options: object = {}): Promise<CallReport> {
  return await reportOf(router.ask('hi', options))
}

/** How often each target answered. */
function tally(reports: readonly CallReport[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = { 'slow/a': 0, 'fast/b': 0, 'middle/c': 0 }
  for (const { target = 'none' } of reports) counts[target] = (counts[target] ?? 0) + 1
  return counts
}

async function inTurn(count: number, router: Router): Promise<readonly CallReport[]> {
  const reports: CallReport[] = []
  for (let index = 0; index < count; index++) reports.push(await ask(router))
  return reports
}

const atOnce = (count: number, router: Router): Promise<readonly CallReport[]> =>
  Promise.all(Array.from({ length: count }, () => ask(router)))

test('each target is tried once, and then the fastest gets the calls', async () => {
  const { router } = await threeProviders()
  expect(tally(await inTurn(3, router))).toEqual({ 'slow/a': 1, 'fast/b': 1, 'middle/c': 1 })
  const reports = await inTurn(100, router)
  expect(tally(reports)['fast/b']).toBeGreaterThanOrEqual(94)
  // Which of them was explored is told.
  for (const { target, why } of reports) {
    if (target !== 'fast/b') expect(why).toMatch(/; the target asked longest ago goes first, to see/)
  }
})

test('a plan shows the order, and why', async () => {
  const { router } = await threeProviders()
  await inTurn(3, router)
  const plan = await router.plan(saying('hi'))
  expect(plan).toMatchObject({ strategy: 'fastest' })
  expect(plan.steps.map(({ target }) => target)).toEqual(['fast/b', 'middle/c', 'slow/a'])
  expect(plan.why).toBe(
    'tier all, because the call names no model and all is the default; the fastest target goes first',
  )
})

test('streams go by their first content, however long they last', async () => {
  const { slow, fast, middle, router, push } = await threeProviders()
  for (let index = 0; index < 30; index++) {
    const stream = await router.chat.completions.create({ ...saying('hi'), stream: true })
    // Whatever comes after the first content takes long.
    for await (const _chunk of stream) push(200)
  }
  expect(fast.requests.length).toBeGreaterThanOrEqual(26)
  expect(slow.requests.length + middle.requests.length).toBeLessThanOrEqual(4)
})

test('many calls at once do not all go to the same target, neither at the start nor later', async () => {
  const unknown = await threeProviders()
  expect(tally(await atOnce(30, unknown.router))).toEqual({ 'slow/a': 10, 'fast/b': 10, 'middle/c': 10 })
  const { router } = await threeProviders()
  await inTurn(3, router)
  const counts = tally(await atOnce(60, router))
  expect(counts['fast/b']).toBeGreaterThan(40)
  expect(counts['middle/c']).toBeGreaterThanOrEqual(4)
})

test('what is only planned is not waited for', async () => {
  const { router } = await threeProviders()
  const plans = await Promise.all(Array.from({ length: 5 }, () => router.plan(saying('hi'))))
  for (const plan of plans) {
    expect(plan.steps[0]?.target).toBe('slow/a')
    expect(plan.why).toMatch(/a target of unknown speed goes first$/)
  }
})

test('when the fastest slows down the calls leave it, and when it is fast again they come back', async () => {
  const { fast, router, push, takes } = await threeProviders()
  await inTurn(10, router)
  takes(fast, 50)
  const slowed = tally(await inTurn(30, router))
  expect(slowed['middle/c']).toBeGreaterThanOrEqual(27)
  takes(fast, SERVED_MS.fast)
  push(120_000)
  expect(tally(await inTurn(30, router))['fast/b']).toBeGreaterThanOrEqual(28)
})

test('a target that hangs is left while its first caller still waits', async () => {
  const { fast, router, push } = await threeProviders()
  await inTurn(10, router)
  fast.reset()
  fast.always({ fault: 'silence' })
  const hanging = ask(router)
  await fast.waitFor(1)
  push(1_000)
  expect(tally(await inTurn(10, router))['middle/c']).toBe(10)
  await router.close()
  expect((await hanging).outcome).toBe('cancelled')
})

test('an error that comes fast does not make a target look fast', async () => {
  const { fast, router } = await threeProviders()
  await inTurn(10, router)
  fast.reset()
  fast.always({ status: 500 })
  const reports = await inTurn(60, router)
  // It is doubted more with each failure, and then only explored.
  expect(fast.requests.length).toBeLessThanOrEqual(6)
  expect(reports.every(({ target }) => target === 'middle/c')).toBe(true)
  expect(reports.at(-1)).toMatchObject({ outcome: 'success' })
})

test('a tier, a task and a call may say otherwise than the router', async () => {
  const { router } = await threeProviders({
    strategy: 'in-order',
    tiers: {
      quick: { targets: ['slow/a', 'fast/b'], strategy: 'fastest' },
      listed: ['slow/a', 'fast/b'],
    },
    defaultTier: 'listed',
    tasks: {
      chat: { tier: 'listed', strategy: 'fastest' },
      batch: { targets: ['slow/a', 'middle/c'] },
      careful: { tier: 'quick', strategy: 'in-order' },
      hurried: 'quick',
    },
    aliases: { rapid: 'quick' },
  })
  for (let count = 0; count < 2; count++) await ask(router, { tier: 'quick' })
  const firstOf = async (options: object): Promise<string> => {
    const { strategy, steps } = await router.plan(saying('hi'), options)
    return `${strategy} ${steps[0]?.target}`
  }
  expect(await firstOf({})).toBe('in-order slow/a')
  expect(await firstOf({ tier: 'quick' })).toBe('fastest fast/b')
  expect(await firstOf({ task: 'chat' })).toBe('fastest fast/b')
  expect(await firstOf({ task: 'batch' })).toBe('in-order slow/a')
  expect(await firstOf({ task: 'careful' })).toBe('in-order slow/a')
  expect(await firstOf({ task: 'hurried' })).toBe('fastest fast/b')
  expect(await firstOf({ strategy: 'fastest' })).toBe('fastest fast/b')
  expect(await firstOf({ tier: 'quick', strategy: 'in-order' })).toBe('in-order slow/a')
  const aliased = await router.plan({ ...saying('hi'), model: 'rapid' })
  expect(aliased).toMatchObject({ strategy: 'fastest', steps: [{ target: 'fast/b' }, { target: 'slow/a' }] })
})

test('calls that wait for room at a limited target count, so that others go where there is room', async () => {
  const { router, middle } = await threeProviders({
    tiers: { all: ['fast/b', 'middle/c'] },
    targets: { 'fast/b': { limits: { concurrency: 1 } } },
  })
  await inTurn(2, router)
  const reports = await atOnce(40, router)
  expect(reports.every(({ outcome }) => outcome === 'success')).toBe(true)
  expect(middle.requests.length).toBeGreaterThanOrEqual(4)
  expect(reports.flatMap(({ skipped }) => skipped)).toEqual([])
  // Nobody is left in a line that has gone.
  expect(tally(await inTurn(20, router))['fast/b']).toBeGreaterThanOrEqual(19)
})
