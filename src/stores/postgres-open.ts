import { LedgerError } from '../core/ledger-error.ts'
import { kyselyIn } from './postgres-kysely.ts'
import { ledgerLocks, type LedgerLocks } from './postgres-lock.ts'
import type { PostgresLedgerConfig } from './postgres-options.ts'
import type { PostgresPool } from './postgres-pool.ts'
import { inTransaction } from './postgres-transaction.ts'
import { migrate } from './sql-migrations.ts'
import { sqlTables, type SqlTables } from './sql-schema.ts'
import { useTimeZone } from './sql-time-zone.ts'

/** New tables wait for another process that makes them, and a new time zone means to add up all days again. */
const OPENING_MS = 60_000

/** A ledger whose tables are there, and up to date. */
export interface OpenLedger {
  readonly pool: PostgresPool
  readonly tables: SqlTables
  readonly schema: string
  readonly locks: LedgerLocks
  readonly timeoutMs: number
}

/**
 * All in one transaction and behind a lock: of several processes that open it at once one makes the tables, and the others find
 * them. Where they are up to date nothing is changed, and no right to make tables is needed.
 *
 * @throws LedgerError
 */
export async function openLedger(
  pool: PostgresPool,
  config: PostgresLedgerConfig,
  timeZone: string,
): Promise<OpenLedger> {
  const { timeoutMs } = config
  const schema = config.schema ?? (await currentSchema(pool, timeoutMs))
  const tables = sqlTables()
  const locks = ledgerLocks(schema)
  const settings = {
    mode: 'writing',
    timeoutMs: Math.max(timeoutMs, OPENING_MS),
    schema,
    prelude: [locks.migration, locks.zoneAlone],
  } as const
  await inTransaction(pool, settings, async (transaction) => {
    const db = kyselyIn(transaction)
    await migrate({ db, tables, dialect: 'postgres', schema })
    await useTimeZone({ db, tables }, timeZone)
  })
  return { pool, tables, schema, locks, timeoutMs }
}

async function currentSchema(pool: PostgresPool, timeoutMs: number): Promise<string> {
  const name = await inTransaction(pool, { mode: 'reading', timeoutMs }, async ({ query }) => {
    const { rows } = await query('SELECT current_schema() AS name')
    const [row] = rows as readonly { readonly name: string | null }[]
    return row?.name
  })
  if (name !== null && name !== undefined) return name
  throw new LedgerError(
    'ledger_unwritable',
    'No schema of the search_path of this PostgreSQL user exists: name one, postgresLedger(…, { schema: "llm" }).',
  )
}
