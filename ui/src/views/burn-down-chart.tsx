import type { BudgetReport } from '../../../src/core/costs.ts'
import type { BurnPoint, Projection } from '../data/burn-down.ts'
import { formatDay, formatClock } from '../format/times.ts'
import { formatUsd } from '../format/usd.ts'

interface BurnDownChartProps {
  readonly budget: BudgetReport
  readonly points: readonly BurnPoint[]
  readonly projection: Projection | undefined
  /** Are the points between begin and now known? */
  readonly hasDetail: boolean
}

const WIDTH = 400
const HEIGHT = 96

/** What is left: from all of it down to now, and on to the window's end at the same pace. The even line is for comparison. */
export function BurnDownChart({ budget, points, projection, hasDetail }: BurnDownChartProps) {
  const { limitUsd, startsAt, endsAt, timeZone, window } = budget
  const startMs = Date.parse(startsAt)
  const endMs = Date.parse(endsAt)
  const x = (atMs: number): number => ((atMs - startMs) / (endMs - startMs)) * WIDTH
  const y = (leftUsd: number): number => (1 - Math.max(0, Math.min(1, leftUsd / limitUsd))) * HEIGHT
  const line = points.map(({ atMs, leftUsd }) => `${x(atMs).toFixed(1)},${y(leftUsd).toFixed(1)}`)
  const last = points.at(-1)
  const label = (ms: number): string =>
    window === 'month' ? formatDay(ms, timeZone) : formatClock(ms, timeZone)
  const summary = `What is left of the budget over its window: ${formatUsd(limitUsd)} at the begin, ${formatUsd(Math.max(0, last?.leftUsd ?? 0))} now.`
  const ahead =
    last === undefined || projection === undefined
      ? undefined
      : aheadOf(projection, last, { limitUsd, endMs })
  return (
    <figure class="burn">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={summary}>
        <line class="even" x1="0" y1="0" x2={WIDTH} y2={HEIGHT} />
        {last !== undefined && (
          <>
            <polygon
              class="area"
              points={`0,${HEIGHT} ${line.join(' ')} ${x(last.atMs).toFixed(1)},${HEIGHT}`}
            />
            <polyline class={hasDetail ? 'left' : 'left rough'} points={line.join(' ')} />
          </>
        )}
        {last !== undefined && ahead !== undefined && (
          <line
            class="ahead"
            x1={x(last.atMs)}
            y1={y(last.leftUsd)}
            x2={x(ahead.atMs)}
            y2={y(ahead.leftUsd)}
          />
        )}
        <line class="floor" x1="0" y1={HEIGHT} x2={WIDTH} y2={HEIGHT} />
      </svg>
      <figcaption>
        <span>{label(startMs)}</span>
        <span>left of {formatUsd(limitUsd)}</span>
        <span>{window === 'day' ? '24:00' : label(endMs)}</span>
      </figcaption>
    </figure>
  )
}

function aheadOf(
  { usd, emptyAtMs }: Projection,
  last: BurnPoint,
  { limitUsd, endMs }: { readonly limitUsd: number; readonly endMs: number },
): BurnPoint | undefined {
  if (last.leftUsd <= 0) return undefined
  return emptyAtMs === undefined ? { atMs: endMs, leftUsd: limitUsd - usd } : { atMs: emptyAtMs, leftUsd: 0 }
}
