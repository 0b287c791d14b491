import fc from 'fast-check'
import { expect, test } from 'vitest'
import { overload } from '../../../src/resilience/shedding.ts'

const POLICY = { maxInFlight: 100, maxLagMs: 250, lowPriorityBelow: 0 }

test.each([
  ['normal, up to the bound', 0, { inFlight: 99, lagMs: 0 }, undefined],
  ['normal, at the bound', 0, { inFlight: 100, lagMs: 0 }, '100 calls are under way'],
  ['normal, on a late event loop', 0, { inFlight: 99, lagMs: 10_000 }, undefined],
  ['high, at the bound', 99, { inFlight: 100, lagMs: 0 }, '100 calls are under way'],
  ['low, up to four fifths', -1, { inFlight: 79, lagMs: 250 }, undefined],
  ['low, from four fifths on', -1, { inFlight: 80, lagMs: 0 }, '80 calls are under way'],
  ['low, on a late event loop', -1, { inFlight: 0, lagMs: 250.6 }, 'the event loop is 251 ms late'],
])('a call of %s', (_what, priority, load, expected) => {
  expect(overload(priority, load, POLICY)).toBe(expected)
})

test('a higher priority is never refused where a lower one is not', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer(), fc.nat(200), fc.nat(1_000), (one, other, inFlight, lagMs) => {
      const [low, high] = [Math.min(one, other), Math.max(one, other)]
      const isRefused = (priority: number): boolean =>
        overload(priority, { inFlight, lagMs }, POLICY) !== undefined
      expect(isRefused(high) && !isRefused(low)).toBe(false)
    }),
  )
})
