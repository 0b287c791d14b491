import { expect, test } from 'vitest'
import { TokenLimit } from '../../../src/resilience/limit-tokens.ts'

const MINUTE_MS = 60_000

test('waits until enough tokens have left the minute', () => {
  const limit = new TokenLimit(1000, MINUTE_MS)
  limit.take(0, 300)
  limit.take(30_000, 600)
  expect(limit.waitMs(30_000, 100, 1)).toBe(0)
  expect(limit.waitMs(30_000, 101, 1)).toBe(60_500 - 30_000)
  expect(limit.waitMs(30_000, 401, 1)).toBe(60_500)
})

test('gives back at once what was not used', () => {
  const limit = new TokenLimit(1000, MINUTE_MS)
  limit.take(0, 900)
  limit.correct(5_000, { startedMs: 0, tokens: 900 }, 100)
  expect(limit.waitMs(5_000, 900, 1)).toBe(0)
  expect(limit.waitMs(5_000, 901, 1)).toBeGreaterThan(0)
})

test('counts what was used beyond the estimate from when it was found out', () => {
  const limit = new TokenLimit(1000, MINUTE_MS)
  limit.take(0, 100)
  limit.correct(50_000, { startedMs: 0, tokens: 100 }, 900)
  expect(limit.window.sum(50_000)).toBe(900)
  expect(limit.window.sum(70_000)).toBe(800)
  expect(limit.window.sum(110_500)).toBe(0)
})

test('gives a call that no minute has room for a minute of its own', () => {
  const limit = new TokenLimit(1000, MINUTE_MS)
  limit.take(0, 10)
  expect(limit.waitMs(0, 50_000, 1)).toBe(60_500)
  expect(limit.waitMs(60_500, 50_000, 1)).toBe(0)
  limit.take(60_500, 50_000)
  expect(limit.window.sum(60_500)).toBe(1000)
  limit.correct(61_000, { startedMs: 60_500, tokens: 50_000 }, 400)
  expect(limit.window.sum(61_000)).toBe(400)
})
