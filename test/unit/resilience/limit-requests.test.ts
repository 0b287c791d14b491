import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RequestLimit } from '../../../src/resilience/limit-requests.ts'

const MINUTE_MS = 60_000
const FIRST = { share: 1, ahead: 0 }

/** When the next may start that is ready at `readyMs`, found as a timer would: never nearer than a moment. */
function startOfNext(limit: RequestLimit, readyMs: number): number {
  let nowMs = readyMs
  for (let looks = 0; looks < 10; looks++) {
    const waitMs = limit.waitMs(nowMs, FIRST)
    if (waitMs <= 0) {
      limit.take(nowMs, 1)
      return nowMs
    }
    nowMs += Math.max(waitMs, 0.01)
  }
  throw new Error('has been told to wait ten times')
}

/** Starts as soon as allowed, whenever there is demand: so long after the last, so many. */
function starts(perMinute: number, demands: readonly (readonly [number, number])[]): number[] {
  const limit = new RequestLimit(perMinute, MINUTE_MS)
  const started: number[] = []
  let nowMs = 0
  for (const [afterMs, count] of demands) {
    nowMs += afterMs
    for (let left = count; left > 0; left--) started.push((nowMs = startOfNext(limit, nowMs)))
  }
  return started
}

/** The most starts within any span of this length, its end not included. */
function mostWithin(spanMs: number, times: readonly number[]): number {
  return Math.max(
    0,
    ...times.map((from, index) => times.slice(index).filter((ms) => ms < from + spanMs).length),
  )
}

test('never starts more than the limit in any minute, whenever calls come', () => {
  const demands = fc.array(fc.tuple(fc.integer({ min: 0, max: 90_000 }), fc.integer({ min: 0, max: 30 })), {
    maxLength: 20,
  })
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100 }), demands, (perMinute, wanted) => {
      expect(mostWithin(MINUTE_MS + 250, starts(perMinute, wanted))).toBeLessThanOrEqual(perMinute)
    }),
  )
})

test.each([1, 7, 60, 600])('loses less than 1 %% of %d a minute when calls never cease', (perMinute) => {
  const started = starts(perMinute, [[0, 20 * perMinute + 1]])
  expect(started.at(-1)).toBeLessThan(20 * MINUTE_MS * 1.01)
})

test('lets a few go at once, then evenly: a burst is five seconds’ worth, at least five', () => {
  const atOnce = (perMinute: number) => starts(perMinute, [[0, perMinute]]).filter((ms) => ms === 0).length
  expect([1, 3, 10, 60, 600].map(atOnce)).toEqual([1, 3, 5, 5, 50])
  expect(mostWithin(10_000, starts(60, [[0, 300]]))).toBeLessThanOrEqual(16)
})

test('slows down with its share, to one a minute at the least', () => {
  const limit = new RequestLimit(60, MINUTE_MS)
  const half = { share: 0.5, ahead: 0 }
  for (let count = 0; count < 5; count++) {
    expect(limit.waitMs(1000, half)).toBeLessThanOrEqual(0)
    limit.take(1000, 0.5)
  }
  expect(limit.waitMs(1000, half)).toBeCloseTo(2000, 0)
  expect(new RequestLimit(3, MINUTE_MS).waitMs(0, { share: 1 / 16, ahead: 0 })).toBeLessThanOrEqual(0)
})

test('says for each of a queue the earliest time, which is never too late', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), fc.nat(60), fc.nat(200), (perMinute, before, ahead) => {
      const limit = new RequestLimit(perMinute, MINUTE_MS)
      let nowMs = 0
      const next = () => (nowMs = startOfNext(limit, nowMs))
      for (let count = 0; count < before; count++) next()
      const saidMs = nowMs + limit.waitMs(nowMs, { share: 1, ahead })
      for (let count = 0; count <= ahead; count++) next()
      expect(saidMs).toBeLessThanOrEqual(nowMs + 0.02)
      // Early by a hundredth for what the window costs, and by its rounding.
      expect(nowMs - saidMs).toBeLessThan((nowMs + MINUTE_MS) * 0.01 + 6_000)
    }),
  )
})
