import { getEventListeners } from 'node:events'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { allOf, ANSWERED, aRequest, isPermit, limitsOf, ONE, pass, permitOf, TWO } from './a-limits.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  const left = vi.getTimerCount()
  vi.useRealTimers()
  if (left > 0) throw new Error(`${left} timers are left`)
})

const REFUSED = { tokens: undefined, isRateLimited: true } as const

test('answers at once, without a timer, while there is room, and without limits always', () => {
  const limits = limitsOf({ a: { requestsPerMinute: 60, concurrency: 5, tokensPerMinute: 100 } })
  for (let count = 0; count < 5; count++) permitOf(limits.acquire(ONE, aRequest()))
  expect(vi.getTimerCount()).toBe(0)
  expect(limits.report()).toEqual([
    { scope: 'a', inFlight: 5, queued: 0, requestsInMinute: 5, tokensInMinute: 5, allowedShare: 1 },
  ])
  const unlimited = limitsOf({})
  permitOf(unlimited.acquire(ONE, aRequest())).end(ANSWERED)
  expect(unlimited.report()).toEqual([])
})

test('waits for an attempt to end where only so many may be under way, the higher priority first', async () => {
  const limits = limitsOf({ a: { concurrency: 1 } })
  const first = permitOf(limits.acquire(ONE, aRequest()))
  const order: string[] = []
  for (const [name, priority] of [
    ['low', -1],
    ['early', 0],
    ['late', 0],
    ['odd', Number.NaN],
    ['high', 1],
  ] as const) {
    void Promise.resolve(limits.acquire(ONE, aRequest({ priority }))).then((permit) => {
      order.push(name)
      if (isPermit(permit)) permit.end(ANSWERED)
    })
  }
  await pass(1_000)
  expect(order).toEqual([])
  first.end(ANSWERED)
  first.end(ANSWERED)
  await pass(0)
  expect(order).toEqual(['high', 'early', 'late', 'odd', 'low'])
  expect(limits.report()).toMatchObject([{ inFlight: 0, queued: 0 }])
})

test('refuses when the wait is over, and says whether the queue or the deadline is to blame', async () => {
  const limits = limitsOf({
    'a/one': { concurrency: 1, queueMaxWaitMs: 2_000 },
    'a/two': { tokensPerMinute: 100, queueMaxWaitMs: 2_000 },
  })
  const permit = permitOf(limits.acquire(ONE, aRequest()))
  permitOf(limits.acquire(TWO, aRequest({ tokens: 100 }))).end(ANSWERED)
  const answers = Promise.all([limits.acquire(ONE, aRequest()), limits.acquire(TWO, aRequest())])
  const early = limits.acquire(TWO, aRequest({ tokens: 100, maxWaitMs: 500 }))
  expect(vi.getTimerCount()).toBe(2)
  await pass(500)
  await expect(early).resolves.toMatchObject({
    why: 'rate-limited',
    detail: 'a/two has no room in time (100 tokens a minute)',
  })
  expect(limits.report()).toMatchObject([{ queued: 1 }, { queued: 1 }])
  await pass(1_500)
  await expect(answers).resolves.toMatchObject([
    { why: 'queue-full', detail: 'a/one has no room in time (1 at once)', availableInMs: 0 },
    {
      why: 'queue-full',
      detail: 'a/two has no room in time (100 tokens a minute)',
      availableInMs: 58_500,
    },
  ])
  permit.end(ANSWERED)
})

