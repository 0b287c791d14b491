import { Pool } from 'pg'
import { afterAll, beforeAll, describe, inject } from 'vitest'
import { startPostgresServer, type PostgresServer } from '../../../bench/postgres-server.ts'
import { systemClock } from '../../../src/core/clock.ts'
import { createMemoryBudgets } from '../../../src/shared/memory-budgets.ts'
import { createRedisState } from '../../../src/shared/redis-state.ts'
import { postgresBudgets } from '../../support/postgres-budgets.ts'
import { NO_POSTGRES } from '../../support/postgres-server.ts'
import { CLIENTS } from '../../support/redis-clients.ts'
import { aRedisServer, NO_REDIS } from '../../support/redis-server.ts'
import { budgetConformance } from './budget-conformance.ts'

describe('in memory', () => {
  budgetConformance(() => Promise.resolve(createMemoryBudgets(systemClock)))
})

describe.skipIf(NO_REDIS).each(CLIENTS)('in Redis, by %s', (_name, connect) => {
  budgetConformance(async () => {
    const { url } = await aRedisServer()
    return createRedisState(await connect(url), {}, 60_000).budgets
  })
})

describe.skipIf(NO_POSTGRES)('in PostgreSQL', () => {
  let server: PostgresServer
  let pool: Pool
  beforeAll(async () => {
    server = await startPostgresServer({ template: inject('postgresTemplate') })
    // Apps have their own idea of transactions.
    const options = '-c default_transaction_isolation=serializable'
    pool = new Pool({ connectionString: server.url, max: 8, options })
  })
  afterAll(async () => {
    await pool.end()
    await server.remove()
  })
  budgetConformance(() => postgresBudgets(pool))
})
