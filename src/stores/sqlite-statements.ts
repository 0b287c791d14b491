/** The statements that are written with again and again, as text. */
import {
  BASELINE_COLUMNS,
  BASELINE_KEY,
  LATENCY_COLUMNS,
  PENDING_COLUMN,
  ROLL_UP_KEY,
  ROW_COLUMNS,
  SUM_COLUMNS,
} from './sql-schema.ts'

/** A row that is there already stays as it is; anything else that is wrong is an error. Values: `rowValues`. */
export function insertRow(table: string, isPending: boolean): string {
  const columns = ROW_COLUMNS.map(({ column }) => column)
  return (
    `insert into ${table} (${[...columns, PENDING_COLUMN].join(', ')}) ` +
    `values (${places(columns)}, ${Number(isPending)}) on conflict (call_id, attempt) do nothing`
  )
}

/** Values: `rollUpValues`. */
export function addRollUp(table: string): string {
  return addTo(table, ROLL_UP_KEY, [...SUM_COLUMNS, ...LATENCY_COLUMNS])
}

/** Values: `baselineValues`. */
export function addBaseline(table: string): string {
  return addTo(table, BASELINE_KEY, BASELINE_COLUMNS)
}

function addTo(table: string, key: readonly string[], columns: readonly string[]): string {
  const added = columns.map((column) => `${column} = ${column} + excluded.${column}`)
  return (
    `insert into ${table} (${[...key, ...columns].join(', ')}) values (${places([...key, ...columns])}) ` +
    `on conflict (${key.join(', ')}) do update set ${added.join(', ')}`
  )
}

function places(columns: readonly string[]): string {
  return columns.map(() => '?').join(', ')
}