test('refuses at once a call that cannot come up in time, and one that finds no place to wait', async () => {
  const limits = limitsOf({ a: { requestsPerMinute: 60, queueMax: 3, queueMaxWaitMs: 10_000 } })
  for (let count = 0; count < 5; count++) permitOf(limits.acquire(ONE, aRequest())).end(ANSWERED)
  const waiting = [1, 2].map(() => limits.acquire(ONE, aRequest()))
  expect(limits.acquire(ONE, aRequest({ maxWaitMs: 2_900 }))).toMatchObject({
    why: 'rate-limited',
    availableInMs: 3_000,
  })
  for (const maxWaitMs of [0, -1, Number.NaN]) {
    expect(limits.acquire(ONE, aRequest({ maxWaitMs }))).toMatchObject({ why: 'rate-limited' })
  }
  const last = limits.acquire(ONE, aRequest())
  expect(limits.acquire(ONE, aRequest())).toMatchObject({ why: 'queue-full', availableInMs: 4_000 })
  const urgent = limits.acquire(ONE, aRequest({ priority: 1 }))
  await expect(last).resolves.toMatchObject({ why: 'queue-full' })
  await pass(1_000)
  expect(isPermit(await urgent)).toBe(true)
  await pass(2_000)
  expect((await allOf(waiting)).every(isPermit)).toBe(true)
})

test('an abort rejects with its reason and leaves no timer, listener or place', async () => {
  const limits = limitsOf({ a: { concurrency: 1 } })
  const permit = permitOf(limits.acquire(ONE, aRequest()))
  const { signal, abort } = anAbort()
  const waiting = limits.acquire(ONE, aRequest({ signal }))
  const reason = new Error('gone')
  expect(getEventListeners(signal, 'abort')).toHaveLength(1)
  abort(reason)
  await expect(waiting).rejects.toBe(reason)
  expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  await expect(limits.acquire(TWO, aRequest({ signal }))).rejects.toBe(reason)
  expect(limits.report()).toMatchObject([{ inFlight: 1, queued: 0 }])
  permit.end(ANSWERED)
})

test('leaves no listener on the signal of a call that was let in or refused', async () => {
  const limits = limitsOf({ a: { concurrency: 1, queueMaxWaitMs: 1_000 } })
  const permit = permitOf(limits.acquire(ONE, aRequest()))
  const [served, late] = [anAbort().signal, anAbort().signal]
  const answers = [served, late].map((signal) => limits.acquire(ONE, aRequest({ signal })))
  permit.end(ANSWERED)
  await pass(1_000)
  expect((await allOf(answers)).map(isPermit)).toEqual([true, false])
  expect([served, late].map((signal) => getEventListeners(signal, 'abort').length)).toEqual([0, 0])
})

test('a large call is not starved by small ones behind it, and they go when it leaves', async () => {
  const limits = limitsOf({ a: { tokensPerMinute: 100, queueMaxWaitMs: 300_000 } })
  permitOf(limits.acquire(ONE, aRequest({ tokens: 50 }))).end(ANSWERED)
  const { signal, abort } = anAbort()
  const large = limits.acquire(ONE, aRequest({ tokens: 80 }))
  const larger = limits.acquire(ONE, aRequest({ tokens: 100, signal }))
  const small = limits.acquire(TWO, aRequest({ tokens: 1 }))
  let isSmallIn = false
  void Promise.resolve(small).then(() => (isSmallIn = true))
  await pass(60_500)
  expect(isPermit(await large)).toBe(true)
  await pass(1_000)
  expect(isSmallIn).toBe(false)
  abort('enough')
  await expect(larger).rejects.toBe('enough')
  await pass(0)
  expect(isSmallIn).toBe(true)
})

test('wakes for nothing but the next whose time is up, and lets in who was behind', async () => {
  const limits = limitsOf({ a: { tokensPerMinute: 100 } })
  permitOf(limits.acquire(ONE, aRequest({ tokens: 50 }))).end(ANSWERED)
  const large = [1_000, 5_000].map((maxWaitMs) => limits.acquire(ONE, aRequest({ tokens: 90, maxWaitMs })))
  const small = limits.acquire(ONE, aRequest({ tokens: 10 }))
  await pass(1_000)
  await expect(large[0]).resolves.toMatchObject({ why: 'rate-limited' })
  vi.advanceTimersToNextTimer()
  expect(performance.now()).toBe(5_000)
  await expect(large[1]).resolves.toMatchObject({ why: 'rate-limited' })
  await pass(1)
  expect(isPermit(await small)).toBe(true)
})

