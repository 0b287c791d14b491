import { spanAt, type CalendarSpan } from '../core/calendar.ts'
import type { GroupTotal, RollUp } from '../core/ledger-store.ts'
import type { HourRange } from '../core/roll-up-spans.ts'
import { sumRollUps } from './roll-up.ts'

/**
 * The hours or days of a time, without gaps. Those at its ends may be a part of one. What has not begun yet is left out,
 * unless something is known of it.
 *
 * @param lastMs the last moment that something is, or may be, known of
 */
export function pointsOf(
  { fromMs, toMs }: HourRange,
  interval: 'hour' | 'day',
  { timeZone, lastMs }: { readonly timeZone: string; readonly lastMs: number },
): readonly CalendarSpan[] {
  const points: CalendarSpan[] = []
  for (let startMs = fromMs; startMs < toMs && (startMs <= lastMs || points.length === 0);) {
    const endMs = Math.min(spanAt(interval, startMs, timeZone).endMs, toMs)
    points.push({ startMs, endMs })
    startMs = endMs
  }
  return points
}

/** Finds the point that a moment lies in; moments outside belong to the one next to them. */
export function pointFinder(points: readonly CalendarSpan[]): (atMs: number) => number {
  return (atMs) => {
    let low = 0
    let high = points.length - 1
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if ((points[middle]?.startMs ?? 0) <= atMs) low = middle
      else high = middle - 1
    }
    return low
  }
}

/** The groups of each point, those that have anything. */
export function groupsByPoint(
  rollUps: readonly RollUp[],
  points: readonly CalendarSpan[],
): readonly ReadonlyMap<string | undefined, GroupTotal>[] {
  const pointAt = pointFinder(points)
  const parts = points.map(() => new Map<string | undefined, RollUp[]>())
  for (const rollUp of rollUps) {
    const groups = parts[pointAt(rollUp.startMs)]
    const group = groups?.get(rollUp.value)
    if (group === undefined) groups?.set(rollUp.value, [rollUp])
    else group.push(rollUp)
  }
  return parts.map(
    (groups) => new Map([...groups].map(([value, several]) => [value, sumRollUps(value, several)])),
  )
}
