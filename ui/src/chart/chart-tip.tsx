import { formatBucket } from '../format/times.ts'
import type { Hover, TimeChartProps } from './time-chart.tsx'

interface ChartTipProps {
  readonly chart: TimeChartProps
  readonly hover: Hover
  readonly width: number
}

const TIP_WIDTH = 240

/** The figures under the pointer. The table of the chart says the same to those who have none. */
export function ChartTip({ chart, hover, width }: ChartTipProps) {
  const bucket = chart.buckets[hover.index]
  if (bucket === undefined) return undefined
  const rows = chart.series
    .map(({ key, label, colour, values }) => ({ key, label, colour, value: values[hover.index] }))
    .filter(({ value }) => value !== undefined && (chart.kind === 'lines' || value > 0))
    .toReversed()
  const right = hover.left + 16
  const left = right + TIP_WIDTH > width ? Math.max(0, hover.left - TIP_WIDTH - 16) : right
  const total = rows.reduce((sum, { value = 0 }) => sum + value, 0)
  return (
    <div class="tip" aria-hidden="true" style={{ left: `${left}px`, width: `${TIP_WIDTH}px` }}>
      <p class="tip-title">{formatBucket(bucket.startMs, bucket.endMs, chart.timeZone)}</p>
      {rows.length === 0 && <p class="tip-none">nothing</p>}
      {rows.map(({ key, label, colour, value = 0 }) => (
        <p key={key} class="tip-row">
          <Swatch colour={colour} />
          <span class="clip">{label}</span>
          <b>{chart.formatValue(value)}</b>
        </p>
      ))}
      {chart.kind === 'stack' && rows.length > 1 && (
        <p class="tip-row total">
          <span>Together</span>
          <b>{chart.formatValue(total)}</b>
        </p>
      )}
    </div>
  )
}

export function Swatch({ colour }: { readonly colour: string }) {
  return <span class={`swatch series-${colour}`} aria-hidden="true" />
}
