import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createFakeRateLimit } from '../../../../src/testing/fake/rate-limit.ts'

test('refuses the request over the limit and says when to come back', () => {
  const limit = createFakeRateLimit(2)
  expect([limit.take(0), limit.take(10_000), limit.take(20_500)]).toEqual([undefined, undefined, 40])
})

test('lets the next request pass exactly when it said', () => {
  const limit = createFakeRateLimit(1)
  limit.take(0)
  expect([limit.take(59_999), limit.take(60_000)]).toEqual([1, undefined])
})

test('never lets more than the limit pass in any window of 60 seconds', () => {
  const steps = fc.array(fc.integer({ min: 0, max: 30_000 }), { maxLength: 60 })
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), steps, (perMinute, gaps) => {
      const limit = createFakeRateLimit(perMinute)
      const passed: number[] = []
      let now = 0
      for (const gap of gaps) {
        now += gap
        if (limit.take(now) === undefined) passed.push(now)
      }
      for (const start of passed) {
        expect(passed.filter((at) => at >= start && at < start + 60_000).length).toBeLessThanOrEqual(
          perMinute,
        )
      }
    }),
  )
})
