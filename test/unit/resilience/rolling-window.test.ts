import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EMPTY_WINDOW, recorded, tally } from '../../../src/resilience/rolling-window.ts'

const windowMs = 1000

/** Attempts that ended, each some time after the one before. */
const ends = fc.array(
  fc.record({ afterMs: fc.oneof(fc.nat({ max: 250 }), fc.nat({ max: 3000 })), isFailure: fc.boolean() }),
  { maxLength: 60 },
)

test('an empty window holds nothing', () => {
  expect(tally(EMPTY_WINDOW, { nowMs: 0, windowMs })).toEqual({ attempts: 0, failures: 0 })
})

test('a window holds what ended within its length, give or take the oldest tenth', () => {
  fc.assert(
    fc.property(ends, fc.nat({ max: 2000 }), (list, laterMs) => {
      let window = EMPTY_WINDOW
      let nowMs = 0
      const ended: { atMs: number; isFailure: boolean }[] = []
      for (const { afterMs, isFailure } of list) {
        nowMs += afterMs
        window = recorded(window, isFailure, { nowMs, windowMs })
        ended.push({ atMs: nowMs, isFailure })
        expect(window.past.length).toBeLessThan(10)
      }
      nowMs += laterMs
      const within = (ms: number) => ended.filter(({ atMs }) => atMs > nowMs - ms)
      const failed = (ms: number) => within(ms).filter(({ isFailure }) => isFailure)
      const { attempts, failures } = tally(window, { nowMs, windowMs })
      expect(attempts).toBeLessThanOrEqual(within(windowMs).length)
      expect(attempts).toBeGreaterThanOrEqual(within(windowMs * 0.9).length)
      expect(failures).toBeLessThanOrEqual(failed(windowMs).length)
      expect(failures).toBeGreaterThanOrEqual(failed(windowMs * 0.9).length)
    }),
  )
})

test('time that goes backwards loses nothing', () => {
  const first = recorded(EMPTY_WINDOW, true, { nowMs: 5000, windowMs })
  const second = recorded(first, false, { nowMs: 1000, windowMs })
  expect(tally(second, { nowMs: 5000, windowMs })).toEqual({ attempts: 2, failures: 1 })
})
