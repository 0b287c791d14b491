import { describe, expect, test } from 'vitest'
import { dateAt, isTimeZone, spanAt, startOfDate } from '../../../src/core/calendar.ts'

const at = (iso: string): number => Date.parse(iso)
const shown = ({ startMs, endMs }: { startMs: number; endMs: number }): readonly string[] =>
  [startMs, endMs].map((ms) => new Date(ms).toISOString())

describe('a span of the calendar', () => {
  test.each([
    [
      'an hour in UTC',
      'hour',
      '2026-11-21T10:59:59.999Z',
      'UTC',
      ['2026-11-21T10:00:00.000Z', '2026-11-21T11:00:00.000Z'],
    ],
    [
      'an hour where clocks are half an hour off',
      'hour',
      '2026-11-21T10:29:00Z',
      'Asia/Kolkata',
      ['2026-11-21T09:30:00.000Z', '2026-11-21T10:30:00.000Z'],
    ],
    [
      'a day in UTC',
      'day',
      '2026-11-21T00:00:00Z',
      'UTC',
      ['2026-11-21T00:00:00.000Z', '2026-11-22T00:00:00.000Z'],
    ],
    [
      'a day in Berlin',
      'day',
      '2026-11-21T23:30:00Z',
      'Europe/Berlin',
      ['2026-11-21T23:00:00.000Z', '2026-11-22T23:00:00.000Z'],
    ],
    [
      'the day of 23 hours',
      'day',
      '2026-03-29T12:00:00Z',
      'Europe/Berlin',
      ['2026-03-28T23:00:00.000Z', '2026-03-29T22:00:00.000Z'],
    ],
    [
      'the day of 25 hours',
      'day',
      '2026-10-25T12:00:00Z',
      'Europe/Berlin',
      ['2026-10-24T22:00:00.000Z', '2026-10-25T23:00:00.000Z'],
    ],
    [
      'a day that begins at one',
      'day',
      '2018-11-04T12:00:00Z',
      'America/Sao_Paulo',
      ['2018-11-04T03:00:00.000Z', '2018-11-05T02:00:00.000Z'],
    ],
    [
      'a month that ends in another offset',
      'month',
      '2026-03-15T00:00:00Z',
      'America/New_York',
      ['2026-03-01T05:00:00.000Z', '2026-04-01T04:00:00.000Z'],
    ],
    [
      'December',
      'month',
      '2026-12-31T23:59:59Z',
      'UTC',
      ['2026-12-01T00:00:00.000Z', '2027-01-01T00:00:00.000Z'],
    ],
  ] as const)('%s', (_name, unit, moment, zone, expected) => {
    expect(shown(spanAt(unit, at(moment), zone))).toEqual(expected)
  })

  test('before 1970 too', () => {
    expect(shown(spanAt('hour', -1, 'UTC'))).toEqual(['1969-12-31T23:00:00.000Z', '1970-01-01T00:00:00.000Z'])
  })

  test('follows without gap or overlap, through a year, in zones of every kind', () => {
    for (const zone of ['UTC', 'Europe/Berlin', 'Asia/Kolkata', 'America/Sao_Paulo', 'Australia/Lord_Howe']) {
      let span = spanAt('day', at('2018-01-01T12:00:00Z'), zone)
      for (let day = 0; day < 366; day += 1) {
        const next = spanAt('day', span.endMs, zone)
        expect(next.startMs, `${zone} ${new Date(span.endMs).toISOString()}`).toBe(span.endMs)
        expect(spanAt('day', next.endMs - 1, zone)).toEqual(next)
        span = next
      }
    }
  })
})

describe('a date', () => {
  test('is that of the zone', () => {
    expect(dateAt(at('2026-11-21T23:30:00Z'), 'Europe/Berlin')).toBe('2026-11-22')
    expect(dateAt(at('2026-11-21T23:30:00Z'), 'UTC')).toBe('2026-11-21')
  })

  test('begins at its first moment', () => {
    expect(startOfDate('2026-11-22', 'Europe/Berlin')).toBe(at('2026-11-21T23:00:00Z'))
    expect(startOfDate('2018-11-04', 'America/Sao_Paulo')).toBe(at('2018-11-04T03:00:00Z'))
  })

  test.each(['2026-02-30', '2026-13-01', '21.11.2026', '', '2026-11-21T00:00:00Z'])('is not %j', (text) => {
    expect(startOfDate(text, 'UTC')).toBeUndefined()
  })
})

test('a zone is known or not', () => {
  expect(['UTC', 'Europe/Berlin', 'Europe/Bonn', '', 'local'].map(isTimeZone)).toEqual([
    true,
    true,
    false,
    false,
    false,
  ])
})
