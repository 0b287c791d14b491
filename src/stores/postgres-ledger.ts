import { boundedOperation } from '../core/bounded-operation.ts'
import { LedgerError, type LedgerStore } from '../core/ledger-store.ts'
import { createPostgresBudgets } from './postgres-budgets.ts'
import type { PostgresEngine } from './postgres-engine.ts'
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
  const pending = lookForPending(async () => engine?.rollUpPending({ othersAre: 'left alone' }))
  const opening = Promise.withResolvers<PostgresEngine>()
  let engine: PostgresEngine | undefined
  let isClosed = false

  function opened(): PostgresEngine {
    if (isClosed) throw closedError()
    if (engine !== undefined) return engine
    throw new LedgerError('ledger_unreachable', 'This ledger in PostgreSQL has not been opened yet.', {
      isPassing: true,
    })
  }

  return {
    name: 'postgres',
    isPersistent: true,
    async open(timeZone) {
      if (isClosed) throw closedError()
      const { openEngine } = await import('./postgres-engine.ts')
      engine = await openEngine(await pools.open(), config, timeZone)
      opening.resolve(engine)
    },
    append: async (rows) => opened().append(rows),
    async appendIn(transaction, rows) {
      await opened().appendIn(transaction, rows)
      pending.expect()
    },
    rollUps: async (query) => opened().rollUps(query),
    totals: async (query) => opened().totals(query),
    calls: async (query) => opened().calls(query),
    call: async (callId) => opened().call(callId),
    rows: async (query) => opened().rows(query),
    prune: async (bounds) => opened().prune(bounds),
    budgets: createPostgresBudgets({
      timeoutMs: config.budgetTimeoutMs,
      onStoreError: config.onStoreError,
      // The first calls may come before it is open.
      async call(operation, request) {
        if (engine === undefined) await boundedOperation(() => opening.promise, config.budgetTimeoutMs)
        return opened().callBudgets(operation, request)
      },
    }),
    async close() {
      if (isClosed) return
      isClosed = true
      pending.stop()
      await pools.close()
    },
  }
}

function closedError(): LedgerError {
  return new LedgerError('ledger_closed', 'This ledger in PostgreSQL has been closed.')
}
