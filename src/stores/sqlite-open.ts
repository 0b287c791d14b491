/** Opens a ledger's file, with its tables as this version wants them. */
import type { DatabaseSync } from 'node:sqlite'
import { checkVersion, SCHEMA_VERSION } from './sql-version.ts'
import { sqlTables, type SqlTables } from './sql-schema.ts'
import { openForWriting } from './sqlite-connection.ts'
import type { WorkerSettings } from './sqlite-protocol.ts'

/** @throws LedgerError, or what SQLite throws */
export async function openLedgerFile(settings: WorkerSettings): Promise<DatabaseSync> {
  const { tablePrefix, timeZone } = settings
  const database = openForWriting(settings)
  try {
    const tables = sqlTables(tablePrefix)
    if (!isReady(database, tables, timeZone))
      await (await import('./sqlite-prepare.ts')).prepareLedger(database, settings)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/** Then nothing has to be loaded, and nobody has to wait. */
function isReady(database: DatabaseSync, tables: SqlTables, timeZone: string): boolean {
  const known = database.prepare('select 1 from sqlite_master where name = ?').get(tables.meta)
  if (known === undefined) return false
  const told = database.prepare(`select name, value from ${tables.meta}`).all()
  const meta = new Map(told.map(({ name, value }) => [name, value]))
  const version = Number(meta.get('schema_version') ?? 0)
  checkVersion(version)
  return version === SCHEMA_VERSION && meta.get('time_zone') === timeZone
}
