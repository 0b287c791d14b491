import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { didYouMean, nearestSpelling } from '../../../src/core/spelling.ts'

const tiers = ['premium', 'standard', 'cheap']

describe('the nearest spelling', () => {
  test.each([
    ['premum', 'premium'],
    ['premiumm', 'premium'],
    ['premuim', 'premium'],
    ['Premium', 'premium'],
    ['cheep', 'cheap'],
    ['standart', 'standard'],
  ])('of %s is %s', (word, nearest) => {
    expect(nearestSpelling(word, tiers)).toBe(nearest)
  })

  test.each(['gold', 'x', '', 'completely different', 'a'.repeat(10_000)])('of %j is nothing', (word) => {
    expect(nearestSpelling(word, tiers)).toBeUndefined()
  })

  test('is the nearer of two', () => {
    expect(nearestSpelling('gpt-4o-mimi', ['gpt-4o', 'gpt-4o-mini'])).toBe('gpt-4o-mini')
  })

  test('is found among candidates that are iterated once', () => {
    expect(nearestSpelling('cheep', new Map([['cheap', 1]]).keys())).toBe('cheap')
  })

  test('of a right word is that word, and one slip away it is found again', () => {
    const word = fc.stringMatching(/^[a-z]{4,20}$/)
    fc.assert(
      fc.property(word, fc.nat(), (right, at) => {
        const index = at % right.length
        expect(nearestSpelling(right, [right])).toBe(right)
        expect(nearestSpelling(right.slice(0, index) + right.slice(index + 1), [right])).toBe(right)
        expect(nearestSpelling(`${right.slice(0, index)}#${right.slice(index)}`, [right])).toBe(right)
      }),
    )
  })

  test('is always one of the candidates, whatever the word', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), fc.array(fc.string()), (word, candidates) => {
        expect([...candidates, undefined]).toContain(nearestSpelling(word, candidates))
      }),
    )
  })
})

test('"did you mean" is a sentence to append, or nothing', () => {
  expect(didYouMean('cheep', tiers)).toBe(' Did you mean "cheap"?')
  expect(didYouMean('gold', tiers)).toBe('')
})
