/** Which time is looked at. Pure: the moment and the time zone are parameters. */
import { dateAt, spanAt, startOfDate } from '../../../src/core/calendar.ts'
import { DAY_MS } from '../format/times.ts'

export const RANGE_NAMES = ['today', '24h', '7d', '30d'] as const
export type RangeName = (typeof RANGE_NAMES)[number]

/** Dates as `2026-11-21`, the last one included. */
export type Range =
  | { readonly kind: 'named'; readonly name: RangeName }
  | { readonly kind: 'custom'; readonly from: string; readonly to: string }

export interface Span {
  readonly fromMs: number
  /** When the range ends: later than now where the day is not over. */
  readonly toMs: number
  readonly interval: 'hour' | 'day'
}

const HOUR_MS = 3_600_000
/** Longest range that is shown by hour. */
const HOURLY_MAX_MS = 3 * DAY_MS
/** The cost API answers no more days than a ledger is asked for in one go. */
export const CUSTOM_MAX_DAYS = 366

export const DEFAULT_RANGE: Range = { kind: 'named', name: '24h' }

export function rangeLabel(range: Range): string {
  if (range.kind === 'custom') return range.from === range.to ? range.from : `${range.from} – ${range.to}`
  return { today: 'Today', '24h': '24 hours', '7d': '7 days', '30d': '30 days' }[range.name]
}

/** What the range before it is called, for comparisons. */
export function previousLabel(range: Range): string {
  if (range.kind === 'custom') return 'the time before'
  return {
    today: 'yesterday by now',
    '24h': 'the 24 h before',
    '7d': 'the 7 days before',
    '30d': 'the 30 days before',
  }[range.name]
}

export function spanOf(range: Range, nowMs: number, timeZone: string): Span {
  if (range.kind === 'custom') return customSpan(range, nowMs, timeZone)
  const today = spanAt('day', nowMs, timeZone)
  switch (range.name) {
    case 'today':
      return { fromMs: today.startMs, toMs: today.endMs, interval: 'hour' }
    case '24h': {
      const { endMs } = spanAt('hour', nowMs, timeZone)
      return { fromMs: endMs - 24 * HOUR_MS, toMs: endMs, interval: 'hour' }
    }
    case '7d':
      return { fromMs: daysBefore(today.startMs, 6, timeZone), toMs: today.endMs, interval: 'day' }
    case '30d':
      return { fromMs: daysBefore(today.startMs, 29, timeZone), toMs: today.endMs, interval: 'day' }
  }
}

/** As long a time, just before; of a day that is not over, as much of the day before. */
export function spanBefore({ fromMs, toMs }: Span, nowMs: number): { fromMs: number; toMs: number } {
  const untilMs = Math.min(toMs, Math.max(nowMs, fromMs))
  const lengthMs = toMs - fromMs
  return { fromMs: fromMs - lengthMs, toMs: untilMs - lengthMs }
}

/** What is wrong with dates that somebody has chosen; undefined where nothing is. */
export function wrongInDates(from: string, to: string): string | undefined {
  if (startOfDate(from, 'UTC') === undefined || startOfDate(to, 'UTC') === undefined)
    return 'Choose two dates.'
  if (from > to) return 'The first day must not be after the last.'
  const days = (Date.parse(to) - Date.parse(from)) / DAY_MS + 1
  return days > CUSTOM_MAX_DAYS ? `Choose at most ${CUSTOM_MAX_DAYS} days.` : undefined
}

function customSpan(
  { from, to }: { readonly from: string; readonly to: string },
  nowMs: number,
  timeZone: string,
): Span {
  const fromMs = startOfDate(from, timeZone) ?? spanAt('day', nowMs, timeZone).startMs
  const lastMs = startOfDate(to, timeZone) ?? fromMs
  const toMs = spanAt('day', lastMs, timeZone).endMs
  return { fromMs, toMs, interval: toMs - fromMs <= HOURLY_MAX_MS ? 'hour' : 'day' }
}

/** The first moment of the day so many days before; days have 23 to 25 hours. */
function daysBefore(startMs: number, days: number, timeZone: string): number {
  const noonMs = startMs + DAY_MS / 2 - days * DAY_MS
  return startOfDate(dateAt(noonMs, timeZone), timeZone) ?? startMs - days * DAY_MS
}
