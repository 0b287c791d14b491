import { LedgerError } from '../core/ledger-error.ts'
import { isCollision, ledgerErrorOf } from './postgres-error.ts'
import { guardedConnection } from './postgres-guard.ts'
import type { PostgresPool } from './postgres-pool.ts'

/** Nobody is in anybody's way here; if all the same, the next try finds the way free. */
const TRIES_MAX = 3

/**
 * Calls a function of the database with a request as JSON, within its time, in one round trip: without parameters `pg` sends
 * several statements at once, which are one transaction. The request goes as base64, so there is nothing to escape.
 *
 * The functions need to see what others have committed while they waited, which an app's own idea of isolation may forbid. The
 * commit is not waited for: a server that crashes may forget the last moment, but nobody holds a counter while a disk writes.
 *
 * @throws LedgerError
 */
export async function callFunction(
  pool: PostgresPool,
  { name, request, timeoutMs }: FunctionCall,
): Promise<unknown> {
  const argument = Buffer.from(JSON.stringify(request)).toString('base64')
  const text = [
    'SET TRANSACTION ISOLATION LEVEL READ COMMITTED',
    'SET LOCAL synchronous_commit = off',
    `SELECT ${name}(convert_from(decode('${argument}', 'base64'), 'UTF8')::jsonb) AS reply`,
  ].join(';')
  const limits = { timeoutMs, deadlineMs: performance.now() + timeoutMs }
  for (let tries = 1; ; tries++) {
    try {
      const connection = await guardedConnection(pool, limits)
      try {
        return replyOf(await connection.query(text))
      } finally {
        connection.release()
      }
    } catch (error) {
      if (!isCollision(error) || tries === TRIES_MAX) throw ledgerErrorOf(error)
    }
  }
}

export interface FunctionCall {
  /** As it stands in SQL. */
  readonly name: string
  readonly request: unknown
  /** Waiting for a connection included. */
  readonly timeoutMs: number
}

/** Of several statements there is a list of results. */
function replyOf(results: unknown): unknown {
  const last: unknown = Array.isArray(results) ? results.at(-1) : undefined
  const rows: unknown = typeof last === 'object' && last !== null ? Reflect.get(last, 'rows') : undefined
  const row: unknown = Array.isArray(rows) ? rows[0] : undefined
  if (typeof row === 'object' && row !== null) return Reflect.get(row, 'reply')
  throw new LedgerError('ledger_broken', 'PostgreSQL has answered something else than was asked for.')
}
