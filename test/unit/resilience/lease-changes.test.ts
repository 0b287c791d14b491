import { expect, test } from 'vitest'
import { LeaseChanges } from '../../../src/resilience/lease-changes.ts'

const MINUTE_MS = 60_000
/** This process's clock began a minute before the other one's zero. */
const PAIR = { ms: 60_000, stamp: 1_000 }

test('changes are summed up for each quarter of a second, and told in the time of who counts', () => {
  const changes = new LeaseChanges(MINUTE_MS)
  changes.add(60_010, 1, 10)
  changes.add(60_200, 1, 5)
  changes.add(59_000, 0, -7)
  expect(changes.take(PAIR)).toEqual([
    { stamp: 1_000, requests: 2, tokens: 15 },
    { stamp: 996, requests: 0, tokens: -7 },
  ])
  expect(changes.take(PAIR)).toEqual([])
})

test('what is taken and given back in the same quarter is nothing to tell', () => {
  const changes = new LeaseChanges(MINUTE_MS)
  changes.add(60_010, 1, 10)
  changes.add(60_020, -1, -10)
  expect(changes.take(PAIR)).toEqual([])
})

test('what moves within a quarter of a second has not moved', () => {
  const changes = new LeaseChanges(MINUTE_MS)
  changes.move(60_000, 60_240, 5)
  expect(changes.take(PAIR)).toEqual([])
  changes.move(60_000, 60_260, 5)
  expect(changes.take(PAIR)).toEqual([
    { stamp: 1_000, requests: -1, tokens: -5 },
    { stamp: 1_001, requests: 1, tokens: 5 },
  ])
})

test('of what may have been heard, only what was taken is told again: to count twice is safe', () => {
  const changes = new LeaseChanges(MINUTE_MS)
  changes.add(60_010, 1, 10)
  changes.add(58_000, -1, -30)
  changes.take(PAIR)
  changes.putBack()
  expect(changes.take(PAIR)).toEqual([{ stamp: 1_000, requests: 1, tokens: 10 }])
})

test('it never holds more than two windows', () => {
  const changes = new LeaseChanges(MINUTE_MS)
  for (let ms = 0; ms < 60 * MINUTE_MS; ms += 250) changes.add(ms, 1, 1)
  expect(changes.take(PAIR).length).toBeLessThanOrEqual(480)
})
