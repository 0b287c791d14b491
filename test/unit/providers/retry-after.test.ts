import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readRetryAfter } from '../../../src/providers/retry-after.ts'

const NOW_MS = Date.parse('Tue, 15 Nov 1994 12:45:26 GMT')

function read(headers: Record<string, string>): number | undefined {
  return readRetryAfter(new Headers(headers), NOW_MS)
}

describe('Retry-After', () => {
  test.each([
    [{ 'retry-after-ms': '1500' }, 1500],
    [{ 'retry-after-ms': '0.2' }, 1],
    [{ 'x-ms-retry-after-ms': '70' }, 70],
    [{ 'retry-after': '0' }, 0],
    [{ 'retry-after': '3' }, 3000],
    [{ 'retry-after': '0.25' }, 250],
    [{ 'retry-after': ' 2 ' }, 2000],
    [{ 'retry-after': 'Tue, 15 Nov 1994 12:45:36 GMT' }, 10_000],
    [{ 'retry-after': 'Tuesday, 15-Nov-94 12:45:36 GMT' }, 10_000],
    [{ 'retry-after': 'Tue Nov 15 12:45:36 1994' }, 10_000],
    [{ 'retry-after': 'Tue, 15 Nov 1994 12:45:16 GMT' }, 0],
    [{ 'retry-after-ms': '40', 'retry-after': '9' }, 40],
    [{ 'retry-after-ms': 'soon', 'retry-after': '9' }, 9000],
  ])('%o means %i ms', (headers, expected) => {
    expect(read(headers)).toBe(expected)
  })

  test.each([
    {},
    { 'retry-after': '' },
    { 'retry-after': '-1' },
    { 'retry-after': 'NaN' },
    { 'retry-after': 'Infinity' },
    { 'retry-after': '1e3' },
    { 'retry-after': '0x10' },
    { 'retry-after': '5 seconds' },
    { 'retry-after': 'tomorrow' },
    { 'retry-after': '2026-11-21' },
    { 'retry-after': 'Tue, 99 Foo 1994 12:45:16 GMT' },
    { 'retry-after-ms': '-5' },
  ])('%o means nothing', (headers) => {
    expect(read(headers)).toBeUndefined()
  })

  test.each([
    { 'retry-after': '9'.repeat(400) },
    { 'retry-after': '99999999999999999999' },
    { 'retry-after-ms': '9'.repeat(400) },
    { 'x-ms-retry-after-ms': `${'9'.repeat(40)}.5` },
    { 'retry-after': 'Fri, 31 Dec 9999 23:59:59 GMT' },
  ])('%o means very long: a year', (headers) => {
    expect(read(headers)).toBe(365 * 24 * 60 * 60 * 1000)
  })

  test('is never negative, and never anything but whole milliseconds', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (seconds, ms) => {
        const values = new Map([
          ['retry-after', seconds],
          ['retry-after-ms', ms],
        ])
        const waitMs = readRetryAfter({ get: (name) => values.get(name) ?? null }, NOW_MS)
        expect(waitMs === undefined || (Number.isSafeInteger(waitMs) && waitMs >= 0)).toBe(true)
      }),
    )
  })
})
