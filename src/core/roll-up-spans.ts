import { spanAt, type CalendarSpan } from './calendar.ts'
import type { RollUpSpan } from './ledger-store.ts'

/** Whole hours of a time zone, ms since the epoch; the end is not included. */
export interface HourRange {
  readonly fromMs: number
  readonly toMs: number
}

/** What answers for a range: its whole days, and the hours before and after them. */
export function spansOf({ fromMs, toMs }: HourRange, timeZone: string): readonly RollUpSpan[] {
  const first = spanAt('day', fromMs, timeZone)
  const firstDayMs = first.startMs === fromMs ? fromMs : first.endMs
  const lastDayMs = spanAt('day', toMs, timeZone).startMs
  if (firstDayMs >= lastDayMs) return [{ grain: 'hour', fromMs, toMs }]
  const spans: readonly RollUpSpan[] = [
    { grain: 'hour', fromMs, toMs: firstDayMs },
    { grain: 'day', fromMs: firstDayMs, toMs: lastDayMs },
    { grain: 'hour', fromMs: lastDayMs, toMs },
  ]
  return spans.filter((span) => span.fromMs < span.toMs)
}

/**
 * What a range begins with that roll-ups can answer for: the hour of that moment; where hours are not kept any more, its day.
 *
 * @param hoursFromMs since when sums by hour are kept
 */
export function rollUpSpanAt(
  atMs: number,
  { timeZone, hoursFromMs }: { readonly timeZone: string; readonly hoursFromMs: number },
): CalendarSpan {
  const day = spanAt('day', atMs, timeZone)
  return day.startMs < hoursFromMs ? day : spanAt('hour', atMs, timeZone)
}
