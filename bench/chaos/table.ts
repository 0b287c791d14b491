/** What is printed of a phase, in columns that stand before the first number is known. Pure. */
import { PROVIDERS } from './cast.ts'
import type { Phase } from './story.ts'
import type { PhaseRow } from './tally.ts'

interface Column {
  readonly title: string
  readonly cell: (row: PhaseRow) => string
}

const COLUMNS: readonly Column[] = [
  { title: 'calls', cell: (row) => `${row.calls}` },
  { title: 'answered', cell: (row) => `${row.answered}` },
  { title: 'degraded', cell: (row) => `${row.degraded}` },
  { title: 'refused', cell: (row) => `${row.refused}` },
  { title: 'failed', cell: (row) => `${row.failed}` },
  { title: 'broken', cell: (row) => `${row.broken}` },
  { title: 'p50 ms', cell: (row) => row.p50Ms.toFixed(0) },
  { title: 'p99 ms', cell: (row) => row.p99Ms.toFixed(0) },
  { title: 'stall ms', cell: (row) => row.stallMs.toFixed(0) },
  ...PROVIDERS.map((name) => ({ title: name, cell: (row: PhaseRow) => `${row.attempts[name]}` })),
  { title: '429s', cell: (row) => `${row.rateLimited}` },
  { title: 'spent $', cell: (row) => row.spentUsd.toFixed(6) },
  { title: 'wasted $', cell: (row) => row.wastedUsd.toFixed(6) },
]

const NAME_WIDTH = 7

export function headOf(): string {
  return ['phase'.padEnd(NAME_WIDTH), ...COLUMNS.map(({ title }) => title.padStart(widthOf(title)))].join(' ')
}

export function lineOf(row: PhaseRow, { title }: Phase): string {
  const cells = COLUMNS.map((column) => column.cell(row).padStart(widthOf(column.title)))
  return `${row.name.padEnd(NAME_WIDTH)} ${cells.join(' ')}  ${title}`
}

/** Wide enough for six digits where it matters. */
function widthOf(title: string): number {
  return Math.max(5, title.length)
}
