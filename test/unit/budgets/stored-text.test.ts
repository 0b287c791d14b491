import { expect, test } from 'vitest'
import { storedText } from '../../../src/budgets/stored-text.ts'

test('a text is kept as it is, whatever it means elsewhere', () => {
  for (const text of ['', 'user ann 1795', `'; DROP TABLE x`, '{a}', 'a'.repeat(200)])
    expect(storedText(text)).toBe(text)
})

test('what a database cannot keep is kept by its hash, each by another', () => {
  const odd = [
    'ü',
    '🙂',
    '\n',
    'a\0b',
    'a\0c',
    '\ud800',
    '\ud801',
    '\udc00',
    'a'.repeat(201),
    'a'.repeat(202),
  ]
  const kept = odd.map(storedText)
  expect(new Set(kept).size).toBe(odd.length)
  for (const text of kept) expect(text).toMatch(/^[0-9a-f]{64}$/)
})
