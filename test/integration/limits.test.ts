import { expect, test } from 'vitest'
import type { RouterOptions } from '../../src/config/options.ts'
import type { LimitOptions } from '../../src/config/resilience-options.ts'
import { LlmError } from '../../src/core/llm-error.ts'
import type { CallReport } from '../../src/core/report.ts'
import type { Router } from '../../src/surface/router.ts'
import { aFake, aRouter, providersOf, saying, reportOf } from '../support/app.ts'

async function limited(limits: LimitOptions, config: Partial<RouterOptions> = {}) {
  const cheap = await aFake({ name: 'cheap', latencyMs: 20 })
  const dear = await aFake({ name: 'dear' })
  const providers = providersOf({ cheap, dear })
  const { router } = aRouter({
    tiers: { bulk: ['cheap/a', 'dear/b'] },
    providers: { ...providers, cheap: { ...providers['cheap'], limits } },
    ...config,
  })
  return { cheap, dear, router }
}

async function ask(router: Router, options: object = {}): Promise<CallReport> {
  return await reportOf(router.ask('hi', options))
}

test('no more attempts are under way than allowed, and nobody who waits is lost', async () => {
  const { cheap, dear, router } = await limited({ concurrency: 3 })
  let underWay = 0
  let most = 0
  cheap.always(() => {
    most = Math.max(most, ++underWay)
    setTimeout(() => (underWay -= 1), 15)
    return { delayMs: 15 }
  })
  const reports = await Promise.all(Array.from({ length: 20 }, () => ask(router)))
  expect(most).toBeLessThanOrEqual(3)
  expect(reports.every(({ target }) => target === 'cheap/a')).toBe(true)
  expect(dear.requests).toHaveLength(0)
  expect(reports.filter(({ attempts }) => (attempts[0]?.queuedMs ?? 0) > 0).length).toBeGreaterThanOrEqual(17)
})

test('who waits too long goes on to the next target, and the report says why', async () => {
  const { dear, router } = await limited({ concurrency: 1, queueMaxWaitMs: 50 })
  const reports = await Promise.all(Array.from({ length: 20 }, () => ask(router)))
  expect(reports.every(({ outcome }) => outcome === 'success' || outcome === 'degraded')).toBe(true)
  expect(dear.requests.length).toBeGreaterThan(10)
  const spilt = reports.find(({ target }) => target === 'dear/b')
  expect(spilt?.skipped).toMatchObject([{ target: 'cheap/a', why: 'queue-full' }])
})

test('a minute’s requests are not exceeded, and a deadline of less makes the rest spill at once', async () => {
  const { cheap, dear, router } = await limited({ requestsPerMinute: 60, queueMaxWaitMs: 600_000 })
  const reports = await Promise.all(Array.from({ length: 100 }, () => ask(router, { timeout: 1_000 })))
  expect(cheap.requests.length).toBeLessThanOrEqual(60)
  expect(dear.requests.length).toBe(100 - cheap.requests.length)
  for (const { target, skipped } of reports) {
    if (target === 'dear/b') expect(skipped).toMatchObject([{ target: 'cheap/a', why: 'rate-limited' }])
  }
})

test('where nobody has room the call is refused with 429 and when to come back, and nothing is sent', async () => {
  const fake = await aFake()
  const { router } = aRouter({
    tiers: { only: ['fake/a'] },
    providers: providersOf({ fake }),
    targets: { 'fake/a': { limits: { requestsPerMinute: 1, queueMaxWaitMs: 0 } } },
  })
  expect((await ask(router)).outcome).toBe('success')
  const error: unknown = await router.chat.completions.create(saying('hi')).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code: 'no_candidate', status: 429, report: { outcome: 'refused' } })
  expect(error instanceof LlmError && error.retryAfterMs).toBeGreaterThan(50_000)
  expect(fake.requests).toHaveLength(1)
})

test('a higher priority goes first', async () => {
  const { cheap, router } = await limited({ concurrency: 1 })
  const first = ask(router)
  const low = [1, 2, 3].map(() => ask(router, { user: 'low' }))
  const high = ask(router, { priority: 10, user: 'high' })
  await high
  expect(cheap.requests.length).toBeLessThanOrEqual(3)
  await Promise.all([first, ...low])
})

