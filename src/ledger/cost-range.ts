import { rollUpSpanAt, type HourRange } from '../core/roll-up-spans.ts'
import type { COSTS_PARAMS, ReadParams } from './query-param.ts'
import { shown, wrongOrder, wrongParam } from './wrong-param.ts'

const DAY_MS = 86_400_000
/** Ten years, and what their leap days and a last day more are. */
const RANGE_MAX_MS = 3_660 * DAY_MS
/** A month of hours, and the hour that some have more: what a chart can show. */
const HOURS_MAX_MS = 31 * DAY_MS + 2 * 3_600_000

/**
 * Which hours a query is about: roll-ups know no less than an hour, so the one that it begins in and the one that it ends in
 * belong to it. Where sums by hour are not kept any more, whole days.
 *
 * @throws LlmError `invalid_params`
 */
export function costRange(query: ReadParams<typeof COSTS_PARAMS>, rules: RangeRules): HourRange {
  const { nowMs, hoursFromMs } = rules
  // What has just happened belongs to it.
  const askedToMs = query.to ?? nowMs + 1
  const askedFromMs = query.from ?? Math.max((query.to ?? nowMs) - DAY_MS, 0)
  if (askedFromMs >= askedToMs) throw wrongOrder(askedFromMs, query.to, nowMs)
  const range = {
    fromMs: rollUpSpanAt(askedFromMs, rules).startMs,
    toMs: rollUpSpanAt(askedToMs - 1, rules).endMs,
  }
  const lengthMs = range.toMs - range.fromMs
  if (lengthMs > RANGE_MAX_MS)
    throw wrongParam('from', 'must lie within ten years before "to": ask for a shorter time')
  if (query.interval === 'hour' && lengthMs > HOURS_MAX_MS)
    throw wrongParam(
      'interval',
      'can be "hour" for 31 days at most: ask for a shorter time, or for interval "day"',
    )
  if (query.interval === 'hour' && askedFromMs < hoursFromMs)
    throw wrongParam(
      'interval',
      `can be "hour" from ${shown(hoursFromMs)} on, since when sums by hour are kept: ask for interval "day"`,
    )
  return range
}

export interface RangeRules {
  readonly nowMs: number
  /** Sums by hour are kept from then on; what lies before is widened to whole days. */
  readonly hoursFromMs: number
  readonly timeZone: string
}
