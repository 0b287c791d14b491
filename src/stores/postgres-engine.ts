/** Everything that a ledger in PostgreSQL does, behind one `import()`: Kysely takes its time to load. */
import type { LedgerRow } from '../core/ledger-row.ts'
import type { LedgerStore } from '../core/ledger-store.ts'
import { appendInTransaction } from './postgres-app-transaction.ts'
import { appendRows, rollUpPending, type PendingPolicy } from './postgres-append.ts'
import { callFunction } from './postgres-budget-query.ts'
import { budgetNames } from './postgres-budget-schema.ts'
import type { PostgresBudgetParts } from './postgres-budgets.ts'
import { kyselyIn } from './postgres-kysely.ts'
import { openLedger, type OpenLedger } from './postgres-open.ts'
import type { PostgresLedgerConfig } from './postgres-options.ts'
import type { PostgresPool } from './postgres-pool.ts'
import { prune } from './postgres-prune.ts'
import { inTransaction } from './postgres-transaction.ts'
import { readCall, readCalls, readRows } from './sql-queries.ts'
import { readRollUps, readTotals } from './sql-roll-ups.ts'
import { TABLE_PREFIX, type SqlLedger } from './sql-schema.ts'

export interface PostgresEngine extends Omit<
  LedgerStore,
  'name' | 'isPersistent' | 'open' | 'close' | 'budgets'
> {
  appendIn(transaction: unknown, rows: readonly LedgerRow[]): Promise<void>
  /** Calls a function of the budgets'. */
  callBudgets: PostgresBudgetParts['call']
  /** What apps have committed in transactions of their own. */
  rollUpPending(policy: PendingPolicy): Promise<void>
}

/** @throws LedgerError */
export async function openEngine(
  pool: PostgresPool,
  config: PostgresLedgerConfig,
  timeZone: string,
): Promise<PostgresEngine> {
  const ledger = await openLedger(pool, config, timeZone)
  await rollUpPending(ledger, { othersAre: 'left alone' })
  const functions = budgetNames(TABLE_PREFIX, ledger.schema)
  const { budgetTimeoutMs: timeoutMs } = config
  return {
    callBudgets: (operation, request) =>
      callFunction(pool, { name: functions[operation], request, timeoutMs }),
    append: (rows) => appendRows(ledger, rows),
    appendIn: (transaction, rows) => appendInTransaction(ledger, transaction, rows),
    rollUpPending: (policy) => rollUpPending(ledger, policy),
    async rollUps(query) {
      await rollUpPending(ledger, { othersAre: 'waited for' })
      return reading(ledger, (tables) => readRollUps(tables, query))
    },
    async totals(query) {
      await rollUpPending(ledger, { othersAre: 'waited for' })
      return reading(ledger, (tables) => readTotals(tables, query))
    },
    async calls(query) {
      // The roll-ups say where to look for the calls of a group.
      await rollUpPending(ledger, { othersAre: 'waited for' })
      return reading(ledger, (tables) => readCalls(tables, query))
    },
    call: (callId) => reading(ledger, (tables) => readCall(tables, callId)),
    rows: (query) => reading(ledger, (tables) => readRows(tables, query)),
    prune: (bounds) => prune(ledger, bounds),
  }
}

function reading<T>(
  { pool, schema, timeoutMs, tables }: OpenLedger,
  read: (ledger: SqlLedger) => Promise<T>,
): Promise<T> {
  return inTransaction(pool, { mode: 'reading', schema, timeoutMs }, (transaction) =>
    read({ db: kyselyIn(transaction), tables }),
  )
}
