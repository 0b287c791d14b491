import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fullJitter } from '../../../src/resilience/backoff.ts'

const policy = { backoffBaseMs: 500, backoffMaxMs: 8000 }

test('the ceiling doubles with each retry up to the cap', () => {
  const almostOne = (): number => 1 - Number.EPSILON
  expect([1, 2, 3, 4, 5, 6, 50].map((retry) => Math.round(fullJitter(retry, policy, almostOne)))).toEqual([
    500, 1000, 2000, 4000, 8000, 8000, 8000,
  ])
})

test('jitter is full: the delay is the ceiling times the random number, down to zero, at the cap too', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 60 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (retry, chance) => {
        const ceiling = Math.min(8000, 500 * 2 ** (retry - 1))
        expect(fullJitter(retry, policy, () => chance)).toBeCloseTo(ceiling * chance, 6)
      },
    ),
  )
})
