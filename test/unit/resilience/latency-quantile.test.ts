import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LatencyQuantile } from '../../../src/resilience/latency-quantile.ts'

function after(times: readonly number[]): LatencyQuantile {
  const quantile = new LatencyQuantile()
  for (const ms of times) quantile.add(ms)
  return quantile
}

test('is not known before twenty times are', () => {
  const times = Array.from({ length: 19 }, () => 100)
  expect(after(times).p95Ms()).toBeUndefined()
  expect(after([...times, 100]).p95Ms()).toBeDefined()
})

test('is that of the times themselves, to within a tenth above', () => {
  const times = fc.array(fc.double({ min: 1, max: 600_000, noNaN: true }), { minLength: 20, maxLength: 499 })
  fc.assert(
    fc.property(times, (given) => {
      const sorted = given.toSorted((one, other) => one - other)
      // The time that at most a twentieth is above.
      const exact = sorted[sorted.length - 1 - Math.floor(sorted.length / 20)] ?? 0
      const p95Ms = after(given).p95Ms() ?? 0
      expect(p95Ms).toBeGreaterThanOrEqual(exact * 0.999_999)
      expect(p95Ms).toBeLessThanOrEqual(exact * 1.100_001)
    }),
  )
})

test('forgets: a target that has become faster is known as such after some hundred answers', () => {
  const quantile = after(Array.from({ length: 10_000 }, () => 5_000))
  for (let count = 0; count < 2_500; count++) quantile.add(100)
  expect(quantile.p95Ms()).toBeLessThan(111)
})

test('takes any number for a time, however odd', () => {
  const odd = [0, -1, Number.NaN, Number.POSITIVE_INFINITY, 1e300, 0.001]
  const quantile = after(Array.from({ length: 600 }, (_, index) => odd[index % odd.length] ?? 0))
  expect(quantile.p95Ms()).toBeGreaterThan(0)
  expect(quantile.p95Ms()).toBeLessThan(10_000_000)
})

test('does not sink when the slowest are given up, which would make ever more of them slow', () => {
  const quantile = new LatencyQuantile()
  let seed = 1
  const random = (): number => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647
  for (let count = 0; count < 20_000; count++) {
    const ms = 100 + 900 * random()
    const limitMs = quantile.p95Ms()
    if (limitMs !== undefined && ms > limitMs) quantile.addAtLeast(limitMs)
    else quantile.add(ms)
  }
  expect(quantile.p95Ms()).toBeGreaterThan(850)
  expect(quantile.p95Ms()).toBeLessThan(1_100)
})

test('what was given up early tells nothing', () => {
  const quantile = after(Array.from({ length: 100 }, () => 1_000))
  const before = quantile.p95Ms()
  for (let count = 0; count < 300; count++) quantile.addAtLeast(10)
  expect(quantile.p95Ms()).toBe(before)
})
