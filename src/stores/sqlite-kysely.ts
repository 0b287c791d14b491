import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import { Kysely, SqliteDialect } from 'kysely'
import { sqlTables, type LedgerDatabase, type SqlLedger } from './sql-schema.ts'

/** Kysely over `node:sqlite`. The database stays the caller's to close. */
export function sqliteLedgerOf(database: DatabaseSync, prefix: string): SqlLedger {
  const dialect = new SqliteDialect({
    database: {
      close: () => undefined,
      prepare(text) {
        const statement = database.prepare(text)
        const inputs = (parameters: readonly unknown[]) => parameters as readonly SQLInputValue[]
        return {
          reader: statement.columns().length > 0,
          all: (parameters) => statement.all(...inputs(parameters)),
          run: (parameters) => statement.run(...inputs(parameters)),
          iterate: (parameters) => statement.iterate(...inputs(parameters)),
        }
      },
    },
  })
  return { db: new Kysely<LedgerDatabase>({ dialect }), tables: sqlTables(prefix) }
}
