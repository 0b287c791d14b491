import { useEffect, useRef, useState } from 'preact/hooks'
import uPlot from 'uplot'
import { paints } from '../data/theme.ts'
import type { Bucket, ChartSeries } from './chart-data.ts'
import { ChartTip } from './chart-tip.tsx'
import { plotData, plotOptions } from './plot-options.ts'

export interface TimeChartProps {
  /** For screen readers: what is to be seen. */
  readonly summary: string
  readonly buckets: readonly Bucket[]
  readonly span: { readonly fromMs: number; readonly toMs: number }
  readonly series: readonly ChartSeries[]
  readonly kind: 'stack' | 'lines'
  readonly timeZone: string
  readonly height: number
  /** No values between the whole ones. */
  readonly isWhole?: boolean
  readonly formatTicks: (splits: readonly number[]) => readonly string[]
  readonly formatValue: (value: number) => string
}

/** Where the pointer is. */
export interface Hover {
  readonly index: number
  /** px from the left of the chart. */
  readonly left: number
}

/** Bars on top of each other, or lines, over time. Painted anew when the theme changes; the size follows its place. */
export function TimeChart(props: TimeChartProps) {
  const place = useRef<HTMLDivElement>(null)
  const [hover, setHover] = useState<Hover | undefined>(undefined)
  const turn = paints.value
  const latest = useRef(props)
  latest.current = props
  const shape = `${props.kind} ${props.timeZone} ${props.span.fromMs} ${props.span.toMs} ${props.series.map(({ key, colour }) => `${key}=${colour}`).join(' ')}`
  const plot = useRef<uPlot | undefined>(undefined)

  useEffect(() => {
    const { current: element } = place
    if (element === null) return
    const options = plotOptions(latest, { element, onHover: setHover })
    const painted = new uPlot(options, plotData(latest.current), element)
    plot.current = painted
    const observer = new ResizeObserver(() => {
      const { clientWidth } = element
      if (clientWidth > 0 && clientWidth !== painted.width)
        painted.setSize({ width: clientWidth, height: latest.current.height })
    })
    observer.observe(element)
    return () => {
      observer.disconnect()
      painted.destroy()
      plot.current = undefined
    }
  }, [shape, turn])

  useEffect(() => {
    plot.current?.setData(plotData(props))
  }, [props.buckets, props.series])

  return (
    <div class="chart" style={{ height: `${props.height}px` }}>
      <div ref={place} class="plot" role="img" aria-label={props.summary} />
      {hover !== undefined && (
        <ChartTip chart={props} hover={hover} width={place.current?.clientWidth ?? 0} />
      )}
    </div>
  )
}
