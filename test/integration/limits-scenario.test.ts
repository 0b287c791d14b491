/** The promise of limits, told as a story: a thousand calls at once, and a provider that takes sixty a minute. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { CallReport } from '../../src/core/report.ts'
import { createRouter, type Router } from '../../src/surface/router.ts'
import { createFakeFetch, type FakeFetch } from '../../src/testing/fake/fetch.ts'
import { reportOf } from '../support/app.ts'

const MINUTE_MS = 60_000

// Twenty minutes in a second: the providers are in process, so there is no socket whose time would be the real one.
beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  vi.useRealTimers()
})

interface Scene {
  readonly router: Router
  readonly cheap: FakeFetch
  readonly dear: FakeFetch
  /** When the cheap one was asked, ms. */
  readonly arrivalsMs: readonly number[]
  readonly refusals: () => number
}

/** The cheap provider counts as most do: in fixed minutes, which begin when they begin. */
function scene(): Scene {
  const cheap = createFakeFetch({ name: 'cheap', latencyMs: 700 })
  const dear = createFakeFetch({ name: 'dear', latencyMs: 300 })
  const arrivalsMs: number[] = []
  let refusals = 0
  let minute = -1
  let taken = 0
  cheap.always(() => {
    const nowMs = performance.now()
    arrivalsMs.push(nowMs)
    const sinceMs = nowMs + 17_000
    if (Math.floor(sinceMs / MINUTE_MS) !== minute) taken = 0
    minute = Math.floor(sinceMs / MINUTE_MS)
    const resetS = Math.ceil((MINUTE_MS - (sinceMs % MINUTE_MS)) / 1000)
    taken += 1
    if (taken > 60) {
      refusals += 1
      return { status: 429, headers: { 'retry-after': `${resetS}` } }
    }
    const left = { 'x-ratelimit-remaining-requests': `${60 - taken}` }
    return { headers: { ...left, 'x-ratelimit-reset-requests': `${resetS}s` } }
  })
  const router = createRouter({
    tiers: { bulk: ['cheap/a', 'dear/b'] },
    providers: {
      cheap: {
        baseUrl: 'http://cheap.test/v1',
        apiKey: 'key',
        limits: { requestsPerMinute: 60, queueMaxWaitMs: 20 * MINUTE_MS },
      },
      dear: { baseUrl: 'http://dear.test/v1', apiKey: 'key' },
    },
    transport: {
      kind: 'fetch',
      fetch: (input, init) => {
        const { hostname } = new URL(input instanceof Request ? input.url : input)
        return (hostname === 'cheap.test' ? cheap : dear).fetch(input, init)
      },
    },
    logger: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
    env: {},
  })
  return { router, cheap, dear, arrivalsMs, refusals: () => refusals }
}

async function askAtOnce(router: Router, count: number, options: object): Promise<readonly CallReport[]> {
  const reports = Promise.all(Array.from({ length: count }, () => reportOf(router.ask('hi', options))))
  await vi.advanceTimersByTimeAsync(20 * MINUTE_MS)
  return await reports
}

/** Most arrivals in any minute. */
function mostInAMinute(arrivalsMs: readonly number[]): number {
  return Math.max(
    0,
    ...arrivalsMs.map((fromMs) => arrivalsMs.filter((ms) => ms >= fromMs && ms < fromMs + MINUTE_MS).length),
  )
}

test('1,000 calls at once that may wait 20 minutes all go to the cheap target, 60 a minute', async () => {
  const { router, dear, arrivalsMs, refusals } = scene()
  const reports = await askAtOnce(router, 1_000, { timeout: 20 * MINUTE_MS })
  expect(reports.filter(({ outcome }) => outcome !== 'success')).toEqual([])
  expect(mostInAMinute(arrivalsMs)).toBeLessThanOrEqual(62)
  expect(refusals()).toBeLessThanOrEqual(3)
  expect(dear.requests).toHaveLength(0)
  // No slower than it has to be.
  expect(Math.max(...arrivalsMs) - Math.min(...arrivalsMs)).toBeLessThan(17.5 * MINUTE_MS)
  await router.close()
})

test('with a deadline of one minute the rest goes to the next target, and each says why', async () => {
  const { router, cheap, dear, refusals } = scene()
  const reports = await askAtOnce(router, 1_000, { timeout: MINUTE_MS })
  expect(cheap.requests.length).toBeGreaterThan(50)
  expect(cheap.requests.length).toBeLessThanOrEqual(62)
  expect(refusals()).toBeLessThanOrEqual(3)
  expect(reports.every(({ outcome }) => outcome === 'success' || outcome === 'degraded')).toBe(true)
  const spilt = reports.filter(({ target }) => target === 'dear/b')
  expect(spilt).toHaveLength(dear.requests.length)
  expect(spilt.length).toBeGreaterThan(900)
  for (const { skipped } of spilt) expect(skipped).toMatchObject([{ target: 'cheap/a', why: 'rate-limited' }])
  await router.close()
})
