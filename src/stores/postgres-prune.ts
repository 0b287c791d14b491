import type { PruneBounds } from '../core/ledger-store.ts'
import type { OpenLedger } from './postgres-open.ts'
import { inTransaction } from './postgres-transaction.ts'
import { PENDING_COLUMN } from './sql-schema.ts'

/** A transaction each: writers wait for none of them, and one that is broken off has lost little. */
const STEP_ROWS = 2_000

/** @returns how many rows of the ledger, roll-ups not counted */
export async function prune(ledger: OpenLedger, bounds: PruneBounds): Promise<number> {
  const { tables } = ledger
  const { rowsBeforeMs, hoursBeforeMs, daysBeforeMs } = bounds
  let pruned = 0
  if (rowsBeforeMs !== undefined)
    pruned = await remove(ledger, {
      table: tables.row,
      condition: `at_ms < $1 AND ${PENDING_COLUMN} = 0`,
      beforeMs: rowsBeforeMs,
    })
  for (const [grain, beforeMs] of [
    ['hour', hoursBeforeMs],
    ['day', daysBeforeMs],
  ] as const) {
    if (beforeMs === undefined) continue
    for (const table of [tables.rollUp, tables.baseline])
      await remove(ledger, { table, condition: `grain = '${grain}' AND start_ms < $1`, beforeMs })
  }
  return pruned
}

interface Old {
  readonly table: string
  /** With the bound as `$1`. */
  readonly condition: string
  readonly beforeMs: number
}

/** What another process is about to remove is left to it. */
async function remove(
  { pool, schema, timeoutMs }: OpenLedger,
  { table, condition, beforeMs }: Old,
): Promise<number> {
  const statement = `DELETE FROM ${table} WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM ${table} WHERE ${condition} LIMIT ${STEP_ROWS} FOR UPDATE SKIP LOCKED))`
  const settings = { mode: 'writing', schema, timeoutMs } as const
  let removed = 0
  for (;;) {
    const { rowCount } = await inTransaction(pool, settings, ({ query }) => query(statement, [beforeMs]))
    removed += rowCount ?? 0
    if ((rowCount ?? 0) < STEP_ROWS) return removed
  }
}
