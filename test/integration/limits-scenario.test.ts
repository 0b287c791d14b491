/** The promise of limits, told as a story: a thousand calls at once, and a provider that takes sixty a minute. */
import { expect, test } from 'vitest'
import type { Clock } from '../../src/core/clock.ts'
import type { FakeProvider } from '../../src/testing/fake/provider.ts'
import { LlmError } from '../../src/core/llm-error.ts'
import type { CallReport } from '../../src/core/report.ts'
import type { Router } from '../../src/surface/router.ts'
import { aFake, aRouter, providersOf } from '../support/app.ts'

const MINUTE_MS = 60_000

/** @param scale how many times faster than it is */
function scaledClock(scale: number): Clock {
  const startedMs = performance.now()
  const monotonic = (): number => (performance.now() - startedMs) * scale
  return { monotonic, now: () => 1_700_000_000_000 + monotonic() }
}

interface Scene {
  readonly router: Router
  readonly cheap: FakeProvider
  readonly dear: FakeProvider
  /** When the cheap one was asked, ms of the clock. */
  readonly arrivalsMs: readonly number[]
  readonly refusals: () => number
}

/** The cheap provider counts as most do: in fixed minutes, which begin when they begin. */
async function scene(scale: number): Promise<Scene> {
  const clock = scaledClock(scale)
  const cheap = await aFake({ name: 'cheap' })
  const dear = await aFake({ name: 'dear' })
  const arrivalsMs: number[] = []
  let refusals = 0
  let minute = -1
  let taken = 0
  cheap.always(() => {
    const nowMs = clock.monotonic()
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
  const providers = providersOf({ cheap, dear })
  const limits = { requestsPerMinute: 60, queueMaxWaitMs: 20 * MINUTE_MS }
  const { router } = aRouter({
    clock,
    tiers: { bulk: ['cheap/a', 'dear/b'] },
    providers: { ...providers, cheap: { ...providers['cheap'], limits } },
    health: {},
  })
  return { router, cheap, dear, arrivalsMs, refusals: () => refusals }
}

async function askAtOnce(router: Router, count: number, options: object): Promise<readonly CallReport[]> {
  return await Promise.all(
    Array.from({ length: count }, async () => {
      try {
        return (await router.ask('hi', options)).report
      } catch (error) {
        if (error instanceof LlmError && error.report !== undefined) return error.report
        throw error
      }
    }),
  )
}

/** Most arrivals in any minute. */
function mostInAMinute(arrivalsMs: readonly number[]): number {
  return Math.max(
    0,
    ...arrivalsMs.map((fromMs) => arrivalsMs.filter((ms) => ms >= fromMs && ms < fromMs + MINUTE_MS).length),
  )
}

test('1,000 calls at once that may wait 20 minutes all go to the cheap target, 60 a minute', async () => {
  const { router, dear, arrivalsMs, refusals } = await scene(30)
  const reports = await askAtOnce(router, 1_000, { timeout: 20 * MINUTE_MS })
  expect(reports.filter(({ outcome }) => outcome !== 'success')).toEqual([])
  expect(mostInAMinute(arrivalsMs)).toBeLessThanOrEqual(62)
  expect(refusals()).toBeLessThanOrEqual(3)
  expect(dear.requests).toHaveLength(0)
}, 60_000)

test('with a deadline of one minute the rest goes to the next target, and each says why', async () => {
  const { router, cheap, dear, refusals } = await scene(10)
  const reports = await askAtOnce(router, 1_000, { timeout: MINUTE_MS })
  expect(cheap.requests.length).toBeLessThanOrEqual(62)
  expect(refusals()).toBeLessThanOrEqual(3)
  expect(reports.every(({ outcome }) => outcome === 'success' || outcome === 'degraded')).toBe(true)
  const spilt = reports.filter(({ target }) => target === 'dear/b')
  expect(spilt).toHaveLength(dear.requests.length)
  expect(spilt.length).toBeGreaterThan(900)
  for (const { skipped } of spilt) expect(skipped).toMatchObject([{ target: 'cheap/a', why: 'rate-limited' }])
}, 60_000)
