import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { Card } from '../parts/card.tsx'
import { Icon } from '../parts/icon.tsx'
import { ChartTable } from './chart-table.tsx'
import { Swatch } from './chart-tip.tsx'
import { TimeChart, type TimeChartProps } from './time-chart.tsx'

interface ChartCardProps {
  readonly title: string
  readonly note?: ComponentChildren
  readonly aside?: ComponentChildren
  readonly isStale: boolean
  readonly chart: TimeChartProps
  /** In place of the plain names beside the chart. */
  readonly legend?: ComponentChildren
  readonly class?: string
}

/** A chart, and the same as a table for who cannot or does not want to see it. */
export function ChartCard({ title, note, aside, isStale, chart, legend, class: name }: ChartCardProps) {
  const [isTable, setTable] = useState(false)
  const other = isTable ? 'chart' : 'table'
  return (
    <Card
      title={title}
      note={note}
      isStale={isStale}
      {...(name === undefined ? {} : { class: name })}
      aside={
        <div class="card-tools">
          {aside}
          <button
            type="button"
            class="button icon-only quiet"
            aria-label={`${title}: show as ${other}`}
            title={`Show as ${other}`}
            onClick={() => setTable(!isTable)}
          >
            <Icon name={other} />
          </button>
        </div>
      }
    >
      {isTable ? <ChartTable title={title} chart={chart} /> : <TimeChart {...chart} />}
      {!isTable && (legend ?? <PlainLegend chart={chart} />)}
    </Card>
  )
}

function PlainLegend({ chart }: { readonly chart: TimeChartProps }) {
  return (
    <ul class="plain-legend">
      {chart.series.map(({ key, label, colour }) => (
        <li key={key}>
          <Swatch colour={colour} />
          {label}
        </li>
      ))}
    </ul>
  )
}
