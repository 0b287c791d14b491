import { describe, expect, test } from 'vitest'
import { hashOf, parsePlace } from '../../../ui/src/data/place.ts'
import { spanBefore, spanOf, wrongInDates } from '../../../ui/src/data/range.ts'

const NOW_MS = Date.UTC(2026, 10, 21, 15, 24, 10)
const iso = (ms: number): string => new Date(ms).toISOString()

describe('a place', () => {
  test.each([
    '#/overview',
    '#/overview?range=7d&by=tier',
    '#/breakdown?from=2026-11-01&to=2026-11-07&by=user&sort=-calls',
    '#/calls/3f%2F7a?range=30d&user=%3Cb%3Eeve%3C%2Fb%3E',
  ])('%s is the same after it was read and written', (hash) => {
    expect(hashOf(parsePlace(hash))).toBe(hash)
  })

  test.each([
    '',
    '#',
    '#/',
    '#/nowhere',
    '#/overview/x',
    '#/overview?range=9y',
    '#/overview?from=x&to=2026-11-07',
    '#/overview?from=2026-11-07&to=2026-11-01',
  ])('%s is the overview of 24 hours', (hash) => {
    expect(hashOf(parsePlace(hash))).toBe('#/overview')
  })

  test('with half an escape in it does not break the page', () => {
    expect(parsePlace('#/calls/%E0%A4%A').callId).toBe('%E0%A4%A')
  })
})

describe('a range', () => {
  test('of today is the whole day of the time zone, also where the day has 25 hours', () => {
    const { fromMs, toMs, interval } = spanOf(
      { kind: 'named', name: 'today' },
      Date.UTC(2026, 9, 25, 12),
      'Europe/Berlin',
    )
    expect([iso(fromMs), iso(toMs), interval]).toEqual([
      '2026-10-24T22:00:00.000Z',
      '2026-10-25T23:00:00.000Z',
      'hour',
    ])
  })

  test('of 24 hours ends with the hour that it is now', () => {
    const { fromMs, toMs } = spanOf({ kind: 'named', name: '24h' }, NOW_MS, 'UTC')
    expect([iso(fromMs), iso(toMs)]).toEqual(['2026-11-20T16:00:00.000Z', '2026-11-21T16:00:00.000Z'])
  })

  test('of days begins at a midnight of the time zone, before a change of clocks too', () => {
    const { fromMs, interval } = spanOf({ kind: 'named', name: '30d' }, NOW_MS, 'Europe/Berlin')
    expect([iso(fromMs), interval]).toEqual(['2026-10-22T22:00:00.000Z', 'day'])
  })

  test('that somebody has chosen includes both days, and short ones are shown by hour', () => {
    const { fromMs, toMs, interval } = spanOf(
      { kind: 'custom', from: '2026-11-01', to: '2026-11-02' },
      NOW_MS,
      'UTC',
    )
    expect([iso(fromMs), iso(toMs), interval]).toEqual([
      '2026-11-01T00:00:00.000Z',
      '2026-11-03T00:00:00.000Z',
      'hour',
    ])
  })

  test('is compared with as much of the time before, not with more', () => {
    const today = spanOf({ kind: 'named', name: 'today' }, NOW_MS, 'UTC')
    const { fromMs, toMs } = spanBefore(today, NOW_MS)
    expect([iso(fromMs), iso(toMs)]).toEqual(['2026-11-20T00:00:00.000Z', '2026-11-20T15:24:10.000Z'])
  })

  test('says what is wrong with dates', () => {
    expect(wrongInDates('2026-11-07', '2026-11-01')).toContain('not be after')
    expect(wrongInDates('', '2026-11-01')).toContain('two dates')
    expect(wrongInDates('2026-02-30', '2026-03-01')).toContain('two dates')
    expect(wrongInDates('2016-11-01', '2026-11-01')).toContain('at most')
    expect(wrongInDates('2026-11-01', '2026-11-01')).toBeUndefined()
  })
})
