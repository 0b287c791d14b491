import { expect, test } from 'vitest'
import { createLatencyBook } from '../../../src/resilience/latency.ts'
import { aTarget } from '../../support/targets.ts'

test('knows nothing of a target before its first answer', () => {
  expect(createLatencyBook().expectedMs(aTarget('a/one'))).toBeUndefined()
})

test('follows the latest answers of each target apart', () => {
  const book = createLatencyBook()
  const [fast, slow] = [aTarget('a/fast'), aTarget('b/slow')]
  book.observe(fast, 100)
  book.observe(slow, 1000)
  for (let count = 0; count < 30; count++) book.observe(slow, 2000)
  expect(book.expectedMs(fast)).toBe(100)
  expect(book.expectedMs(slow)).toBeGreaterThan(1990)
})