test('one target’s queue does not keep its instance’s other targets waiting', async () => {
  const limits = limitsOf({ a: { concurrency: 3 }, 'a/one': { concurrency: 1 } })
  const permit = permitOf(limits.acquire(ONE, aRequest()))
  const waiting = limits.acquire(ONE, aRequest())
  permitOf(limits.acquire(TWO, aRequest()))
  const other = permitOf(limits.acquire(TWO, aRequest()))
  // The target's own scope comes up, the instance's has not: the call goes on waiting there, and nobody passes it.
  permit.end(ANSWERED)
  expect(isPermit(await waiting)).toBe(true)
  const next = limits.acquire(ONE, aRequest())
  const behind = limits.acquire(TWO, aRequest())
  permitOf(await waiting).end(ANSWERED)
  expect(isPermit(await next)).toBe(true)
  other.end(ANSWERED)
  expect(isPermit(await behind)).toBe(true)
  expect(limits.report()).toMatchObject([
    { inFlight: 3, queued: 0 },
    { inFlight: 1, queued: 0 },
  ])
})

test('what a call really used makes room at once, or takes it', async () => {
  const limits = limitsOf({ a: { tokensPerMinute: 1_000 } })
  const permit = permitOf(limits.acquire(ONE, aRequest({ tokens: 900 })))
  const waiting = limits.acquire(ONE, aRequest({ tokens: 500 }))
  permit.end({ tokens: 300, isRateLimited: false })
  permitOf(await waiting).end({ tokens: 5_000, isRateLimited: false })
  expect(limits.report()).toMatchObject([{ tokensInMinute: 5_300 }])
  permitOf(limitsOf({ a: { tokensPerMinute: 9 } }).acquire(ONE, aRequest({ tokens: Number.NaN }))).end({
    tokens: Number.NaN,
    isRateLimited: false,
  })
})

test('a 429 halves the rate and is free; Retry-After sends away at once those who have no time for it', async () => {
  const limits = limitsOf({ a: { requestsPerMinute: 60, tokensPerMinute: 100 } })
  const permits = Array.from({ length: 5 }, () => permitOf(limits.acquire(ONE, aRequest())))
  const impatient = limits.acquire(ONE, aRequest({ maxWaitMs: 5_000 }))
  const patient = limits.acquire(ONE, aRequest({ maxWaitMs: 25_000 }))
  for (const permit of permits) permit.end({ ...REFUSED, retryAfterMs: 20_000 })
  await expect(impatient).resolves.toMatchObject({ why: 'rate-limited', availableInMs: 20_000 })
  expect(limits.report()).toMatchObject([{ allowedShare: 0.5, tokensInMinute: 0, closedForMs: 20_000 }])
  expect(limits.acquire(ONE, aRequest({ maxWaitMs: 19_000 }))).toMatchObject({ why: 'rate-limited' })
  await pass(19_999)
  expect(limits.report()).toMatchObject([{ queued: 1 }])
  await pass(1)
  expect(isPermit(await patient)).toBe(true)
})

test.each([
  // At half of the rate one in two seconds: all who wait come up.
  { queueMaxWaitMs: 4_500, waiting: 2, served: 2 },
  // In half a minute an eighth of the rate may come back, which would be enough for two more.
  { queueMaxWaitMs: 30_500, waiting: 17, served: 15 },
])('after a 429, who cannot come up at the rate that is left does not wait: %o', async (expected) => {
  const limits = limitsOf({ a: { requestsPerMinute: 60, queueMaxWaitMs: expected.queueMaxWaitMs } })
  permitOf(limits.acquire(ONE, aRequest())).end(REFUSED)
  await pass(60_000)
  const answers = Array.from({ length: 40 }, () => limits.acquire(ONE, aRequest()))
  // A burst of five goes at any rate.
  expect(answers.filter(isPermit)).toHaveLength(5)
  expect(answers.filter((answer) => answer instanceof Promise)).toHaveLength(expected.waiting)
  await pass(expected.queueMaxWaitMs)
  expect((await allOf(answers)).filter(isPermit)).toHaveLength(5 + expected.served)
})

