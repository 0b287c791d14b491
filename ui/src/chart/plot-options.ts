import uPlot from 'uplot'
import { DAY_MS, formatClock, formatDay } from '../format/times.ts'
import { loneIndexes, niceTop, stacked } from './chart-data.ts'
import type { Hover, TimeChartProps } from './time-chart.tsx'

/** What the chart looks up each time it paints. */
interface Latest {
  readonly current: TimeChartProps
}

interface Place {
  readonly element: HTMLElement
  readonly onHover: (hover: Hover | undefined) => void
}

/**
 * The x of a bucket is its middle, or what will be its middle when the hour or day is over; of a stack the highest sum comes
 * first. uPlot counts seconds.
 */
export function plotData({ buckets, series, kind }: TimeChartProps): uPlot.AlignedData {
  const longestMs = Math.max(0, ...buckets.map(({ startMs, endMs }) => endMs - startMs))
  const times = buckets.map(({ startMs }) => (startMs + longestMs / 2) / 1_000)
  if (kind === 'stack') return [times, ...barsOf(series).toReversed()]
  return [times, ...series.map(({ values }) => values.map((value) => value ?? null))]
}

/** Tops of the bars; what is 0 has none, not even its seam. */
function barsOf(series: TimeChartProps['series']): (number | null)[][] {
  return stacked(series).map((tops, index) =>
    tops.map((top, at) => ((series[index]?.values[at] ?? 0) > 0 ? top : null)),
  )
}

export function plotOptions(latest: Latest, { element, onHover }: Place): uPlot.Options {
  const { height, span, timeZone } = latest.current
  return {
    width: element.clientWidth,
    height,
    padding: [10, 2, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false, setScale: false }, points: { show: false } },
    scales: {
      x: { time: true, range: () => [span.fromMs / 1000, span.toMs / 1000] },
      y: { range: (_plot, _min, max) => [0, niceTop(max)] },
    },
    axes: axesOf(latest, element),
    series: [{}, ...seriesOf(latest.current, element)],
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), timeZone),
    hooks: {
      setCursor: [(plot) => onHover(hoverAt(plot, latest.current))],
    },
  }
}

function hoverAt({ cursor, over }: uPlot, { buckets }: TimeChartProps): Hover | undefined {
  const { idx, left } = cursor
  const isInside = typeof idx === 'number' && left !== undefined && left >= 0 && buckets[idx] !== undefined
  return isInside ? { index: idx, left: left + over.offsetLeft } : undefined
}

/** 1, 2, 5, 10 … */
const WHOLE_STEPS = Array.from(
  { length: 24 },
  (_, index) => ([1, 2, 5][index % 3] ?? 1) * 10 ** Math.floor(index / 3),
)

function axesOf(latest: Latest, element: HTMLElement): uPlot.Axis[] {
  const { timeZone, span, isWhole = false } = latest.current
  const font = `11px ${getComputedStyle(element).fontFamily}`
  const ink = colourIn(element, '--ink-3')
  const line = colourIn(element, '--line')
  return [
    {
      font,
      stroke: ink,
      size: 26,
      gap: 6,
      space: 64,
      grid: { show: false },
      ticks: { show: false },
      border: { show: true, stroke: colourIn(element, '--line-strong'), width: 1 },
      // The signature is uPlot's.
      // oxlint-disable-next-line max-params
      values: (_plot, splits, _axis, _space, increment) =>
        // The last one would be cut off.
        splits.map((seconds) =>
          seconds * 1000 < span.toMs ? tick(seconds * 1000, increment * 1000, timeZone) : '',
        ),
    },
    {
      font,
      stroke: ink,
      size: (_plot, values) => Math.max(34, ...(values ?? []).map((value) => value.length * 6.4 + 12)),
      gap: 6,
      space: 36,
      ...(isWhole ? { incrs: WHOLE_STEPS } : {}),
      grid: { stroke: line, width: 1 },
      ticks: { show: false },
      values: (_plot, splits) => [...latest.current.formatTicks(splits)],
    },
  ]
}

function tick(ms: number, incrementMs: number, timeZone: string): string {
  const clock = formatClock(ms, timeZone)
  return incrementMs >= DAY_MS || clock === '00:00' ? formatDay(ms, timeZone) : clock
}

function seriesOf({ series, kind }: TimeChartProps, element: HTMLElement): uPlot.Series[] {
  if (kind === 'lines') {
    return series.map(({ label, colour }) => ({
      label,
      stroke: colourIn(element, `--series-${colour}`),
      width: 1.75,
      points: {
        size: 5,
        // Where there is no room for points, those that no line leads to are shown all the same.
        // The signature is uPlot's.
        filter: (plot, index, isShown) => (isShown ? null : [...loneIndexes(plot.data[index] ?? [])]),
      },
    }))
  }
  const { bars } = uPlot.paths
  const surface = colourIn(element, '--surface')
  return series.toReversed().map(({ label, colour }) => ({
    label,
    fill: colourIn(element, `--series-${colour}`),
    stroke: surface,
    // A seam between the parts of a bar.
    width: 1,
    points: { show: false },
    ...(bars === undefined ? {} : { paths: bars({ size: [0.78, 44, 1], gap: 0, radius: [0.06, 0] }) }),
  }))
}

/** Custom properties hold `light-dark()`: what they are now is only known where they are used. */
function colourIn(element: HTMLElement, property: string): string {
  const probe = document.createElement('span')
  probe.hidden = true
  probe.style.color = `var(${property})`
  element.append(probe)
  const { color } = getComputedStyle(probe)
  probe.remove()
  return color
}
