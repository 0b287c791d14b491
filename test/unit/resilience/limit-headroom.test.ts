import { expect, test } from 'vitest'
import { LimitHeadroom } from '../../../src/resilience/limit-headroom.ts'

const MINUTE_MS = 60_000

function headroom(taken: number): LimitHeadroom {
  const made = new LimitHeadroom(MINUTE_MS)
  made.take(taken)
  return made
}

test('before the first word there is always room', () => {
  expect(headroom(1_000_000).waitMs(0, 1_000_000)).toBe(0)
})

test('what the provider says is left holds until its reset', () => {
  const left = headroom(10)
  left.told(1_000, { remaining: 2, resetMs: 5_000 }, 10)
  expect(left.waitMs(1_000, 2)).toBe(0)
  expect(left.waitMs(1_000, 3)).toBe(5_000)
  left.take(2)
  expect(left.waitMs(2_000, 1)).toBe(4_000)
  expect(left.waitMs(6_000, 100)).toBe(0)
})

test('what has begun after the attempt that was told so is taken off', () => {
  const left = headroom(10)
  left.told(0, { remaining: 5, resetMs: 5_000 }, 6)
  expect(left.waitMs(0, 1)).toBe(0)
  expect(left.waitMs(0, 2)).toBe(5_000)
})

test('the word of an older attempt says nothing new', () => {
  const left = headroom(10)
  left.told(0, { remaining: 0, resetMs: 5_000 }, 9)
  left.told(1, { remaining: 50, resetMs: 5_000 }, 3)
  expect(left.waitMs(0, 1)).toBe(5_000)
  left.told(2, { remaining: 50, resetMs: 5_000 }, 10)
  expect(left.waitMs(2, 1)).toBe(0)
})

test('without a reset the word holds for a minute, and never for longer than an hour', () => {
  const left = headroom(1)
  left.told(0, { remaining: 0, resetMs: undefined }, 1)
  expect(left.waitMs(0, 1)).toBe(MINUTE_MS)
  left.told(0, { remaining: 0, resetMs: 36_000_000 }, 1)
  expect(left.waitMs(0, 1)).toBe(3_600_000)
})
