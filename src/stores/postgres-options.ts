import { invalidConfig } from '../core/llm-error.ts'
import type { OnStoreError } from '../core/shared-state.ts'
import { didYouMean } from '../core/spelling.ts'

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

const RULES: Readonly<Record<string, readonly [isRight: (value: unknown) => boolean, rule: string]>> = {
  // PostgreSQL cuts longer names off, silently.
  schema: [
    (value) => typeof value === 'string' && value.length > 0 && !value.includes('\0') && bytes(value) <= 63,
    'the name of a schema, 1 to 63 bytes',
  ],
  timeoutMs: [(value) => isWhole(value, 100, 600_000), 'a whole number of milliseconds from 100 to 600000'],
  // One writes, one reads: a single one would let each wait for the other.
  connectionsMax: [(value) => isWhole(value, 1, 100), 'a whole number from 1 to 100'],
  // Who waits longer for a store than for a call has none.
  budgetTimeoutMs: [(value) => isWhole(value, 1, 60_000), 'a whole number of milliseconds from 1 to 60000'],
  onStoreError: [(value) => value === 'allow' || value === 'deny', '"allow" or "deny"'],
}

/** @throws LlmError `config_invalid` naming what is wrong */
export function readPostgresOptions(options: unknown): PostgresLedgerConfig {
  if (typeof options !== 'object' || options === null)
    throw invalidConfig('The options of postgresLedger() must be an object.')
  const given = Object.entries(options).filter(([, value]) => value !== undefined)
  for (const [name, value] of given) {
    const [isRight, rule] = Object.hasOwn(RULES, name) ? (RULES[name] ?? []) : []
    if (isRight?.(value) === true) continue
    const mistake =
      rule === undefined ? `is no option.${didYouMean(name, Object.keys(RULES))}` : `must be ${rule}.`
    throw invalidConfig(`postgresLedger(): "${name}" ${mistake}`, name)
  }
  return { ...DEFAULTS, ...Object.fromEntries(given) }
}

function isWhole(value: unknown, min: number, max: number): boolean {
  return Number.isInteger(value) && Number(value) >= min && Number(value) <= max
}

function bytes(text: string): number {
  return Buffer.byteLength(text)
}
