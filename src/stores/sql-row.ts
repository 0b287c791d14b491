/** A ledger row as values of columns, and back. */
import type { LedgerRow } from '../core/ledger-row.ts'
import { ROW_COLUMNS, type ColumnKind } from './sql-schema.ts'

/** In the order of `ROW_COLUMNS`. */
export function rowValues(row: LedgerRow): (string | number | null)[] {
  return ROW_COLUMNS.map(({ field, kind, isRequired }) => {
    const value = storable(row[field])
    // A number that is none must not keep the other rows of its batch from being written.
    return value === null && isRequired ? EMPTY[kind] : value
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
 * The row with texts as they can be kept: PostgreSQL takes no NUL, and neither database half a character. Done before the
 * row is summed up too, so that a group has the same name in rows and roll-ups.
 */
export function storableRow(row: LedgerRow): LedgerRow {
  const changed = Object.entries(row).filter(
    ([, value]) => typeof value === 'string' && storableText(value) !== value,
  )
  if (changed.length === 0) return row
  return {
    ...row,
    ...Object.fromEntries(changed.map(([name, value]) => [name, storableText(String(value))])),
  }
}

export function storableText(text: string): string {
  return text.includes('\0') || !text.isWellFormed() ? text.toWellFormed().replaceAll('\0', '\uFFFD') : text
}

const EMPTY: Readonly<Record<ColumnKind, string | number>> = { text: '', whole: 0, real: 0, flag: 0 }

function storable(value: string | number | boolean | undefined): string | number | null {
  if (typeof value === 'string') return storableText(value)
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  return value === undefined ? null : Number(value)
}
