/** Moments as the ledger's time zone has them, and durations. */

const SECOND_MS = 1_000
const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
export const DAY_MS = 86_400_000

/** `840 ms`, `1.24 s`, `38 s`, `4 min 10 s`, `2 h 5 min`, `3 d 4 h`; `unknown` where there is none. */
export function formatDuration(ms: number | undefined): string {
  if (ms === undefined) return 'unknown'
  if (ms < 10) return `${Number(ms.toFixed(1))} ms`
  if (ms < SECOND_MS) return `${Math.round(ms)} ms`
  if (ms < MINUTE_MS && ms % SECOND_MS === 0) return `${ms / SECOND_MS} s`
  if (ms < 10 * SECOND_MS) return `${(ms / SECOND_MS).toFixed(2)} s`
  if (ms < MINUTE_MS) return `${(ms / SECOND_MS).toFixed(1)} s`
  if (ms < HOUR_MS) return inTwo(Math.round(ms / SECOND_MS), 60, ['min', 's'])
  if (ms < DAY_MS) return inTwo(Math.round(ms / MINUTE_MS), 60, ['h', 'min'])
  return inTwo(Math.round(ms / HOUR_MS), 24, ['d', 'h'])
}

function inTwo(count: number, per: number, [large, small]: readonly [string, string]): string {
  const rest = count % per
  return `${Math.floor(count / per)} ${large}${rest === 0 ? '' : ` ${rest} ${small}`}`
}

/** Seconds for axes: `250 ms`, `1.5 s`, `40 s`. */
export function formatLatencyTick(ms: number): string {
  if (ms === 0) return '0'
  return ms < SECOND_MS ? `${ms} ms` : `${Number((ms / SECOND_MS).toFixed(2))} s`
}

const formats = new Map<string, Intl.DateTimeFormat>()

function formatWith(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = JSON.stringify(options)
  const known = formats.get(key)
  if (known !== undefined) return known
  const format = new Intl.DateTimeFormat('en-GB', options)
  formats.set(key, format)
  return format
}

/** `14:05` */
export function formatClock(ms: number, timeZone: string): string {
  return formatWith({ timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(ms)
}

/** `14:05:09` */
export function formatSeconds(ms: number, timeZone: string): string {
  return formatWith({
    timeZone,
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  }).format(ms)
}

/** `21 Nov` */
export function formatDay(ms: number, timeZone: string): string {
  return formatWith({ timeZone, day: 'numeric', month: 'short' }).format(ms)
}

/** `Sat 21 Nov, 14:05` */
export function formatMoment(ms: number, timeZone: string): string {
  const day = formatWith({ timeZone, weekday: 'short', day: 'numeric', month: 'short' }).format(ms)
  return `${day.replace(',', '')}, ${formatClock(ms, timeZone)}`
}

/** A bucket of a chart: `Sat 21 Nov`, or `Sat 21 Nov, 14:00 – 15:00`. */
export function formatBucket(startMs: number, endMs: number, timeZone: string): string {
  const day = formatWith({ timeZone, weekday: 'short', day: 'numeric', month: 'short' }).format(startMs)
  if (endMs - startMs > 2 * HOUR_MS) return day.replace(',', '')
  return `${day.replace(',', '')}, ${formatClock(startMs, timeZone)} – ${formatClock(endMs, timeZone)}`
}
