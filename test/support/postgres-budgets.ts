import { Kysely, PostgresDialect } from 'kysely'
import { Pool } from 'pg'
import type { BudgetStore } from '../../src/core/budget-store.ts'
import { budgetNames, createBudgetTables } from '../../src/stores/postgres-budget-schema.ts'
import { createPostgresBudgets } from '../../src/stores/postgres-budgets.ts'

const SCHEMA = `odd "schema's`

/** The tables, in a schema of an odd name. */
export async function makeBudgetTables(url: string): Promise<void> {
  const db = new Kysely<unknown>({
    dialect: new PostgresDialect({ pool: new Pool({ connectionString: url }) }),
  })
  await db.schema.createSchema(SCHEMA).execute()
  await createBudgetTables(db, budgetNames('llm_', SCHEMA))
  await db.destroy()
}

export function postgresBudgets(pool: Pool): BudgetStore {
  return createPostgresBudgets({
    timeoutMs: 1_000,
    onStoreError: 'allow',
    names: budgetNames('llm_', SCHEMA),
    query: async (text, values) => (await pool.query(text, [...values])).rows,
  })
}
