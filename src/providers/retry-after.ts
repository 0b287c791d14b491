/** The part of a `Headers` that is read here. */
export interface HeaderReader {
  get(name: string): string | null
}

/** Milliseconds: the client's own name, and Azure's. */
const MS_HEADERS = ['retry-after-ms', 'x-ms-retry-after-ms'] as const

/** What is longer (or no number any more, for its length) means "very long", and stays a number to reckon with. */
const WAIT_MAX_MS = 365 * 24 * 60 * 60 * 1000

/** Digits, maybe with a fraction; no sign, no exponent. */
const DECIMAL = /^\d+(\.\d+)?$/

/** The dates of RFC 9110 §5.6.7 begin with the day of the week; `Date.parse` alone would take "2" for a month. */
const HTTP_DATE = /^(mon|tue|wed|thu|fri|sat|sun)[a-z]*,? /i

/**
 * How long a provider asks us to stay away, ms: `retry-after-ms`, or `Retry-After` in seconds or as an HTTP date.
 *
 * @param nowMs wall clock, ms since the epoch, for the date
 * @returns a year at most; 0 for a date that has passed; undefined when nothing is said, or nothing that makes sense
 */
export function readRetryAfter(headers: HeaderReader, nowMs: number): number | undefined {
  for (const name of MS_HEADERS) {
    const ms = decimal(headers.get(name))
    if (ms !== undefined) return wholeMs(ms)
  }
  const value = headers.get('retry-after')?.trim()
  if (!value) return undefined
  const seconds = decimal(value)
  if (seconds !== undefined) return wholeMs(seconds * 1000)
  return untilDate(value, nowMs)
}

function decimal(value: string | null): number | undefined {
  const text = value?.trim() ?? ''
  return DECIMAL.test(text) ? Number(text) : undefined
}

function wholeMs(ms: number): number {
  return Math.min(WAIT_MAX_MS, Math.ceil(ms))
}

function untilDate(value: string, nowMs: number): number | undefined {
  if (!HTTP_DATE.test(value)) return undefined
  // The oldest of the three forms names no zone; all three mean GMT.
  const dateMs = Date.parse(/gmt$/i.test(value) ? value : `${value} GMT`)
  return Number.isNaN(dateMs) ? undefined : wholeMs(Math.max(0, dateMs - nowMs))
}
