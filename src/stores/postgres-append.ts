/** What puts rows into the tables, and into the roll-ups exactly once. */
import type { LedgerRow } from '../core/ledger-row.ts'
import { rollUp, startRollUp } from '../ledger/roll-up.ts'
import type { OpenLedger } from './postgres-open.ts'
import { inTransaction, type Transaction } from './postgres-transaction.ts'
import { addRollUps, insertRows } from './postgres-writes.ts'
import { rowOf, storableRow } from './sql-row.ts'
import { PENDING_COLUMN, ROW_COLUMNS } from './sql-schema.ts'

/** Rows that are made into texts in one go: the event loop has others to serve. */
const SLICE_ROWS = 100

export async function appendRows(ledger: OpenLedger, rows: readonly LedgerRow[]): Promise<void> {
  if (rows.length === 0) return
  const { tables } = ledger
  await inZone(ledger, async (transaction, timeZone) => {
    const adding = startRollUp(timeZone)
    for (const slice of slices(rows)) {
      const stored = slice.map(storableRow)
      const ids = new Set(await insertRows(transaction, stored, { table: tables.row, isPending: false }))
      // A row that is in a slice twice has been added once.
      adding.add(stored.filter(({ callId, attempt }) => ids.delete(`${callId}/${attempt}`)))
    }
    // What others want to write too comes last: they wait for it from now on until COMMIT.
    await addRollUps(transaction, tables, adding.deltas())
  })
}

export interface PendingPolicy {
  /** Rows that another process has in its hands: to be waited for, because somebody is about to read; or left to it. */
  readonly othersAre: 'waited for' | 'left alone'
}

/**
 * Takes what apps have committed in transactions of their own into the roll-ups. Each row once, whoever else is at it: its mark
 * goes with the same COMMIT.
 */
export async function rollUpPending(ledger: OpenLedger, { othersAre }: PendingPolicy): Promise<void> {
  const { tables } = ledger
  const take = `UPDATE ${tables.row} SET ${PENDING_COLUMN} = 0
    WHERE (call_id, attempt) IN (
      SELECT call_id, attempt FROM ${tables.row} WHERE ${PENDING_COLUMN} = 1
      ORDER BY at_ms, call_id, attempt LIMIT ${SLICE_ROWS} FOR UPDATE ${othersAre === 'left alone' ? 'SKIP LOCKED' : ''})
    RETURNING ${ROW_COLUMNS.map(({ column }) => column).join(', ')}`
  let taken = SLICE_ROWS
  while (taken === SLICE_ROWS) {
    taken = await inZone(ledger, async (transaction, timeZone) => {
      const { rows } = await transaction.query(take)
      const found = (rows as readonly Record<string, unknown>[]).map(rowOf)
      await addRollUps(transaction, tables, rollUp(found, timeZone))
      return found.length
    })
  }
}

/** Days are those of the zone that the ledger has. Another process may change it: it waits until we are through. */
async function inZone<T>(
  ledger: OpenLedger,
  work: (transaction: Transaction, timeZone: string) => Promise<T>,
): Promise<T> {
  const { pool, schema, timeoutMs, locks, tables } = ledger
  const question = `SELECT value FROM ${tables.meta} WHERE name = 'time_zone'`
  const settings = { mode: 'writing', schema, timeoutMs, prelude: [locks.zoneShared, question] } as const
  return inTransaction(pool, settings, async (transaction) => {
    const [row] = (transaction.prelude[1]?.rows ?? []) as readonly { readonly value: string }[]
    return work(transaction, row?.value ?? 'UTC')
  })
}

function* slices(rows: readonly LedgerRow[]): Generator<readonly LedgerRow[]> {
  for (let from = 0; from < rows.length; from += SLICE_ROWS) yield rows.slice(from, from + SLICE_ROWS)
}
