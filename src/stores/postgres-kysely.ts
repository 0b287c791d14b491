import {
  Kysely,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type DatabaseConnection,
  type Dialect,
  type Driver,
} from 'kysely'
import type { LedgerDatabase } from './sql-schema.ts'
import type { Transaction } from './postgres-transaction.ts'

/** Kysely within a transaction that somebody else begins and ends. */
export function kyselyIn(transaction: Transaction): Kysely<LedgerDatabase> {
  const dialect: Dialect = {
    createAdapter: () => ADAPTER,
    createDriver: () => driverOf(transaction),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  }
  return new Kysely<LedgerDatabase>({ dialect })
}

const nothing = async (): Promise<void> => undefined

/** Kysely's own lock would outlive the transaction, and a pooler does not keep it apart: who migrates has a lock of its own. */
const ADAPTER = {
  supportsCreateIfNotExists: true,
  supportsMultipleConnections: false,
  supportsTransactionalDdl: true,
  supportsReturning: true,
  supportsOutput: false,
  acquireMigrationLock: nothing,
  releaseMigrationLock: nothing,
}

/** Always the same connection; what Kysely calls a transaction is a part of the one that there is. */
function driverOf(transaction: Transaction): Driver {
  const connection: DatabaseConnection = {
    async executeQuery({ sql, parameters }) {
      const { rows, rowCount } = await transaction.query(sql, parameters)
      // Of the type that the question has said.
      return { rows: rows as never[], numAffectedRows: BigInt(rowCount ?? 0) }
    },
    streamQuery() {
      throw new Error('Answers are not streamed here.')
    },
  }
  return {
    init: nothing,
    acquireConnection: async () => connection,
    beginTransaction: nothing,
    commitTransaction: nothing,
    rollbackTransaction: nothing,
    releaseConnection: nothing,
    destroy: nothing,
  }
}
