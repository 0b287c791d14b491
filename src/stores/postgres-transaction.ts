import { LedgerError } from '../core/ledger-error.ts'
import { isAborted, isCollision, ledgerErrorOf } from './postgres-error.ts'
import { guardedConnection, type GuardedConnection } from './postgres-guard.ts'
import type { PostgresPool, PostgresResult } from './postgres-pool.ts'
import { quoted } from './sql-name.ts'

/** Two writers may meet again; the third time something else is wrong. */
const TRIES_MAX = 5

export interface TransactionSettings {
  /** Waiting for a connection included. */
  readonly timeoutMs: number
  /** Where names without a schema are looked up; undefined: as the connection has it. */
  readonly schema?: string | undefined
  /** `reading` sees one moment, however many questions it asks. */
  readonly mode: 'reading' | 'writing'
  /** Statements that are asked before `work`, in the same way to the server and back. */
  readonly prelude?: readonly string[]
}

export interface Transaction extends Pick<GuardedConnection, 'query'> {
  /** What the statements of the prelude have answered. */
  readonly prelude: readonly PostgresResult[]
}

/**
 * Does `work` in one transaction, from asking for a connection to COMMIT within its time. What is set is set for the
 * transaction only, so that an app's own connections stay what they are, also behind a pooler that shares them by
 * transaction. Writers that are in each other's way try again.
 *
 * @throws LedgerError
 */
export async function inTransaction<T>(
  pool: PostgresPool,
  settings: TransactionSettings,
  work: (transaction: Transaction) => Promise<T>,
): Promise<T> {
  const deadlineMs = performance.now() + settings.timeoutMs
  for (let tries = 1; ; tries++) {
    try {
      return await tryTransaction(pool, { ...settings, deadlineMs }, work)
    } catch (error) {
      if (!isCollision(error) || tries === TRIES_MAX) throw ledgerErrorOf(error)
    }
  }
}

async function tryTransaction<T>(
  pool: PostgresPool,
  settings: TransactionSettings & { readonly deadlineMs: number },
  work: (transaction: Transaction) => Promise<T>,
): Promise<T> {
  const connection = await guardedConnection(pool, settings)
  let isOver = false
  let firstError: unknown
  try {
    const prelude = await begin(connection, settings)
    const query: Transaction['query'] = async (text, values) => {
      try {
        return await connection.query(text, values)
      } catch (error) {
        firstError ??= error
        throw error
      }
    }
    const done = await work({ query, prelude })
    const { command } = await connection.query('COMMIT')
    isOver = true
    // What a failed statement has broken PostgreSQL rolls back, and says so in a friendly tone.
    if (command === 'ROLLBACK') throw new LedgerError('ledger_broken', 'PostgreSQL has rolled back instead.')
    return done
  } catch (error) {
    if (!isOver) isOver = await hasRolledBack(connection)
    // Of statements after the one that has failed PostgreSQL says no more than that.
    throw isAborted(error) ? (firstError ?? error) : error
  } finally {
    // One whose transaction is still open is nobody's any more.
    connection.release(!isOver)
  }
}

async function begin(
  connection: GuardedConnection,
  { mode, schema, prelude = [], timeoutMs }: TransactionSettings,
): Promise<readonly PostgresResult[]> {
  const isReading = mode === 'reading'
  const statements = [
    isReading ? 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY' : 'BEGIN ISOLATION LEVEL READ COMMITTED',
    // Should this process stop in the middle, the server does not wait for it with locks in its hands.
    `SET LOCAL idle_in_transaction_session_timeout = ${timeoutMs}`,
    `SET LOCAL statement_timeout = ${timeoutMs}`,
    ...(schema === undefined ? [] : [`SET LOCAL search_path = ${quoted(schema)}`]),
  ]
  // Without parameters `pg` takes several statements at once, and answers with a list.
  const answer: unknown = await connection.query([...statements, ...prelude].join(';'))
  return Array.isArray(answer) ? (answer.slice(statements.length) as PostgresResult[]) : []
}

async function hasRolledBack(connection: GuardedConnection): Promise<boolean> {
  try {
    await connection.query('ROLLBACK')
    return true
  } catch {
    // The connection is closed then, and with it the transaction; the first error is the one to tell.
    return false
  }
}
