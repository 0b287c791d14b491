import { expect, test } from 'vitest'
import { createLatencyBook } from '../../../src/resilience/latency.ts'
import { aTarget } from '../../support/targets.ts'

test('knows nothing of a target before its first answer', () => {
  expect(createLatencyBook().expectedMs(aTarget('a/one'), false)).toBeUndefined()
})

test('follows the latest answers of each target apart', () => {
  const book = createLatencyBook()
  const [fast, slow] = [aTarget('a/fast'), aTarget('b/slow')]
  book.observe(fast, 100, false)
  book.observe(slow, 1000, false)
  for (let count = 0; count < 30; count++) book.observe(slow, 2000, false)
  expect(book.expectedMs(fast, false)).toBe(100)
  expect(book.expectedMs(slow, false)).toBeGreaterThan(1990)
})

test('tells the begin of streams from whole answers', () => {
  const book = createLatencyBook()
  const target = aTarget('a/one')
  book.observe(target, 50, true)
  book.observe(target, 900, false)
  expect(book.expectedMs(target, true)).toBe(50)
  expect(book.expectedMs(target, false)).toBe(900)
})