test('a 429 speaks of the narrowest scope: the instance’s other targets go on', () => {
  const limits = limitsOf({ a: { concurrency: 9 }, 'a/one': { concurrency: 9 } })
  permitOf(limits.acquire(ONE, aRequest())).end({ ...REFUSED, retryAfterMs: 60_000 })
  expect(limits.acquire(ONE, aRequest())).toMatchObject({ why: 'rate-limited' })
  permitOf(limits.acquire(TWO, aRequest()))
  expect(limits.report()).toMatchObject([{ allowedShare: 1 }, { allowedShare: 0.5 }])
})

test('closing sends away all who wait, and lets nobody wait any more', async () => {
  const limits = limitsOf({ a: { concurrency: 1 } })
  const permit = permitOf(limits.acquire(ONE, aRequest()))
  const waiting = limits.acquire(ONE, aRequest())
  void limits.close()
  expect(vi.getTimerCount()).toBe(0)
  await expect(waiting).rejects.toMatchObject({ code: 'router_closed' })
  await expect(limits.acquire(ONE, aRequest())).rejects.toMatchObject({ code: 'router_closed' })
  permit.end(ANSWERED)
  expect(limits.report()).toMatchObject([{ inFlight: 0 }])
})

function anAbort() {
  const controller = new AbortController()
  return { signal: controller.signal, abort: (reason: unknown) => controller.abort(reason) }
}

test('a request counts from when it left', () => {
  const limits = limitsOf({ a: { requestsPerMinute: 1 } })
  const place = permitOf(limits.acquire(ONE, aRequest()))
  vi.advanceTimersByTime(30_000)
  place.sent()
  vi.advanceTimersByTime(50_000)
  expect(limits.report()).toMatchObject([{ requestsInMinute: 1 }])
  vi.advanceTimersByTime(11_000)
  expect(limits.report()).toMatchObject([{ requestsInMinute: 0 }])
})

test('refusals of attempts that were under way together cut once', () => {
  const limits = limitsOf({ a: { requestsPerMinute: 100 } })
  const places = [1, 2, 3].map(() => permitOf(limits.acquire(ONE, aRequest())))
  for (const place of places) {
    vi.advanceTimersByTime(100)
    place.told(undefined)
    place.end({ tokens: 0, isRateLimited: true })
  }
  expect(limits.report()).toMatchObject([{ allowedShare: 0.5 }])
})

test('what the provider says is left holds for all who wait', async () => {
  const limits = limitsOf({ a: { requestsPerMinute: 100 } })
  permitOf(limits.acquire(ONE, aRequest())).told({ requests: { remaining: 0, resetMs: 20_000 } })
  expect(limits.report()).toMatchObject([{ closedForMs: 20_000 }])
  let hasCome = false
  void Promise.resolve(limits.acquire(ONE, aRequest())).then(() => {
    hasCome = true
  })
  await pass(19_999)
  expect(hasCome).toBe(false)
  await pass(1)
  expect(hasCome).toBe(true)
})

test('who comes back to a target keeps its turn, and its wait goes on', async () => {
  const limits = limitsOf({ a: { concurrency: 1, queueMaxWaitMs: 100 } })
  const first = permitOf(limits.acquire(ONE, aRequest()))
  const waiting = limits.acquire(ONE, aRequest())
  await pass(60)
  first.end(ANSWERED)
  const place = permitOf(await waiting)
  expect(place.queuedMs).toBe(60)
  const later = limits.acquire(ONE, aRequest())
  const again = limits.acquire(ONE, aRequest({ before: place }))
  await pass(40)
  expect(await again).toMatchObject({ why: 'queue-full' })
  place.end(ANSWERED)
  permitOf(await later).end(ANSWERED)
})
