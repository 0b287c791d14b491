/** Rows in an app's own transaction, on its own connection and thread. */
import { realpathSync } from 'node:fs'
import { LedgerError } from '../core/ledger-error.ts'
import type { LedgerRow } from '../core/ledger-row.ts'
import { rowValues } from './sql-row.ts'
import type { SqlTables } from './sql-schema.ts'
import { sqliteFailure } from './sqlite-failure.ts'
import { insertRow } from './sqlite-statements.ts'

interface Statement {
  run(...values: (string | number | null)[]): unknown
  all(): unknown[]
}

/** What `DatabaseSync` of `node:sqlite` and the `Database` of better-sqlite3 have in common. */
interface Database {
  prepare(text: string): Statement
  /** `node:sqlite` */
  readonly isTransaction?: boolean
  /** better-sqlite3 */
  readonly inTransaction?: boolean
}

export interface TransactionPlace {
  readonly file: string
  readonly tables: SqlTables
}

/** @throws LedgerError `ledger_transaction` for what is no open transaction on the ledger's file */
export function insertInTransaction(
  place: TransactionPlace,
  connection: unknown,
  rows: readonly LedgerRow[],
): void {
  const database = checkedDatabase(connection)
  try {
    const statement = insertOf(database, place)
    for (const row of rows) statement.run(...rowValues(row))
  } catch (error) {
    throw sqliteFailure(error, place.file)
  }
}

/** @throws LedgerError `ledger_transaction` for what is no open transaction */
export function checkedDatabase(connection: unknown): Database {
  if (isClosed(connection)) throw transactionError('The connection is closed.')
  if (!isDatabase(connection)) {
    throw transactionError(
      'A transaction of an SQLite ledger is a DatabaseSync of node:sqlite, or a Database of better-sqlite3.',
    )
  }
  if (connection.isTransaction === true || connection.inTransaction === true) return connection
  throw transactionError('The connection is in no transaction. Begin one, and commit it after the call.')
}

/** One that is closed throws at every other question. */
function isClosed(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return Reflect.get(value, 'isOpen') === false || Reflect.get(value, 'open') === false
}

function isDatabase(value: unknown): value is Database {
  if (typeof value !== 'object' || value === null) return false
  const flags = [Reflect.get(value, 'isTransaction'), Reflect.get(value, 'inTransaction')]
  return (
    typeof Reflect.get(value, 'prepare') === 'function' && flags.some((flag) => typeof flag === 'boolean')
  )
}

/** Made for each call: a connection may be closed and opened, files attached and detached, and there may be two ledgers in one. */
function insertOf(database: Database, { file, tables }: TransactionPlace): Statement {
  return database.prepare(insertRow(`${schemaOf(database, file)}.${tables.row}`, true))
}

/** Under which name the connection has the ledger's file: `main`, or what it was attached as. */
function schemaOf(database: Database, file: string): string {
  const attached = database.prepare('pragma database_list').all() as { name: string; file: string | null }[]
  const found = attached.find((one) => one.file !== null && one.file !== '' && isSameFile(one.file, file))
  if (found !== undefined) return `"${found.name.replaceAll('"', '""')}"`
  throw transactionError(
    `The connection has another file open than the ledger's, ${file}. A transaction holds both the app's rows and the ` +
      "ledger's where they are in one file.",
  )
}

function isSameFile(one: string, other: string): boolean {
  return one === other || realpathSync(one) === realpathSync(other)
}

function transactionError(message: string): LedgerError {
  return new LedgerError('ledger_transaction', message)
}
