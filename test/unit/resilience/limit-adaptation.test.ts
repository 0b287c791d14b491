import { expect, test } from 'vitest'
import { LimitAdaptation } from '../../../src/resilience/limit-adaptation.ts'

const MINUTE_MS = 60_000

test('halves at once with each 429, down to a sixteenth', () => {
  const adaptation = new LimitAdaptation(MINUTE_MS)
  const shares = [1, 2, 3, 4, 5, 6].map((ms) => {
    adaptation.refused(ms, ms)
    return adaptation.share
  })
  expect(shares).toEqual([1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 16, 1 / 16])
})

test('counts the 429s of attempts that were under way together as one', () => {
  const adaptation = new LimitAdaptation(MINUTE_MS)
  for (let count = 0; count < 20; count++) adaptation.refused(100 + count, 50)
  expect(adaptation.share).toBe(1 / 2)
})

test('grows back by an eighth for each minute without another 429, and only while answers come', () => {
  const adaptation = new LimitAdaptation(MINUTE_MS)
  adaptation.refused(0, 0)
  adaptation.accepted(59_999)
  expect(adaptation.share).toBe(1 / 2)
  adaptation.accepted(60_000)
  adaptation.accepted(60_001)
  expect(adaptation.share).toBe(5 / 8)
  adaptation.accepted(1_000_000)
  expect(adaptation.share).toBe(6 / 8)
  for (let minute = 0; minute < 5; minute++) adaptation.accepted(2_000_000 + minute * MINUTE_MS)
  expect(adaptation.share).toBe(1)
})

test('is closed until the provider’s time, which is never shortened, and an hour at most', () => {
  const adaptation = new LimitAdaptation(MINUTE_MS)
  for (const retryAfterMs of [undefined, 0, -5_000, Number.NaN]) adaptation.refused(0, 0, retryAfterMs)
  expect(adaptation.closedMs(0)).toBe(0)
  adaptation.refused(0, 0, 20_000)
  adaptation.refused(1_000, 1_000, 2_000)
  expect(adaptation.closedMs(1_000)).toBe(19_000)
  expect(adaptation.closedMs(20_000)).toBe(0)
  adaptation.refused(30_000, 0, 36_000_000)
  expect(adaptation.closedMs(30_000)).toBe(3_600_000)
})
