/** The connection that reads, in a worker of its own: a long question keeps no row from being written. */
import { readCall, readCalls, readRows } from './sql-queries.ts'
import { readRollUps, readTotals } from './sql-roll-ups.ts'
import { openForReading } from './sqlite-connection.ts'
import { sqliteLedgerOf } from './sqlite-kysely.ts'
import type { Connection, ReadOperations, WorkerSettings } from './sqlite-protocol.ts'

export function openReader(settings: WorkerSettings): Connection<ReadOperations> {
  const database = openForReading(settings)
  const ledger = sqliteLedgerOf(database, settings.tablePrefix)
  return {
    operations: {
      rollUps: (query) => readRollUps(ledger, query),
      totals: (query) => readTotals(ledger, query),
      calls: (query) => readCalls(ledger, query),
      call: (callId) => readCall(ledger, callId),
      rows: (query) => readRows(ledger, query),
    },
    close: () => database.close(),
  }
}
