import type { LedgerStore } from '../core/ledger-store.ts'
import { createPostgresBudgets } from './postgres-budgets.ts'
import { checkedTransaction } from './postgres-client.ts'
import { OpenedEngine } from './postgres-opened.ts'
import { readPostgresOptions, type PostgresLedgerOptions } from './postgres-options.ts'
import { lookForPending } from './postgres-pending.ts'
import { poolSource, type PostgresPool } from './postgres-pool.ts'

/**
 * The ledger in PostgreSQL: one for all processes, kept for as long as you want.
 *
 * Nothing happens before the router opens it. Each operation has its time (`timeoutMs`); what fails is tried again by the router,
 * and never written twice. Needs PostgreSQL 12 or later, and the package `pg`.
 *
 * ```ts
 * createRouter({ ledger: postgresLedger(process.env.DATABASE_URL), … })
 * ```
 *
 * @param source a `Pool` of "pg", which stays the app's to end; or a connection string, for a small pool of its own
 * @throws LlmError `config_invalid` when the source or an option is wrong; the connection string is in no error
 */
export function postgresLedger(
  source: PostgresPool | string | undefined,
  options: PostgresLedgerOptions = {},
): Required<LedgerStore> {
  const config = readPostgresOptions(options)
  const pools = poolSource(source, config)
  const opened = new OpenedEngine()
  const pending = lookForPending(async () => opened.get().rollUpPending({ othersAre: 'left alone' }))
  return {
    name: 'postgres',
    isPersistent: true,
    async open(timeZone) {
      opened.assertNotClosed()
      const { openEngine } = await import('./postgres-engine.ts')
      opened.set(await openEngine(await pools.open(), config, timeZone))
    },
    append: async (rows) => opened.get().append(rows),
    async appendIn(transaction, rows) {
      await opened.get().appendIn(transaction, rows)
      pending.expect()
    },
    checkTransaction: (transaction) => void checkedTransaction(transaction),
    rollUps: async (query) => opened.get().rollUps(query),
    totals: async (query) => opened.get().totals(query),
    calls: async (query) => opened.get().calls(query),
    call: async (callId) => opened.get().call(callId),
    rows: async (query) => opened.get().rows(query),
    prune: async (bounds) => opened.get().prune(bounds),
    budgets: createPostgresBudgets({
      timeoutMs: config.budgetTimeoutMs,
      onStoreError: config.onStoreError,
      // The first calls may come before it is open.
      call: async (operation, request) =>
        (await opened.soon(config.budgetTimeoutMs)).callBudgets(operation, request),
    }),
    async close() {
      if (opened.isClosed) return
      opened.close()
      pending.stop()
      await pools.close()
    },
  }
}
