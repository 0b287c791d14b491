import { expect, test } from 'vitest'
import { createSafely } from '../../../src/telemetry/safely.ts'

function broken(): never {
  throw new RangeError('no')
}

test('what works answers', () => {
  expect(createSafely(() => undefined)('part', () => 1, 2)).toBe(1)
})

test('what fails is answered for, and told once per part', () => {
  const told: string[] = []
  const safely = createSafely((message) => told.push(message))
  for (let call = 0; call < 100; call++) {
    expect(safely('span', broken, 'otherwise')).toBe('otherwise')
    safely('metrics', broken, undefined)
  }
  expect(told).toEqual([
    'express-llm: telemetry failed (span: RangeError: no); calls go on without it.',
    'express-llm: telemetry failed (metrics: RangeError: no); calls go on without it.',
  ])
})

test('a logger that fails as well changes nothing', () => {
  expect(createSafely(broken)('part', broken, 'otherwise')).toBe('otherwise')
})
