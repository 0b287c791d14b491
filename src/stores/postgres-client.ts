/** A connection of an app's, inside of its transaction. */
import { LedgerError } from '../core/ledger-error.ts'
import type { PostgresResult } from './postgres-pool.ts'

/** A client of `pg` between BEGIN and COMMIT. */
export interface PostgresTransaction {
  query(text: string, values?: unknown[]): Promise<PostgresResult>
}

/** @throws LedgerError `ledger_transaction` for what is none, as far as can be told without asking PostgreSQL */
export function checkedTransaction(value: unknown): PostgresTransaction {
  if (typeof value !== 'object' || value === null || typeof Reflect.get(value, 'query') !== 'function')
    throw noTransaction('it has no query()')
  if (typeof Reflect.get(value, 'totalCount') === 'number')
    throw noTransaction('a pool takes another connection for each statement')
  const client = value as PostgresTransaction & { getTransactionStatus?: () => string | null }
  // Since pg 8.18; with an older one PostgreSQL says it.
  const status = client.getTransactionStatus?.()
  if (status === 'I') throw noTransaction('it is not between BEGIN and COMMIT')
  if (status === 'E') throw noTransaction('a statement in it has failed, and it can only be rolled back')
  return client
}

export function noTransaction(why: string, cause?: unknown): LedgerError {
  const message = `The transaction must be a client of "pg" between BEGIN and COMMIT: ${why}.`
  return new LedgerError('ledger_transaction', message, { cause })
}
