/** A ledger row as values of columns, and back. */
import { createHash } from 'node:crypto'
import type { LedgerRow } from '../core/ledger-row.ts'
import { ROW_COLUMNS, type ColumnKind } from './sql-schema.ts'

/** In the order of `ROW_COLUMNS`. */
export function rowValues(row: LedgerRow): (string | number | null)[] {
  return ROW_COLUMNS.map(({ field, kind, isRequired }) => {
    const value = storable(row[field], kind)
    if (value === undefined) return isRequired ? EMPTY[kind] : null
    return typeof value === 'boolean' ? Number(value) : value
  })
}

/** What the database gave for a row; `pg` gives bigint as text. */
export function rowOf(record: Readonly<Record<string, unknown>>): LedgerRow {
  const row: Record<string, unknown> = { id: `${String(record['call_id'])}/${String(record['attempt'])}` }
  for (const { field, column, kind } of ROW_COLUMNS) {
    const value = record[column]
    if (value === null || value === undefined) continue
    row[field] = kind === 'text' ? value : kind === 'flag' ? Number(value) === 1 : Number(value)
  }
  return row as unknown as LedgerRow
}

/** The call and the attempt that an id names; the attempt is undefined where it is the id of a call. */
export function partsOfId(id: string): { readonly callId: string; readonly attempt: number | undefined } {
  const [, callId = id, attempt] = /^(.*)\/(\d+)$/s.exec(id) ?? []
  return { callId, attempt: attempt === undefined ? undefined : Number(attempt) }
}

/**
 * The row as it can be kept: one that a database refuses would keep all others of its batch from being written, again and
 * again. Done before the row is summed up too, so that a group has the same name, and the same sums, in rows and roll-ups.
 */
export function storableRow(row: LedgerRow): LedgerRow {
  const changed: Record<string, Value> = {}
  for (const { field, kind } of ROW_COLUMNS) {
    const kept = storable(row[field], kind)
    if (!Object.is(kept, row[field])) changed[field] = kept
  }
  return Object.keys(changed).length === 0 ? row : { ...row, ...changed }
}

/** PostgreSQL has indexes for entries of up to 2,700 bytes, and an app may take texts from anywhere. */
const TEXT_MAX_CHARS = 500
const KEPT_CHARS = 460

/**
 * PostgreSQL takes no NUL, neither database half a character, and no index a text without an end: of a long one its begin is
 * kept, and a digest that tells it from others that begin alike.
 */
export function storableText(text: string): string {
  const short =
    text.length > TEXT_MAX_CHARS
      ? `${text.slice(0, KEPT_CHARS)}… ${createHash('sha256').update(text).digest('hex').slice(0, 32)}`
      : text
  return short.includes('\0') || !short.isWellFormed()
    ? short.toWellFormed().replaceAll('\0', '\uFFFD')
    : short
}

type Value = string | number | boolean | undefined

const EMPTY: Readonly<Record<ColumnKind, string | number>> = { text: '', whole: 0, real: 0, flag: 0 }

function storable(value: Value, kind: ColumnKind): Value {
  if (typeof value === 'string') return storableText(value)
  if (typeof value !== 'number') return value
  const number = kind === 'whole' ? Math.round(value) : value
  const isKept = kind === 'whole' ? Number.isSafeInteger(number) : Number.isFinite(number)
  return isKept ? number : undefined
}
