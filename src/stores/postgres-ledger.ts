import { LedgerError, type LedgerStore } from '../core/ledger-store.ts'
import type { PostgresEngine } from './postgres-engine.ts'
import { readPostgresOptions, type PostgresLedgerOptions } from './postgres-options.ts'
import { poolSource, type PostgresPool } from './postgres-pool.ts'

/** How long after a row was written in an app's transaction to look whether that has been committed, ms. */
const PENDING_DELAY_MS = 1_000
/** Transactions that take longer are seen by whoever asks for sums next. */
const PENDING_LOOKS = 30

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
  let engine: PostgresEngine | undefined
  let isClosed = false
  let looksLeft = 0
  let timer: NodeJS.Timeout | undefined

  function opened(): PostgresEngine {
    if (isClosed) throw new LedgerError('ledger_closed', 'This ledger in PostgreSQL has been closed.')
    if (engine !== undefined) return engine
    throw new LedgerError('ledger_unreachable', 'This ledger in PostgreSQL has not been opened yet.', {
      isPassing: true,
    })
  }

  /** The app commits when it wants to, and does not tell us. */
  function lookSoon(): void {
    looksLeft = PENDING_LOOKS
    timer ??= setInterval(() => void look(), PENDING_DELAY_MS).unref()
  }

  async function look(): Promise<void> {
    looksLeft -= 1
    if (looksLeft <= 0) stopLooking()
    try {
      await engine?.rollUpPending()
    } catch {
      // The rows keep their mark: the next look finds them, or the next one to ask for sums, who is told what is wrong.
    }
  }

  function stopLooking(): void {
    clearInterval(timer)
    timer = undefined
  }

  return {
    name: 'postgres',
    isPersistent: true,
    async open(timeZone) {
      if (isClosed) throw new LedgerError('ledger_closed', 'This ledger in PostgreSQL has been closed.')
      const { openEngine } = await import('./postgres-engine.ts')
      engine = await openEngine(await pools.open(), config, timeZone)
    },
    append: async (rows) => opened().append(rows),
    async appendIn(transaction, rows) {
      await opened().appendIn(transaction, rows)
      lookSoon()
    },
    rollUps: async (query) => opened().rollUps(query),
    totals: async (query) => opened().totals(query),
    calls: async (query) => opened().calls(query),
    call: async (callId) => opened().call(callId),
    rows: async (query) => opened().rows(query),
    prune: async (bounds) => opened().prune(bounds),
    async close() {
      if (isClosed) return
      isClosed = true
      stopLooking()
      await pools.close()
    },
  }
}
