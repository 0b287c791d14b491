/** express-llm/postgres: the ledger in PostgreSQL. */
export { postgresLedger } from './stores/postgres-ledger.ts'
export type { PostgresLedgerOptions } from './stores/postgres-options.ts'
export type { PostgresConnection, PostgresPool, PostgresResult } from './stores/postgres-pool.ts'
export { LedgerError, type LedgerErrorCode } from './core/ledger-error.ts'
export { type LedgerStore } from './core/ledger-store.ts'
export type { LedgerRow } from './core/ledger-row.ts'
