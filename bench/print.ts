import type { Measurement, RowResult, StreamRowResult, StreamSpeed } from './measurement.ts'
import type { PromiseResult } from './promises.ts'

/** The measurement for people. */
export function tableOf(measured: Measurement, promises: readonly PromiseResult[]): string {
  const { environment: env } = measured
  return [
    ...tableUnder(HEAD, measured.rows.map(rowCells)),
    ...tableUnder(STREAM_HEAD, measured.streams.map(streamCells)),
    ...promises.map(promiseLine),
    '',
    `Node ${env.node}, ${env.cpus} × ${env.cpuModel}; ` +
      `${env.isPinned ? 'the server under test alone on one core' : 'processes not pinned to cores'}; ` +
      `${env.connections} connections; medians of ${env.rounds} rounds of ${env.seconds} s`,
    ...notes(measured.rows),
  ].join('\n')
}

const HEAD = [
  'Express +',
  'requests/s',
  '× bare',
  '× limit',
  'by the clock',
  'core',
  'p50 ms',
  'p99 ms',
  'spans/call',
]

function rowCells(row: RowResult): string[] {
  return [
    row.title,
    row.requestsPerSecond.toFixed(0),
    row.ratioToBare.toFixed(2),
    row.ratioToLimit.toFixed(2),
    row.requestsPerClockSecond.toFixed(0),
    share(row.cpuShare),
    row.p50Ms.toFixed(1),
    row.p99Ms.toFixed(1),
    row.spansPerCall === 0 ? '' : row.spansPerCall.toFixed(1),
  ]
}

const STREAM_HEAD = [
  'Express +',
  'chunks/s packed',
  '× bare',
  '× limit',
  'core',
  'one by one',
  '× bare',
  '× limit',
  'core',
  'first p50 ms',
  '+ bare',
  'p99 ms',
  'held',
  'RSS kB/stream',
  'heap kB',
  'core',
]

function streamCells({ title, packed, single, firstContent, held }: StreamRowResult): string[] {
  return [
    title,
    ...speedCells(packed),
    ...speedCells(single),
    firstContent.p50Ms.toFixed(2),
    firstContent.overheadMs.toFixed(2),
    firstContent.p99Ms.toFixed(2),
    `${held.streams}`,
    held.rssKbPerStream.toFixed(0),
    held.heapKbPerStream.toFixed(0),
    share(held.cpuShare),
  ]
}

function speedCells({ chunksPerSecond, ratioToBare, ratioToLimit, cpuShare }: StreamSpeed): string[] {
  return [chunksPerSecond.toFixed(0), ratioToBare.toFixed(2), ratioToLimit.toFixed(2), share(cpuShare)]
}

function share(value: number): string {
  return `${(value * 100).toFixed(0)} %`
}

/** Nothing where nothing was measured. */
function tableUnder(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return rows.length === 0 ? [] : [columns([head, ...rows]), '']
}

/** Cells under one another; the first column to the left, numbers to the right. */
function columns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, index) =>
    Math.max(...rows.map((cells) => (cells[index] ?? '').length)),
  )
  return rows
    .map((cells) =>
      cells
        .map((cell, index) => (index === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[index] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

function promiseLine({ name, value, limit, rule, unit, isKept }: PromiseResult): string {
  if (value === undefined) return `-       ${name}: not measured (${rule} ${limit}${unit})`
  const shown = value >= 100 ? value.toFixed(0) : value.toFixed(2)
  return `${isKept ? 'kept  ' : 'BROKEN'}  ${name}: ${shown}${unit} (${rule} ${limit}${unit})`
}

/** Latencies of a server that did not fill its core are those of something else. */
function notes(rows: readonly RowResult[]): string[] {
  const idle = rows.filter((row) => row.cpuShare < 0.9).map((row) => row.name)
  if (idle.length === 0) return []
  return [
    `Not alone on the machine, or slowed by the load: ${idle.join(', ')}. Do not read latencies or the clock there; ` +
      'requests/s are per second of processor time and hold.',
  ]
}
