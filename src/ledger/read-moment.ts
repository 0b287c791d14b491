import { spanAt, startOfDate } from '../core/calendar.ts'
import { not, wrongParam } from './wrong-param.ts'

export interface MomentParam {
  readonly name: string
  readonly edge: 'from' | 'to'
  readonly timeZone: string
}

/** ISO 8601 with its offset, to the minute or finer. Some clients send the `+` of an offset as it is, which is a space in a URL. */
const MOMENT = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?)(Z|[+ -]\d{2}:?\d{2})$/i
const RULE = 'must be a date such as 2026-11-21, or a moment with its offset such as 2026-11-21T10:00:00Z'

/**
 * A moment, ms since the epoch: of a date its begin, and for `to` its end, in the ledger's time zone.
 *
 * @throws LlmError `invalid_params`
 */
export function readMoment({ name, edge, timeZone }: MomentParam, value: unknown): number {
  const ms = value instanceof Date ? value.getTime() : readText(value, edge, timeZone)
  if (ms === undefined || !Number.isFinite(ms)) throw wrongParam(name, `${RULE}${not(value)}`)
  // Before that there were no models to pay for, and calendars have traps.
  if (ms < 0 || ms > FAR_MS) throw wrongParam(name, `must lie between 1970 and 9999${not(value)}`)
  return ms
}

const FAR_MS = Date.UTC(9999, 11, 30)

function readText(value: unknown, edge: MomentParam['edge'], timeZone: string): number | undefined {
  if (typeof value !== 'string') return undefined
  const [, date, time = '', offset = ''] = MOMENT.exec(value) ?? []
  if (date !== undefined) return readOffset(date, time, offset)
  // Further back, the calendar of a zone is not reckoned with.
  if (!/^(?:19[7-9]|[2-9]\d\d)\d-/.test(value)) return undefined
  const startMs = startOfDate(value, timeZone)
  if (startMs === undefined || edge === 'from') return startMs
  return spanAt('day', startMs, timeZone).endMs
}

function readOffset(date: string, time: string, offset: string): number | undefined {
  // `Date.parse` takes the 30th of February for the 2nd of March.
  if (startOfDate(date, 'UTC') === undefined) return undefined
  const sign = offset.replace(' ', '+').toUpperCase()
  const colon = sign.length === 5 ? `${sign.slice(0, 3)}:${sign.slice(3)}` : sign
  return Date.parse(`${date}T${time.replace(',', '.')}${colon}`)
}
