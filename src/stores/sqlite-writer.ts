/** The connection that writes, in a worker of its own. Everything but opening is done in one go. */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { rollUp } from '../ledger/roll-up.ts'
import type { LedgerRow } from '../core/ledger-row.ts'
import { unpackRows } from './packed-rows.ts'
import { baselineValues, rollUpValues } from './sql-roll-up-values.ts'
import { rowOf, rowValues, storableRow } from './sql-row.ts'
import { sqlTables, type SqlTables } from './sql-schema.ts'
import { inTransaction } from './sqlite-connection.ts'
import { openLedgerFile } from './sqlite-open.ts'
import type { Connection, WorkerSettings, WriteOperations } from './sqlite-protocol.ts'
import { prune } from './sqlite-prune.ts'
import { addBaseline, addRollUp, insertRow } from './sqlite-statements.ts'

/** Rows of apps' own transactions that are rolled up in one go. */
const PENDING_MAX = 500

export async function openWriter(settings: WorkerSettings): Promise<Connection<WriteOperations>> {
  const database = await openLedgerFile(settings)
  const tables = sqlTables(settings.tablePrefix)
  const statements = prepareAll(database, tables)
  let isClosed = false
  // Nobody has to be waited for when there is nothing to do.
  const rollUpPending = (): boolean =>
    statements.anyPending.get() !== undefined && inTransaction(database, () => addPending(statements))
  // What was committed by a process that has died since.
  while (rollUpPending());
  return {
    operations: {
      append(packed) {
        const rows = unpackRows(packed)
        inTransaction(database, () => append(statements, rows))
      },
      rollUpPending,
      async prune(bounds) {
        // What is forgotten stays in the roll-ups.
        while (rollUpPending());
        return prune({ database, tables, isClosed: () => isClosed }, bounds)
      },
    },
    close() {
      isClosed = true
      // The last connection takes the WAL into the file and removes it.
      database.close()
    },
  }
}

interface Statements {
  readonly timeZone: StatementSync
  readonly insertRow: StatementSync
  readonly addRollUp: StatementSync
  readonly addBaseline: StatementSync
  readonly anyPending: StatementSync
  readonly pending: StatementSync
  readonly settle: StatementSync
}

function prepareAll(database: DatabaseSync, { row, rollUp, baseline, meta }: SqlTables): Statements {
  return {
    timeZone: database.prepare(`select value from ${meta} where name = 'time_zone'`),
    insertRow: database.prepare(insertRow(row, false)),
    addRollUp: database.prepare(addRollUp(rollUp)),
    addBaseline: database.prepare(addBaseline(baseline)),
    anyPending: database.prepare(`select 1 from ${row} where is_pending = 1 limit 1`),
    pending: database.prepare(
      `select * from ${row} where is_pending = 1 order by at_ms limit ${PENDING_MAX + 1}`,
    ),
    settle: database.prepare(`update ${row} set is_pending = 0 where call_id = ? and attempt = ?`),
  }
}

function append(statements: Statements, rows: readonly LedgerRow[]): void {
  const added = rows
    .map(storableRow)
    .filter((row) => Number(statements.insertRow.run(...rowValues(row)).changes) === 1)
  addToRollUps(statements, added)
  addPending(statements)
}

/** @returns whether there are more */
function addPending(statements: Statements): boolean {
  const found = statements.pending.all().map(rowOf)
  const rows = found.slice(0, PENDING_MAX)
  addToRollUps(statements, rows)
  for (const { callId, attempt } of rows) statements.settle.run(callId, attempt)
  return found.length > rows.length
}

function addToRollUps(statements: Statements, rows: readonly LedgerRow[]): void {
  if (rows.length === 0) return
  for (const one of rollUp(rows, zoneOf(statements))) {
    statements.addRollUp.run(...rollUpValues(one))
    for (const values of baselineValues(one)) statements.addBaseline.run(...values)
  }
}

/** As the file says: another process may have opened it with another one since. */
function zoneOf({ timeZone }: Statements): string {
  const value = timeZone.get()?.['value']
  if (typeof value !== 'string') throw new Error('the ledger has lost its time zone')
  return value
}
