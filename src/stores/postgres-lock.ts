import { createHash } from 'node:crypto'

/** What is locked for the length of a transaction, among all processes that use the same tables. */
export interface LedgerLocks {
  /** One process at a time brings the tables up to date. */
  readonly migration: string
  /** Rows are summed up by the days of one time zone: whoever writes shares it, whoever changes the zone has it alone. */
  readonly zoneShared: string
  readonly zoneAlone: string
}

/** As statements. */
export function ledgerLocks(schema: string): LedgerLocks {
  const zone = keyOf(`${schema} time zone`)
  return {
    migration: `SELECT pg_advisory_xact_lock(${keyOf(`${schema} migration`)})`,
    zoneShared: `SELECT pg_advisory_xact_lock_shared(${zone})`,
    zoneAlone: `SELECT pg_advisory_xact_lock(${zone})`,
  }
}

/** Locks have numbers, and an app may have some of its own. */
function keyOf(name: string): bigint {
  return createHash('sha256').update(`express-llm ledger ${name}`).digest().readBigInt64BE()
}
