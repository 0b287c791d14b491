/** A PostgreSQL of a test's own, gone when the test is. */
import { inject, onTestFinished } from 'vitest'
import {
  POSTGRES_FOLDER,
  startPostgresServer,
  type PostgresOptions,
  type PostgresServer,
} from '../../bench/postgres-server.ts'

export type { PostgresServer } from '../../bench/postgres-server.ts'

/** Where there is none, tests that need one are skipped, and say so; with POSTGRES_REQUIRED=1 they fail. */
export const NO_POSTGRES = POSTGRES_FOLDER === undefined && process.env['POSTGRES_REQUIRED'] !== '1'
if (NO_POSTGRES)
  console.warn(
    'There is no PostgreSQL server (initdb and postgres, on PATH or in /usr/lib/postgresql): tests that need one are skipped.',
  )

export async function aPostgresServer(settings: PostgresOptions['settings'] = {}): Promise<PostgresServer> {
  const server = await startPostgresServer({ settings, template: inject('postgresTemplate') })
  onTestFinished(() => server.remove())
  return server
}
