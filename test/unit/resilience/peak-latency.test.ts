import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  afterAnswer,
  afterFailure,
  afterWaiting,
  DECAY_MS,
  expectedMs,
  FORGOTTEN_MS,
  type PeakLatency,
} from '../../../src/resilience/peak-latency.ts'

/** Answers of so many ms, one every second from 0 on. */
function answers(...latencies: readonly number[]): PeakLatency | undefined {
  let latency: PeakLatency | undefined
  for (const [index, ms] of latencies.entries()) latency = afterAnswer(latency, ms, index * 1_000)
  return latency
}

const steady = (ms: number): PeakLatency | undefined => answers(...Array.from({ length: 60 }, () => ms))
const NOW_MS = 60_000

describe('what is expected', () => {
  test('is nothing before the first answer, then what it took', () => {
    expect(expectedMs(undefined, 0)).toBeUndefined()
    expect(expectedMs(answers(120), 0)).toBe(120)
  })

  test('is the worse one at once, and what is usual again after a while', () => {
    const peak = afterAnswer(steady(100), 900, NOW_MS)
    expect(expectedMs(peak, NOW_MS)).toBe(900)
    expect(expectedMs(peak, NOW_MS + DECAY_MS)).toBeCloseTo(100 + 800 / Math.E, -2)
    expect(expectedMs(peak, NOW_MS + 6 * DECAY_MS)).toBeLessThan(150)
  })

  test('comes down step by step when answers get faster, not with the first', () => {
    let latency = afterAnswer(steady(1_000), 100, NOW_MS)
    expect(expectedMs(latency, NOW_MS)).toBeGreaterThan(900)
    for (let second = 1; second <= 120; second++) latency = afterAnswer(latency, 100, NOW_MS + second * 1_000)
    expect(expectedMs(latency, NOW_MS + 120_000)).toBeLessThan(130)
  })

  test('follows one answer where the last one before was long ago', () => {
    const latency = afterAnswer(steady(1_000), 100, NOW_MS + 5 * DECAY_MS)
    expect(expectedMs(latency, NOW_MS + 5 * DECAY_MS)).toBeLessThan(110)
  })

  test('is one experience where many answers come in one moment', () => {
    let latency = steady(1_000)
    for (let count = 0; count < 1_000; count++) latency = afterAnswer(latency, 100, NOW_MS)
    expect(expectedMs(latency, NOW_MS)).toBeGreaterThan(900)
  })

  test('is what was usual, for a target that nobody asks, until it is forgotten', () => {
    const latency = steady(100)
    expect(expectedMs(latency, NOW_MS + FORGOTTEN_MS - 2_000)).toBeCloseTo(100, 6)
    expect(expectedMs(latency, NOW_MS + FORGOTTEN_MS)).toBeUndefined()
    const anew = afterAnswer(latency, 700, NOW_MS + FORGOTTEN_MS)
    expect(expectedMs(anew, NOW_MS + FORGOTTEN_MS)).toBe(700)
  })
})

describe('a failure', () => {
  test('counts as slow, however fast it came, and twice as much with each in a row, up to a limit', () => {
    let latency = steady(100)
    const seen = Array.from({ length: 10 }, () => {
      latency = afterFailure(latency, 1, NOW_MS)
      return expectedMs(latency, NOW_MS)
    })
    expect(seen).toEqual([200, 400, 800, 1_600, 3_200, 6_400, 6_400, 6_400, 6_400, 6_400])
  })

  test('after an answer is the first in a row again', () => {
    const once = afterFailure(afterFailure(steady(100), 1, NOW_MS), 1, NOW_MS)
    expect(afterAnswer(once, 100, NOW_MS + 1_000).failures).toBe(0)
  })

  test('that took long counts with the time that it took', () => {
    expect(expectedMs(afterFailure(steady(100), 30_000, NOW_MS), NOW_MS)).toBe(30_000)
  })

  test('of a target that has never answered makes it one to leave alone for a while, then one to try', () => {
    const failed = afterFailure(undefined, 3, 0)
    expect(expectedMs(failed, 0)).toBe(2_000)
    expect(expectedMs(failed, DECAY_MS - 1)).toBe(2_000)
    expect(expectedMs(failed, DECAY_MS)).toBeUndefined()
    expect(expectedMs(afterAnswer(failed, 80, 5_000), 5_000)).toBe(80)
  })
})

describe('an attempt whose answer was not waited for', () => {
  test('shows that it takes that long at least', () => {
    expect(expectedMs(afterWaiting(steady(100), 5_000, NOW_MS), NOW_MS)).toBe(5_000)
    expect(afterWaiting(steady(100), 50, NOW_MS)).toEqual(steady(100))
  })

  test('does not make a target look fast that nobody knows', () => {
    expect(expectedMs(afterWaiting(undefined, 2, 0), 0)).toBe(1_000)
    expect(expectedMs(afterWaiting(undefined, 9_000, 0), 0)).toBe(9_000)
  })
})

const event = fc.record({
  kind: fc.constantFrom('answer', 'failure', 'left'),
  ms: fc.integer({ min: 0, max: 100_000 }),
  afterMs: fc.integer({ min: 0, max: 2 * FORGOTTEN_MS }),
})

test('whatever happens, what is expected is within what was seen, and a worse answer is never expected to be better', () => {
  fc.assert(
    fc.property(fc.array(event, { minLength: 1, maxLength: 40 }), (events) => {
      let latency: PeakLatency | undefined
      let nowMs = 0
      for (const { kind, ms, afterMs } of events) {
        nowMs += afterMs
        const before = expectedMs(latency, nowMs)
        const after = { answer: afterAnswer, failure: afterFailure, left: afterWaiting }[kind]
        latency = after?.(latency, ms, nowMs)
        const expected = expectedMs(latency, nowMs)
        expect(expected).toBeGreaterThanOrEqual(kind === 'answer' ? Math.min(ms, before ?? ms) : ms)
        if (kind !== 'answer') expect(expected).toBeGreaterThanOrEqual(before ?? 0)
        expect(expected).toBeLessThanOrEqual(Math.max(100_000, 1_000) * 64)
        expect(latency?.peakMs).toBeGreaterThanOrEqual((latency?.meanMs ?? 0) - 1e-6)
        // Time alone never makes it worse.
        const later = expectedMs(latency, nowMs + 10_000)
        if (later !== undefined && expected !== undefined) expect(later).toBeLessThanOrEqual(expected + 1e-6)
      }
    }),
  )
})
