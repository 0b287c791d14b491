/** Hours, days and months as the people of a time zone have them: daylight saving time included. */

export type CalendarUnit = 'hour' | 'day' | 'month'

/** ms since the epoch; the end is the next one's start. */
export interface CalendarSpan {
  readonly startMs: number
  readonly endMs: number
}

const HOUR_MS = 3_600_000
/** No zone is further from UTC than this. */
const FAR_MS = 15 * HOUR_MS

/** Is this a name of the IANA time zone database, or `UTC`? */
export function isTimeZone(name: string): boolean {
  try {
    formatOf(name)
    return true
  } catch {
    return false
  }
}

/**
 * The hour, day or month that a moment lies in.
 *
 * A day begins at its first moment, which is not always midnight; it has 23 to 25 hours. Hours begin where the clocks of the
 * zone show a full hour, which is at half past UTC in some.
 */
export function spanAt(unit: CalendarUnit, atMs: number, timeZone: string): CalendarSpan {
  const key = `${unit} ${timeZone}`
  const last = lastSpans.get(key)
  if (last !== undefined && atMs >= last.startMs && atMs < last.endMs) return last
  const span = unit === 'hour' ? hourAt(atMs, timeZone) : dateSpanAt(unit, atMs, timeZone)
  lastSpans.set(key, span)
  return span
}

/** `2026-11-21`: the date that the zone's people have at that moment. */
export function dateAt(atMs: number, timeZone: string): string {
  return new Date(localMs(atMs, timeZone)).toISOString().slice(0, 10)
}

/** The first moment of a date (`2026-11-21`); undefined for what is no date. */
export function startOfDate(date: string, timeZone: string): number | undefined {
  const wantedMs = /^\d{4}-\d{2}-\d{2}$/.test(date) ? Date.parse(`${date}T00:00:00Z`) : Number.NaN
  if (Number.isNaN(wantedMs) || new Date(wantedMs).toISOString().slice(0, 10) !== date) return undefined
  return firstMomentOf(wantedMs, timeZone)
}

/** The same moment is asked for again and again: one span for each unit and zone. */
const lastSpans = new Map<string, CalendarSpan>()
const formats = new Map<string, Intl.DateTimeFormat>()

function hourAt(atMs: number, timeZone: string): CalendarSpan {
  const local = localMs(atMs, timeZone)
  const startMs = atMs - (((local % HOUR_MS) + HOUR_MS) % HOUR_MS)
  return { startMs, endMs: startMs + HOUR_MS }
}

function dateSpanAt(unit: 'day' | 'month', atMs: number, timeZone: string): CalendarSpan {
  const local = new Date(localMs(atMs, timeZone))
  const [year, month, date] = [local.getUTCFullYear(), local.getUTCMonth(), local.getUTCDate()]
  const isDay = unit === 'day'
  return {
    startMs: firstMomentOf(Date.UTC(year, month, isDay ? date : 1), timeZone),
    endMs: firstMomentOf(isDay ? Date.UTC(year, month, date + 1) : Date.UTC(year, month + 1, 1), timeZone),
  }
}

/** When the zone's clocks first show this, or more: they may jump over it. To the ms, by halving where they are changed. */
function firstMomentOf(wantedLocalMs: number, timeZone: string): number {
  let before = wantedLocalMs - FAR_MS
  let after = wantedLocalMs + FAR_MS
  const offsetMs = offsetAt(before, timeZone)
  if (offsetAt(after, timeZone) === offsetMs) return wantedLocalMs - offsetMs
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2)
    if (localMs(middle, timeZone) >= wantedLocalMs) after = middle
    else before = middle
  }
  return after
}

/** What the zone's clocks show, as if it were UTC. */
function localMs(atMs: number, timeZone: string): number {
  return atMs + offsetAt(atMs, timeZone)
}

/**
 * By how much they are ahead of UTC. To ask `Intl` takes 10 µs, and a series of ten years asks thousands of times, so weeks in
 * which nothing changes are remembered. Nobody changes clocks there and back within a week.
 */
function offsetAt(atMs: number, timeZone: string): number {
  if (timeZone === 'UTC') return 0
  const week = Math.floor(atMs / WEEK_MS)
  const key = `${week} ${timeZone}`
  let offsetMs = weeks.get(key)
  if (offsetMs === undefined) {
    offsetMs = shownOffsetAt(week * WEEK_MS, timeZone)
    if (shownOffsetAt((week + 1) * WEEK_MS, timeZone) !== offsetMs) offsetMs = Number.NaN
    if (weeks.size >= WEEKS_MAX) weeks.clear()
    weeks.set(key, offsetMs)
  }
  return Number.isNaN(offsetMs) ? shownOffsetAt(atMs, timeZone) : offsetMs
}

const WEEK_MS = 7 * 24 * HOUR_MS
/** Twenty years of a zone. */
const WEEKS_MAX = 1_040
/** Week and zone → offset, ms; NaN for weeks in which clocks are changed. */
const weeks = new Map<string, number>()

function shownOffsetAt(atMs: number, timeZone: string): number {
  const shown: Record<string, number> = {}
  for (const { type, value } of formatOf(timeZone).formatToParts(atMs)) shown[type] = Number(value)
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = shown
  return Date.UTC(year, month - 1, day, hour, minute, second) + (((atMs % 1000) + 1000) % 1000) - atMs
}

/** @throws RangeError for a zone that does not exist */
function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone)
  if (known !== undefined) return known
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  formats.set(timeZone, format)
  return format
}
