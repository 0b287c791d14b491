import type { Measurement, RowResult } from './measurement.ts'
import type { PromiseResult } from './promises.ts'

/** The measurement for people. */
export function tableOf(measured: Measurement, promises: readonly PromiseResult[]): string {
  const { environment: env } = measured
  return [
    columns([HEAD, ...measured.rows.map(rowCells)]),
    '',
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
    `${(row.cpuShare * 100).toFixed(0)} %`,
    row.p50Ms.toFixed(1),
    row.p99Ms.toFixed(1),
    row.spansPerCall === 0 ? '' : row.spansPerCall.toFixed(1),
  ]
}

/** Cells under one another; the first column to the left, numbers to the right. */
function columns(rows: readonly (readonly string[])[]): string {
  const widths = HEAD.map((_, index) => Math.max(...rows.map((cells) => (cells[index] ?? '').length)))
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
