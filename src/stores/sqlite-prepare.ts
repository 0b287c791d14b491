import type { DatabaseSync } from 'node:sqlite'
import { migrate } from './sql-migrations.ts'
import { useTimeZone } from './sql-time-zone.ts'
import { rollBack } from './sqlite-connection.ts'
import { sqliteLedgerOf } from './sqlite-kysely.ts'
import type { WorkerSettings } from './sqlite-protocol.ts'

/**
 * Makes the tables what this version wants, and the days those of the time zone. One process at a time: the others wait for the
 * lock, and then find everything done.
 */
export async function prepareLedger(
  database: DatabaseSync,
  { tablePrefix, timeZone }: Pick<WorkerSettings, 'tablePrefix' | 'timeZone'>,
): Promise<void> {
  const ledger = sqliteLedgerOf(database, tablePrefix)
  database.exec('begin immediate')
  try {
    await migrate({ ...ledger, dialect: 'sqlite' })
    await useTimeZone(ledger, timeZone)
    database.exec('commit')
  } catch (error) {
    rollBack(database)
    throw error
  }
}
