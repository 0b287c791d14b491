import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { spanAt } from '../../../src/core/calendar.ts'
import { spansOf } from '../../../src/core/roll-up-spans.ts'
import { costRange } from '../../../src/ledger/cost-range.ts'

const at = (iso: string): number => Date.parse(iso)
const RULES = { nowMs: at('2026-11-21T10:20:30Z'), hoursFromMs: at('2025-10-17T10:20:30Z'), timeZone: 'UTC' }
const shown = ({ fromMs, toMs }: { fromMs: number; toMs: number }): readonly string[] =>
  [fromMs, toMs].map((ms) => new Date(ms).toISOString().slice(0, 16))

describe('the time of a query', () => {
  test('is the last 24 hours, widened to whole ones', () => {
    expect(shown(costRange({}, RULES))).toEqual(['2026-11-20T10:00', '2026-11-21T11:00'])
  })

  test('ends now where nothing else is said, and begins a day before its end', () => {
    expect(shown(costRange({ from: at('2026-11-01T00:00Z') }, RULES))).toEqual([
      '2026-11-01T00:00',
      '2026-11-21T11:00',
    ])
    expect(shown(costRange({ to: at('2026-11-10T00:00Z') }, RULES))).toEqual([
      '2026-11-09T00:00',
      '2026-11-10T00:00',
    ])
  })

  test('is widened to whole days where sums by hour are not kept any more', () => {
    const old = { from: at('2025-10-16T05:00Z'), to: at('2025-10-17T12:00Z') }
    expect(shown(costRange(old, RULES))).toEqual(['2025-10-16T00:00', '2025-10-18T00:00'])
    const half = { from: at('2025-10-18T05:00Z'), to: at('2025-10-18T07:00Z') }
    expect(shown(costRange(half, RULES))).toEqual(['2025-10-18T05:00', '2025-10-18T07:00'])
  })

  test.each([
    [{ from: 2_000, to: 1_000 }, /"from" must lie before "to": 1970-01-01T00:00:02.000Z is not before 1970/],
    [{ from: 2_000, to: 2_000 }, /"from" must lie before "to"/],
    [{ from: at('2027-01-01T00:00Z') }, /is not before now, 2026-11-21T10:20:30.000Z\./],
    [
      { from: at('2016-01-01T00:00Z') - 60 * 86_400_000 },
      /within ten years before "to": ask for a shorter time\./,
    ],
    [
      { from: at('2026-10-01T00:00Z'), interval: 'hour' as const },
      /"interval" can be "hour" for 31 days at most: ask for a shorter time, or for interval "day"\./,
    ],
    [
      { from: at('2025-10-01T00:00Z'), to: at('2025-10-03T00:00Z'), interval: 'hour' as const },
      /"interval" can be "hour" from 2025-10-17T10:20:30.000Z on, since when sums by hour are kept/,
    ],
  ])('is refused: %o', (query, message) => {
    expect(() => costRange(query, RULES)).toThrow(message)
  })

  test('may be ten years to the day, and a month of hours in which clocks are changed', () => {
    const decade = { from: at('2016-02-29T00:00Z'), to: at('2026-03-01T00:00Z'), interval: 'day' as const }
    expect(shown(costRange(decade, RULES))).toEqual(['2016-02-29T00:00', '2026-03-01T00:00'])
    const rules = { ...RULES, timeZone: 'Europe/Berlin' }
    const october = { from: at('2026-09-30T22:00Z'), to: at('2026-10-31T23:00Z'), interval: 'hour' as const }
    expect(shown(costRange(october, rules))).toEqual(['2026-09-30T22:00', '2026-10-31T23:00'])
  })
})

describe('what answers for a time', () => {
  test('whole days come from days, what is before and after them from hours', () => {
    const range = { fromMs: at('2026-11-18T22:00Z'), toMs: at('2026-11-21T11:00Z') }
    expect(spansOf(range, 'UTC').map((span) => [span.grain, ...shown(span)])).toEqual([
      ['hour', '2026-11-18T22:00', '2026-11-19T00:00'],
      ['day', '2026-11-19T00:00', '2026-11-21T00:00'],
      ['hour', '2026-11-21T00:00', '2026-11-21T11:00'],
    ])
  })

  test('covers it without gap or overlap, in every zone and over every change of clocks', () => {
    const zones = fc.constantFrom(
      'UTC',
      'Europe/Berlin',
      'Asia/Kolkata',
      'America/Santiago',
      'Australia/Lord_Howe',
    )
    const moment = fc.integer({ min: at('2024-01-01T00:00Z'), max: at('2026-11-01T00:00Z') })
    fc.assert(
      fc.property(zones, moment, fc.integer({ min: 1, max: 40 * 86_400_000 }), (timeZone, from, length) => {
        const range = costRange({ from, to: from + length }, { ...RULES, hoursFromMs: 0, timeZone })
        expect(range.fromMs).toBeLessThanOrEqual(from)
        expect(range.toMs).toBeGreaterThanOrEqual(from + length)
        const spans = spansOf(range, timeZone)
        expect([spans[0]?.fromMs, spans.at(-1)?.toMs]).toEqual([range.fromMs, range.toMs])
        for (const [index, span] of spans.entries()) {
          expect(span.fromMs).toBeLessThan(span.toMs)
          if (index > 0) expect(span.fromMs).toBe(spans[index - 1]?.toMs)
          if (span.grain === 'hour') continue
          for (const ms of [span.fromMs, span.toMs]) expect(spanAt('day', ms, timeZone).startMs).toBe(ms)
        }
      }),
    )
  })
})
