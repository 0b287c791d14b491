/** What writes rows and roll-ups: one statement each, however many there are, so that PostgreSQL plans a few texts only. */
import type { LedgerRow } from '../core/ledger-row.ts'
import type { RollUp } from '../core/ledger-store.ts'
import { columnArrays } from './postgres-array.ts'
import type { PostgresResult } from './postgres-pool.ts'
import { baselineValues, rollUpValues } from './sql-roll-up-values.ts'
import { rowValues } from './sql-row.ts'
import {
  BASELINE_COLUMNS,
  BASELINE_KEY,
  LATENCY_COLUMNS,
  PENDING_COLUMN,
  ROLL_UP_KEY,
  ROW_COLUMNS,
  SUM_COLUMNS,
  type ColumnKind,
  type SqlTables,
} from './sql-schema.ts'

const COLUMN_TYPES = {
  text: 'text',
  whole: 'bigint',
  real: 'double precision',
  flag: 'integer',
} as const satisfies Record<ColumnKind, string>

export interface Asker {
  query(text: string, values?: unknown[]): Promise<PostgresResult>
}

export interface RowPlace {
  /** Of the rows, as SQL takes it. */
  readonly table: string
  /** Rows of an app's own transaction are not in the roll-ups yet. */
  readonly isPending: boolean
}

/** @returns the ids of those that were not there yet */
export async function insertRows(
  asker: Asker,
  rows: readonly LedgerRow[],
  { table, isPending }: RowPlace,
): Promise<readonly string[]> {
  const columns = ROW_COLUMNS.map(({ column }) => column)
  const arrays = ROW_COLUMNS.map(({ kind }, index) => `$${index + 1}::${COLUMN_TYPES[kind]}[]`)
  const { rows: added } = await asker.query(
    `INSERT INTO ${table} (${columns.join(', ')}, ${PENDING_COLUMN})
     SELECT *, ${isPending ? 1 : 0} FROM unnest(${arrays.join(', ')})
     ON CONFLICT (call_id, attempt) DO NOTHING RETURNING call_id, attempt`,
    columnArrays(rows.map(rowValues), columns.length),
  )
  return (added as readonly RowKey[]).map(({ call_id, attempt }) => `${call_id}/${attempt}`)
}

interface RowKey {
  readonly call_id: string
  readonly attempt: string | number | bigint
}

/** Roll-ups that are made into texts in one go. */
const SLICE_ROLL_UPS = 200

/** Adds them to what is there, all writers in the same order, so that none waits for one who waits for it. */
export async function addRollUps(asker: Asker, tables: SqlTables, rollUps: readonly RollUp[]): Promise<void> {
  const sums = rollUps.map(rollUpValues).toSorted(byKey)
  const baselines = rollUps.flatMap(baselineValues).toSorted(byKey)
  for (let from = 0; from < sums.length; from += SLICE_ROLL_UPS) {
    const slice = sums.slice(from, from + SLICE_ROLL_UPS)
    await asker.query(upsertRollUps(tables.rollUp), columnArrays(slice, SUMS_WIDTH))
  }
  if (baselines.length > 0)
    await asker.query(upsertBaselines(tables.baseline), columnArrays(baselines, BASELINES_WIDTH))
}

const FIGURES: readonly string[] = [...SUM_COLUMNS, ...LATENCY_COLUMNS]
const SUMS_WIDTH = ROLL_UP_KEY.length + FIGURES.length
const BASELINES_WIDTH = BASELINE_KEY.length + BASELINE_COLUMNS.length
const upsertRollUps = upsert(ROLL_UP_KEY, FIGURES)
const upsertBaselines = upsert(BASELINE_KEY, BASELINE_COLUMNS)

function upsert(key: readonly string[], figures: readonly string[]): (table: string) => string {
  const columns = [...key, ...figures]
  const arrays = columns.map((column, index) => {
    const isText = key.includes(column) && column !== 'start_ms'
    return `$${index + 1}::${isText ? 'text' : 'bigint'}[]`
  })
  return (table) =>
    `INSERT INTO ${table} AS known (${columns.join(', ')})
     SELECT * FROM unnest(${arrays.join(', ')})
     ON CONFLICT (${key.join(', ')}) DO UPDATE
     SET ${figures.map((column) => `${column} = known.${column} + excluded.${column}`).join(', ')}`
}

type Values = readonly (string | number)[]

/** Any order does that is the same everywhere. */
function byKey(one: Values, other: Values): number {
  for (let index = 0; index < BASELINE_KEY.length; index++) {
    const [a, b] = [one[index] ?? '', other[index] ?? '']
    if (a !== b) return a < b ? -1 : 1
  }
  return 0
}