test('the caller’s abort and the deadline leave no place in the queue', async () => {
  const { cheap, router } = await limited({ concurrency: 1 })
  cheap.script([{ fault: 'silence' }])
  const aborter = new AbortController()
  const hanging = ask(router, { signal: aborter.signal })
  await cheap.waitFor(1)
  const late = await ask(router, { timeout: 30 })
  expect(late).toMatchObject({ outcome: 'cancelled', attempts: [] })
  aborter.abort()
  await hanging
  expect((await ask(router)).target).toBe('cheap/a')
})

test('a stream keeps its place until it has ended', async () => {
  const { cheap, dear, router } = await limited({ concurrency: 1, queueMaxWaitMs: 20 })
  cheap.always({ tokenDelayMs: 5, answer: 'One two three four five six seven eight.' })
  const stream = await router.chat.completions.create({ ...saying('hi'), stream: true })
  expect((await ask(router)).target).toBe('dear/b')
  for await (const _chunk of stream) continue
  expect((await ask(router)).target).toBe('cheap/a')
  expect(dear.requests).toHaveLength(1)
})

test('a 429 sends the call back to its queue, where the others wait too, and nobody elsewhere', async () => {
  const { cheap, dear, router } = await limited(
    { requestsPerMinute: 600, queueMaxWaitMs: 5_000 },
    { health: {} },
  )
  cheap.script([{ status: 429, headers: { 'retry-after-ms': '300' } }])
  const refused = ask(router)
  await cheap.waitFor(1)
  await expect.poll(() => router.limits()[0]?.closedForMs ?? 0).toBeGreaterThan(0)
  expect(router.health()).toMatchObject([{ target: 'cheap/a', cooldown: { cause: 'retry-after' } }])
  const others = await Promise.all([1, 2, 3].map(() => ask(router)))
  const report = await refused
  expect(report.attempts).toMatchObject([
    { target: 'cheap/a', outcome: 'failed', kind: 'rate-limited' },
    { target: 'cheap/a', outcome: 'success', reason: 'retry' },
  ])
  expect(report.attempts[1]?.queuedMs).toBeGreaterThan(200)
  expect(others.map(({ target }) => target)).toEqual(['cheap/a', 'cheap/a', 'cheap/a'])
  expect(dear.requests).toHaveLength(0)
})

test('a Retry-After that is longer than a call may wait sends it on at once', async () => {
  const { cheap, router } = await limited({ requestsPerMinute: 600, queueMaxWaitMs: 1_000 })
  cheap.script([{ status: 429, headers: { 'retry-after': '36000' } }])
  const report = await ask(router)
  expect(report).toMatchObject({ target: 'dear/b', skipped: [{ target: 'cheap/a', why: 'rate-limited' }] })
  expect((await ask(router)).target).toBe('dear/b')
})

test('what the provider says is left is kept, for answers, streams and refusals', async () => {
  for (const isStreamed of [false, true]) {
    const { cheap, router } = await limited({ requestsPerMinute: 600, queueMaxWaitMs: 0 })
    const dry = { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '1m' }
    cheap.always({ headers: dry })
    if (isStreamed) {
      const stream = await router.chat.completions.create({ ...saying('hi'), stream: true })
      for await (const _chunk of stream) continue
    } else await ask(router)
    expect((await ask(router)).skipped).toMatchObject([{ target: 'cheap/a', why: 'rate-limited' }])
    expect(cheap.requests).toHaveLength(1)
    expect(router.limits()[0]?.closedForMs).toBeGreaterThan(50_000)
  }
})

test('router.limits() tells what is under way, what the minute holds and who waits', async () => {
  const { cheap, router } = await limited({
    concurrency: 1,
    requestsPerMinute: 100,
    tokensPerMinute: 100_000,
  })
  expect(router.limits()).toEqual([])
  cheap.script([{ fault: 'silence' }])
  const aborter = new AbortController()
  const calls = [1, 2].map(() => ask(router, { signal: aborter.signal }))
  await cheap.waitFor(1)
  expect(router.limits()).toEqual([
    {
      scope: 'cheap',
      inFlight: 1,
      queued: 1,
      requestsInMinute: 1,
      tokensInMinute: expect.any(Number),
      allowedShare: 1,
    },
  ])
  aborter.abort()
  await Promise.all(calls)
})
