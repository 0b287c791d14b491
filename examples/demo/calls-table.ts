import type { CallReport } from 'express-llm'
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
  const answeredBy: string | Cell =
    problem === undefined ? (report.target ?? '–') : { text: `${status} ${problem.code}`, style: 'red' }
  const { attempts, inputTokens, outputTokens } = report
  return [
    request.route,
    request.user,
    report.tier ?? '–',
    answeredBy,
    attemptsCell(report),
    String(inputTokens ?? '–'),
    String(outputTokens ?? '–'),
    attempts.length === 0 ? '–' : costCell(report),
    milliseconds(report.latencyMs),
  ]
}

function attemptsCell({ attempts, outcome }: CallReport): Cell {
  const { length } = attempts
  if (outcome === 'degraded') return { text: `${length} ⚠`, style: 'yellow' }
  return length > 1 && outcome === 'success'
    ? { text: `${length} ↻`, style: 'yellow' }
    : { text: `${length}  ` }
}

const MARKS: Readonly<Record<CallReport['costStatus'], string>> = {
  free: '',
  exact: '',
  estimated: '~',
  partial: '≥',
  unpriced: '',
}

function costCell({ costUsd, costStatus }: CallReport): Cell {
  if (costUsd === undefined) return { text: 'unknown', style: 'yellow' }
  return { text: dollars(nanoUsdOf(costUsd), MARKS[costStatus]) }
}
