import type { Pool } from 'pg'
import type { BudgetStore } from '../../src/core/budget-store.ts'
import { postgresLedger } from '../../src/postgres.ts'

/** A schema of an odd name. */
export const ODD_SCHEMA = `odd "schema's`

/** What a ledger in PostgreSQL has for budgets. Patient: a machine that runs many tests may keep a healthy server waiting for a while. */
export async function postgresBudgets(pool: Pool): Promise<BudgetStore> {
  const ledger = postgresLedger(pool, { schema: ODD_SCHEMA, budgetTimeoutMs: 10_000 })
  await ledger.open('UTC')
  return ledger.budgets
}
