/** Rows in a transaction of the app's: they are there when that commits, and gone when it rolls back. */
import type { LedgerRow } from '../core/ledger-row.ts'
import type { LedgerError } from '../core/ledger-error.ts'
import { checkedTransaction, noTransaction, type PostgresTransaction } from './postgres-client.ts'
import { ledgerErrorOf, PostgresTimeout } from './postgres-error.ts'
import type { OpenLedger } from './postgres-open.ts'
import type { PostgresResult } from './postgres-pool.ts'
import { quoted } from './sql-name.ts'
import { insertRows, type Asker } from './postgres-writes.ts'
import { storableRow } from './sql-row.ts'

const SAVEPOINT = 'express_llm_ledger'

/**
 * Inserts rows and touches nothing else: roll-ups are rows that all processes write, and an app's transaction would keep them
 * for as long as it takes. Whatever goes wrong here, the app can go on with its transaction.
 *
 * @throws LedgerError
 */
export async function appendInTransaction(
  ledger: OpenLedger,
  transaction: unknown,
  rows: readonly LedgerRow[],
): Promise<void> {
  const client = checkedTransaction(transaction)
  if (rows.length === 0) return
  const table = `${quoted(ledger.schema)}.${ledger.tables.row}`
  const work = inTurn(client, () => insertAside(askerOf(client), rows.map(storableRow), table))
  try {
    await inTime(work, ledger.timeoutMs)
  } catch (error) {
    throw appError(error)
  }
}

/** One after the other, and those of one connection too: `pg` takes a statement only when the one before is answered. */
async function insertAside(asker: Asker, rows: readonly LedgerRow[], table: string): Promise<void> {
  await asker.query(`SAVEPOINT ${SAVEPOINT}`)
  try {
    await insertRows(asker, rows, { table, isPending: true })
  } catch (error) {
    // Without it, what has failed here would end the app's transaction too.
    await asker.query(`ROLLBACK TO SAVEPOINT ${SAVEPOINT}`).catch(() => undefined)
    throw error
  } finally {
    await asker.query(`RELEASE SAVEPOINT ${SAVEPOINT}`).catch(() => undefined)
  }
}

/** Calls that are under way in one transaction wait for each other, or one would roll back what another has written. */
const lastWork = new WeakMap<object, Promise<unknown>>()

function inTurn(connection: object, work: () => Promise<void>): Promise<void> {
  const before = lastWork.get(connection) ?? Promise.resolve()
  const mine = before.then(work, work)
  lastWork.set(connection, mine)
  return mine
}

function askerOf(client: PostgresTransaction): Asker {
  return {
    async query(text, values) {
      const answer: unknown = await client.query(text, values)
      if (isResult(answer)) return answer
      throw noTransaction('it does not answer as one')
    },
  }
}

/** Clients of other databases have a `query` too. */
function isResult(answer: unknown): answer is PostgresResult {
  return typeof answer === 'object' && answer !== null && Array.isArray(Reflect.get(answer, 'rows'))
}

/** No such table, no transaction, or one that has failed. */
const TRANSACTION_STATES: Readonly<Record<string, string>> = {
  '42P01': 'the ledger has no tables in the database that it is connected to',
  '3F000': 'the ledger has no tables in the database that it is connected to',
  '25P01': 'it is not between BEGIN and COMMIT',
  '25P02': 'a statement in it has failed, and it can only be rolled back',
}

function appError(error: unknown): LedgerError {
  const code: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined
  const why = typeof code === 'string' ? TRANSACTION_STATES[code] : undefined
  return why === undefined ? ledgerErrorOf(error) : noTransaction(why, error)
}

async function inTime(work: Promise<void>, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new PostgresTimeout('answer', timeoutMs)), timeoutMs)
  })
  try {
    await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
    // The connection is the app's: what it says later the app hears too.
    work.catch(() => undefined)
  }
}
