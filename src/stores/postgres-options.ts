import type { OnStoreError } from '../core/shared-state.ts'
import { ON_STORE_ERROR, readStoreOptions, whole, wholeMs } from '../core/store-options.ts'

export interface PostgresLedgerOptions {
  /**
   * The schema that the tables are in. It is made where it is missing.
   *
   * @default the connection's own: the first of its `search_path`, mostly `public`
   */
  readonly schema?: string
  /**
   * How long one operation may take, waiting for a connection included, ms. What takes longer fails, and is tried again.
   *
   * @default 10000
   */
  readonly timeoutMs?: number
  /**
   * How many connections there are at most; of a connection string only, because an app's pool has its own maximum.
   *
   * @default 4
   */
  readonly connectionsMax?: number
  /**
   * How long a call waits for its budgets, which are counted in the same database, ms. After that it counts as down.
   *
   * @default 2000
   */
  readonly budgetTimeoutMs?: number
  /**
   * Calls with a budget while PostgreSQL is down. `allow`: they go on, and what they spend is counted when it is back.
   * `deny`: they are refused.
   *
   * @default 'allow'
   */
  readonly onStoreError?: OnStoreError
}

export interface PostgresLedgerConfig {
  /** Undefined: the connection's own. */
  readonly schema: string | undefined
  readonly timeoutMs: number
  readonly connectionsMax: number
  readonly budgetTimeoutMs: number
  readonly onStoreError: OnStoreError
}

const DEFAULTS: PostgresLedgerConfig = {
  schema: undefined,
  timeoutMs: 10_000,
  connectionsMax: 4,
  budgetTimeoutMs: 2_000,
  onStoreError: 'allow',
}

/** @throws LlmError `config_invalid` naming what is wrong */
export function readPostgresOptions(options: unknown): PostgresLedgerConfig {
  return readStoreOptions('postgresLedger()', options, {
    defaults: DEFAULTS,
    rules: {
      // PostgreSQL cuts longer names off, silently.
      schema: [isSchema, 'the name of a schema, 1 to 63 bytes'],
      timeoutMs: wholeMs(100, 600_000),
      // One writes, one reads: a single one would let each wait for the other.
      connectionsMax: whole(1, 100),
      // Who waits longer for a store than for a call has none.
      budgetTimeoutMs: wholeMs(1, 60_000),
      onStoreError: ON_STORE_ERROR,
    },
  })
}

function isSchema(value: unknown): boolean {
  if (typeof value !== 'string' || value.includes('\0')) return false
  return value.length > 0 && Buffer.byteLength(value) <= 63
}
