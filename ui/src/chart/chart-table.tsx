import { formatBucket } from '../format/times.ts'
import { totalsOf } from './chart-data.ts'
import type { TimeChartProps } from './time-chart.tsx'

/** The newest first; it scrolls where it is higher than the chart. */
export function ChartTable({ title, chart }: { readonly title: string; readonly chart: TimeChartProps }) {
  const { buckets, series, kind, timeZone, formatValue, height } = chart
  const totals = kind === 'stack' && series.length > 1 ? totalsOf(series) : undefined
  const shown = (value: number | undefined): string => (value === undefined ? 'none' : formatValue(value))
  return (
    <div
      class="table-wrap"
      tabIndex={0}
      role="region"
      aria-label={`${title}, as a table`}
      style={{ maxHeight: `${height + 40}px` }}
    >
      <table class="table compact">
        <thead>
          <tr>
            <th scope="col">
              {buckets.some(({ startMs, endMs }) => endMs - startMs > 7_200_000) ? 'Day' : 'Hour'}
            </th>
            {series.map(({ key, label }) => (
              <th key={key} scope="col" class="number">
                {label}
              </th>
            ))}
            {totals !== undefined && (
              <th scope="col" class="number">
                Together
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {buckets
            .map(({ startMs, endMs }, index) => (
              <tr key={startMs}>
                <th scope="row">{formatBucket(startMs, endMs, timeZone)}</th>
                {series.map(({ key, values }) => (
                  <td key={key} class="number">
                    {shown(values[index])}
                  </td>
                ))}
                {totals !== undefined && <td class="number">{shown(totals[index])}</td>}
              </tr>
            ))
            .toReversed()}
        </tbody>
      </table>
    </div>
  )
}
