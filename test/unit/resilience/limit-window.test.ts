import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LimitWindow } from '../../../src/resilience/limit-window.ts'

const MINUTE_MS = 60_000

const steps = fc.array(
  fc.record({ afterMs: fc.integer({ min: 0, max: 20_000 }), weight: fc.integer({ min: 0, max: 50 }) }),
  { maxLength: 60 },
)

test('holds all of the last minute, and nothing that is half a second older than that', () => {
  fc.assert(
    fc.property(steps, fc.integer({ min: 0, max: 100_000 }), (added, startMs) => {
      const window = new LimitWindow(MINUTE_MS)
      const log: { atMs: number; weight: number }[] = []
      let nowMs = startMs
      for (const { afterMs, weight } of added) {
        nowMs += afterMs
        window.add(nowMs, weight)
        log.push({ atMs: nowMs, weight })
        const since = (spanMs: number) =>
          log.filter(({ atMs }) => atMs > nowMs - spanMs).reduce((sum, one) => sum + one.weight, 0)
        expect(window.sum(nowMs)).toBeGreaterThanOrEqual(since(MINUTE_MS + 250))
        expect(window.sum(nowMs)).toBeLessThanOrEqual(since(MINUTE_MS + 500))
      }
    }),
  )
})

test('knows to the bucket when enough will have left', () => {
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 200 }), (added, wanted) => {
      const window = new LimitWindow(MINUTE_MS)
      let nowMs = 0
      for (const { afterMs, weight } of added) window.add((nowMs += afterMs), weight)
      const sum = window.sum(nowMs)
      if (sum < wanted) return
      const freeMs = window.freeInMs(nowMs, wanted)
      expect(freeMs).toBeGreaterThan(0)
      expect(window.sum(nowMs + freeMs - 1)).toBeGreaterThan(sum - wanted)
      expect(window.sum(nowMs + freeMs)).toBeLessThanOrEqual(sum - wanted)
    }),
  )
})

test('takes back what was added where it was added, and never more than that', () => {
  const window = new LimitWindow(MINUTE_MS)
  window.add(1_000, 100)
  window.add(40_000, 10)
  window.takeBack(1_000, 70)
  expect(window.sum(40_000)).toBe(40)
  window.takeBack(1_000, 500)
  expect(window.sum(40_000)).toBe(10)
  expect(window.sum(62_000)).toBe(10)
  window.takeBack(1_000, 5)
  expect(window.sum(62_000)).toBe(10)
  expect(window.sum(10_000_000)).toBe(0)
})
