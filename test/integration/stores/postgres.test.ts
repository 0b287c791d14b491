import { Pool, types } from 'pg'
import { afterAll, beforeAll, describe, inject } from 'vitest'
import { startPostgresServer, type PostgresServer } from '../../../bench/postgres-server.ts'
import { postgresLedger } from '../../../src/postgres.ts'
import { NO_POSTGRES } from '../../support/postgres-server.ts'
import { conformance, persistence } from './conformance.ts'

const BIGINT = 20

describe.skipIf(NO_POSTGRES)('a ledger in PostgreSQL', () => {
  let server: PostgresServer
  let pool: Pool

  beforeAll(async () => {
    server = await startPostgresServer({ template: inject('postgresTemplate') })
    pool = new Pool({
      connectionString: await server.createDatabase('app'),
      // Apps have their own idea of what a bigint is, and of transactions.
      types: { getTypeParser: (id: number) => (id === BIGINT ? BigInt : types.getTypeParser(id)) },
      options: '-c default_transaction_isolation=serializable',
    })
  })
  afterAll(async () => {
    await pool.end()
    await server.remove()
  })

  describe('by a connection string', () => {
    const create = (name: string) => postgresLedger(server.url, { schema: name })
    conformance({ create })
    persistence({ create })
  })

  describe('in the pool of an app', () => {
    const create = (name: string) => postgresLedger(pool, { schema: name })
    conformance({ create, runs: 5 })
  })
})
