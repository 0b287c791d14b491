/** Questions to the cost API. Pure: the moment and the time zone are parameters. */
import type { Dimension } from '../../../src/core/ledger-store.ts'
import { pathWith } from './fetch-report.ts'
import { spanBefore, spanOf, type Range } from './range.ts'

export interface Moment {
  readonly nowMs: number
  readonly timeZone: string
}

/** Costs of a range up to now; `by` and `interval` as asked. */
export function costsPath(
  range: Range,
  { nowMs, timeZone }: Moment,
  { by, isSeries = false }: { readonly by?: Dimension; readonly isSeries?: boolean } = {},
): string {
  const { fromMs, toMs, interval } = spanOf(range, nowMs, timeZone)
  return pathWith('costs', {
    from: isoOf(fromMs),
    // Of what is yet to come there is nothing to tell.
    to: isoOf(Math.max(fromMs + 1, Math.min(toMs, nowMs))),
    by: by === 'all' ? undefined : by,
    interval: isSeries ? interval : undefined,
  })
}

/** The sums of the time before, to compare with. */
export function costsBeforePath(range: Range, { nowMs, timeZone }: Moment): string {
  const { fromMs, toMs } = spanBefore(spanOf(range, nowMs, timeZone), nowMs)
  return pathWith('costs', { from: isoOf(fromMs), to: isoOf(toMs) })
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString()
}
