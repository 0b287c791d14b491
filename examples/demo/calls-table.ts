import type { Exchange } from './client.ts'
import { table, type Cell, type Column, type Row } from './table.ts'
import { dollars, milliseconds, nanoUsdOf } from './words.ts'

const COLUMNS: readonly Column[] = [
  { title: 'Express route', align: 'left' },
  { title: 'user', align: 'left' },
  { title: 'tier', align: 'left' },
  { title: 'answered by', align: 'left' },
  { title: 'attempts', align: 'right' },
  { title: 'in', align: 'right' },
  { title: 'out', align: 'right' },
  { title: 'cost', align: 'right' },
  { title: 'ms', align: 'right' },
]

export const LEGEND = '↻ asked again   ⚠ another target answered   ~ estimated in part   in, out: tokens'

/** A row per call. */
export function callsTable(exchanges: readonly Exchange[]): string {
  return table(COLUMNS, exchanges.map(rowOf))
}

function rowOf({ request, status, report, problem }: Exchange): Row {
  const { route, user } = request
  if (report === undefined) {
    const reason: Cell = { text: `${status} ${problem?.code ?? ''}`.trim(), style: 'red' }
    return [route, user, '–', reason, '0  ', '–', '–', '–', '–']
  }
  return [
    route,
    user,
    report.tier ?? '–',
    report.target ?? '–',
    attemptsCell(report),
    String(report.inputTokens ?? '–'),
    String(report.outputTokens ?? '–'),
    costCell(report),
    milliseconds(report.latencyMs),
  ]
}

type Report = NonNullable<Exchange['report']>

function attemptsCell({ attempts, outcome }: Report): Cell {
  const { length } = attempts
  if (outcome === 'degraded') return { text: `${length} ⚠`, style: 'yellow' }
  return length > 1 ? { text: `${length} ↻`, style: 'yellow' } : { text: `${length}  ` }
}

function costCell({ costUsd, costStatus }: Report): Cell {
  if (costUsd === undefined) return { text: 'unknown', style: 'yellow' }
  return { text: dollars(nanoUsdOf(costUsd), costStatus === 'exact' ? '' : '~') }
}
