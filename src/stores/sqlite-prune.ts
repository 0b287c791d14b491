/** Forgets what is old, a little at a time: between two steps others get to write. */
import type { DatabaseSync } from 'node:sqlite'
import { DIMENSIONS, type PruneBounds } from '../core/ledger-store.ts'
import type { SqlTables } from './sql-schema.ts'
import { inTransaction } from './sqlite-connection.ts'

/** Rows or roll-ups of one step. */
const STEP_MAX = 500

export interface PruneParts {
  readonly database: DatabaseSync
  readonly tables: SqlTables
  readonly isClosed: () => boolean
}

/** @returns how many ledger rows */
export async function prune(parts: PruneParts, bounds: PruneBounds): Promise<number> {
  const { row, rollUp, baseline } = parts.tables
  const { rowsBeforeMs, hoursBeforeMs, daysBeforeMs } = bounds
  let count = 0
  if (rowsBeforeMs !== undefined) {
    const oldest = `select rowid from ${row} where at_ms < ? and is_pending = 0 order by at_ms limit ${STEP_MAX}`
    count = await inSteps(parts, `delete from ${row} where rowid in (${oldest})`, [rowsBeforeMs])
  }
  const grains = [
    ['hour', hoursBeforeMs],
    ['day', daysBeforeMs],
  ] as const
  for (const [grain, beforeMs] of grains) {
    if (beforeMs === undefined) continue
    for (const dimension of DIMENSIONS) {
      for (const [table, key] of [
        [baseline, 'grain, dimension, start_ms, value, name'],
        [rollUp, 'grain, dimension, start_ms, value'],
      ] as const) {
        const oldest = `select ${key} from ${table} where grain = ? and dimension = ? and start_ms < ? limit ${STEP_MAX}`
        const text = `delete from ${table} where (${key}) in (${oldest})`
        await inSteps(parts, text, [grain, dimension, beforeMs])
      }
    }
  }
  return count
}

async function inSteps(
  { database, isClosed }: PruneParts,
  text: string,
  values: readonly (string | number)[],
): Promise<number> {
  if (isClosed()) return 0
  const statement = database.prepare(text)
  let count = 0
  while (!isClosed()) {
    const gone = Number(inTransaction(database, () => statement.run(...values).changes))
    count += gone
    if (gone < STEP_MAX) break
    // What has come meanwhile goes first.
    await new Promise((resolve) => setImmediate(resolve))
  }
  return count
}
