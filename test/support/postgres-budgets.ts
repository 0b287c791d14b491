import type { Pool } from 'pg'
import type { BudgetStore } from '../../src/core/budget-store.ts'
import { postgresLedger } from '../../src/postgres.ts'

/** A schema of an odd name. */
export const ODD_SCHEMA = `odd "schema's`

/** What a ledger in PostgreSQL has for budgets. */
export async function postgresBudgets(pool: Pool): Promise<BudgetStore> {
  const ledger = postgresLedger(pool, { schema: ODD_SCHEMA, connectionsMax: 8 })
  await ledger.open('UTC')
  return ledger.budgets
}
