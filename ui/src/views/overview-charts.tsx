import type { CostsReport } from '../../../src/core/costs.ts'
import { ChartCard } from '../chart/chart-card.tsx'
import { Swatch } from '../chart/chart-tip.tsx'
import { linkTo, range, remember } from '../data/navigation.ts'
import { rangeLabel, spanOf } from '../data/range.ts'
import {
  bucketsOf,
  callsStack,
  latencyLines,
  OTHERS_KEY,
  spendStack,
  STACK_BYS,
  type StackBy,
  type StackPart,
} from '../data/stack-series.ts'
import { capitalized } from '../data/words.ts'
import { formatCount, formatShare, formatShort } from '../format/numbers.ts'
import { formatDuration, formatLatencyTick } from '../format/times.ts'
import { formatCost, formatUsd, formatUsdTicks } from '../format/usd.ts'
import { Segmented } from '../parts/segmented.tsx'
import type { ViewProps } from './view-context.ts'

interface ChartsProps {
  readonly report: CostsReport
  readonly view: ViewProps
  readonly isStale: boolean
}

const SPEND_HEIGHT = 264
const SMALL_HEIGHT = 188

export function SpendCard({ report, by, view, isStale }: ChartsProps & { readonly by: StackBy }) {
  const stack = spendStack(report)
  const dearest = stack[0]
  const summary =
    dearest === undefined
      ? 'Nothing was spent.'
      : `${formatCost(report.total.costUsd, report.total.costStatus)} in all, most of it by ${dearest.label} (${formatUsd(dearest.totalUsd)}).`
  return (
    <ChartCard
      class="spend"
      title="Spend over time"
      isStale={isStale}
      aside={
        <Segmented
          label="Stacked by"
          options={STACK_BYS.map((value) => ({ value, label: capitalized(value) }))}
          value={by}
          onChoose={(value) => remember({ by: value === 'model' ? undefined : value })}
        />
      }
      chart={{
        ...timesOf(report, view),
        summary: `Spend over time by ${by}, ${rangeLabel(range.value)}. ${summary}`,
        series: stack,
        kind: 'stack',
        height: SPEND_HEIGHT,
        formatTicks: formatUsdTicks,
        formatValue: formatUsd,
      }}
      legend={<SpendLegend report={report} stack={stack} by={by} />}
    />
  )
}

interface SpendLegendProps {
  readonly report: CostsReport
  readonly stack: readonly StackPart[]
  readonly by: StackBy
}

function SpendLegend({ report, stack, by }: SpendLegendProps) {
  const { costUsd = 0 } = report.total
  return (
    <ul class="legend" aria-label={`Spend by ${by}`}>
      {stack.map(({ key, label, colour, totalUsd }) => (
        <li key={key}>
          <Swatch colour={colour} />
          <a
            class="clip"
            title={label}
            href={
              key === OTHERS_KEY || key === '' ? linkTo('breakdown', { by }) : linkTo('calls', { [by]: key })
            }
          >
            {label}
          </a>
          <span class="number">{formatUsd(totalUsd)}</span>
          <span class="number share">{formatShare(totalUsd, costUsd)}</span>
        </li>
      ))}
    </ul>
  )
}

export function CallsCard({ report, view, isStale }: ChartsProps) {
  const { calls, succeeded, degraded } = report.total
  return (
    <ChartCard
      title="Calls"
      isStale={isStale}
      chart={{
        ...timesOf(report, view),
        summary: `Calls over time, ${rangeLabel(range.value)}: ${formatCount(calls)}, of which ${formatShare(succeeded + degraded, calls)} were answered.`,
        series: callsStack(report),
        kind: 'stack',
        height: SMALL_HEIGHT,
        isWhole: true,
        formatTicks: (splits) => splits.map(formatShort),
        formatValue: formatCount,
      }}
    />
  )
}

export function LatencyCard({ report, view, isStale }: ChartsProps) {
  const { latencyMs } = report.total
  const told =
    latencyMs === undefined
      ? 'no answers'
      : `half of the answers came within ${formatDuration(latencyMs.p50)}, 99 of 100 within ${formatDuration(latencyMs.p99)}`
  return (
    <ChartCard
      title="Latency of answers"
      isStale={isStale}
      chart={{
        ...timesOf(report, view),
        summary: `Latency percentiles over time, ${rangeLabel(range.value)}: ${told}.`,
        series: latencyLines(report),
        kind: 'lines',
        height: SMALL_HEIGHT,
        formatTicks: (splits) => splits.map(formatLatencyTick),
        formatValue: formatDuration,
      }}
      legend={<LatencyLegend report={report} />}
    />
  )
}

function LatencyLegend({ report }: { readonly report: CostsReport }) {
  const { latencyMs } = report.total
  return (
    <ul class="plain-legend">
      {latencyLines(report).map(({ key, label, colour }) => (
        <li key={key}>
          <Swatch colour={colour} />
          {label}{' '}
          <b>{latencyMs === undefined ? 'none' : formatDuration(latencyMs[key as 'p50' | 'p95' | 'p99'])}</b>
        </li>
      ))}
    </ul>
  )
}

function timesOf(report: CostsReport, { nowMs, timeZone }: ViewProps) {
  return {
    buckets: bucketsOf(report.series ?? []),
    span: spanOf(range.value, nowMs, timeZone),
    timeZone,
  }
}
