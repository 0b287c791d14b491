/** The ledger's tables, the same in SQLite and PostgreSQL. Only types and names: Kysely itself is loaded by who asks. */
import type { Kysely } from 'kysely'
import type { LedgerRow } from '../core/ledger-row.ts'
import { LATENCY_BOUNDS_MS, SUM_NAMES, type SumName } from '../core/ledger-store.ts'

export type SqlDialect = 'sqlite' | 'postgres'

/** What a column holds: text, a whole number, a number, or 0 and 1. */
export type ColumnKind = 'text' | 'whole' | 'real' | 'flag'

export interface RowColumn {
  readonly field: Exclude<keyof LedgerRow, 'id'>
  readonly column: string
  readonly kind: ColumnKind
  readonly isRequired: boolean
}

/**
 * One for each field of a row, but its id: that is made of `call_id` and `attempt`, so that one index keeps rows from being
 * double and finds the rows of a call. `user` is a word of SQL's own.
 */
export const ROW_COLUMNS = [
  { field: 'callId', column: 'call_id', kind: 'text', isRequired: true },
  { field: 'attempt', column: 'attempt', kind: 'whole', isRequired: true },
  { field: 'atMs', column: 'at_ms', kind: 'whole', isRequired: true },
  { field: 'kind', column: 'kind', kind: 'text', isRequired: true },
  { field: 'purpose', column: 'purpose', kind: 'text', isRequired: true },
  { field: 'isCall', column: 'is_call', kind: 'flag', isRequired: true },
  { field: 'traceId', column: 'trace_id', kind: 'text', isRequired: false },
  { field: 'spanId', column: 'span_id', kind: 'text', isRequired: false },
  { field: 'operation', column: 'operation', kind: 'text', isRequired: true },
  { field: 'isStreamed', column: 'is_streamed', kind: 'flag', isRequired: true },
  { field: 'user', column: 'user_id', kind: 'text', isRequired: false },
  { field: 'tenant', column: 'tenant_id', kind: 'text', isRequired: false },
  { field: 'feature', column: 'feature', kind: 'text', isRequired: false },
  { field: 'route', column: 'route', kind: 'text', isRequired: false },
  { field: 'tier', column: 'tier', kind: 'text', isRequired: false },
  { field: 'task', column: 'task', kind: 'text', isRequired: false },
  { field: 'complexity', column: 'complexity', kind: 'text', isRequired: false },
  { field: 'confidence', column: 'confidence', kind: 'real', isRequired: false },
  { field: 'propensity', column: 'propensity', kind: 'real', isRequired: false },
  { field: 'decision', column: 'decision', kind: 'text', isRequired: false },
  { field: 'requestedModel', column: 'requested_model', kind: 'text', isRequired: false },
  { field: 'target', column: 'target', kind: 'text', isRequired: false },
  { field: 'provider', column: 'provider', kind: 'text', isRequired: false },
  { field: 'model', column: 'model', kind: 'text', isRequired: false },
  { field: 'responseModel', column: 'response_model', kind: 'text', isRequired: false },
  { field: 'reason', column: 'reason', kind: 'text', isRequired: false },
  { field: 'outcome', column: 'outcome', kind: 'text', isRequired: false },
  { field: 'callOutcome', column: 'call_outcome', kind: 'text', isRequired: true },
  { field: 'errorKind', column: 'error_kind', kind: 'text', isRequired: false },
  { field: 'errorType', column: 'error_type', kind: 'text', isRequired: false },
  { field: 'errorCode', column: 'error_code', kind: 'text', isRequired: false },
  { field: 'inputTokens', column: 'input_tokens', kind: 'whole', isRequired: false },
  { field: 'outputTokens', column: 'output_tokens', kind: 'whole', isRequired: false },
  { field: 'cacheReadTokens', column: 'cache_read_tokens', kind: 'whole', isRequired: false },
  { field: 'cacheWriteTokens', column: 'cache_write_tokens', kind: 'whole', isRequired: false },
  { field: 'reasoningTokens', column: 'reasoning_tokens', kind: 'whole', isRequired: false },
  { field: 'isUsageEstimated', column: 'is_usage_estimated', kind: 'flag', isRequired: true },
  { field: 'systemTokens', column: 'system_tokens', kind: 'whole', isRequired: false },
  { field: 'toolTokens', column: 'tool_tokens', kind: 'whole', isRequired: false },
  { field: 'costNanoUsd', column: 'cost_nano_usd', kind: 'whole', isRequired: false },
  { field: 'costStatus', column: 'cost_status', kind: 'text', isRequired: true },
  { field: 'costSource', column: 'cost_source', kind: 'text', isRequired: false },
  { field: 'priceVersion', column: 'price_version', kind: 'text', isRequired: false },
  { field: 'savedNanoUsd', column: 'saved_nano_usd', kind: 'whole', isRequired: false },
  { field: 'baseline', column: 'baseline', kind: 'text', isRequired: false },
  { field: 'baselineNanoUsd', column: 'baseline_nano_usd', kind: 'whole', isRequired: false },
  { field: 'latencyMs', column: 'latency_ms', kind: 'real', isRequired: true },
  { field: 'timeToFirstChunkMs', column: 'time_to_first_chunk_ms', kind: 'real', isRequired: false },
  { field: 'queuedMs', column: 'queued_ms', kind: 'real', isRequired: false },
  { field: 'retryDelayMs', column: 'retry_delay_ms', kind: 'real', isRequired: false },
  { field: 'callLatencyMs', column: 'call_latency_ms', kind: 'real', isRequired: false },
  {
    field: 'callTimeToFirstTokenMs',
    column: 'call_time_to_first_token_ms',
    kind: 'real',
    isRequired: false,
  },
] as const satisfies readonly RowColumn[]

type Described = (typeof ROW_COLUMNS)[number]['field']
/** A field without a column does not compile. */
const _everyField: Exclude<keyof LedgerRow, 'id' | Described> extends never ? true : never = true
void _everyField

/** Rows of an app's own transaction are marked with 1 until they are in the roll-ups. */
export const PENDING_COLUMN = 'is_pending'

export const SUM_COLUMNS: readonly string[] = SUM_NAMES.map(snakeCase)
/** One for each bucket of the latency histogram. */
export const LATENCY_COLUMNS: readonly string[] = [...LATENCY_BOUNDS_MS, Infinity].map(
  (_, index) => `latency_${index}`,
)
/** What a roll-up goes by. A value that is not known is '' here: keys have no nulls. */
export const ROLL_UP_KEY = ['grain', 'dimension', 'start_ms', 'value'] as const
export const BASELINE_KEY = [...ROLL_UP_KEY, 'name'] as const
export const BASELINE_COLUMNS = ['cost_nano_usd', 'answers_nano_usd', 'calls'] as const

type ColumnOf<F extends Described> = Extract<(typeof ROW_COLUMNS)[number], { field: F }>['column']
type RowTable = Record<ColumnOf<Described> | typeof PENDING_COLUMN, SqlValue>

/** `pg` gives bigint as text. */
export type SqlValue = string | number | bigint | null

interface RollUpPlace {
  readonly grain: string
  readonly dimension: string
  readonly start_ms: SqlValue
  readonly value: string
}

export interface LedgerDatabase {
  readonly ledger_row: RowTable
  readonly ledger_roll_up: RollUpPlace & Record<'cost_nano_usd' | 'calls', SqlValue>
  readonly ledger_roll_up_baseline: RollUpPlace & {
    readonly name: string
    readonly cost_nano_usd: SqlValue
    readonly answers_nano_usd: SqlValue
    readonly calls: SqlValue
  }
  readonly ledger_meta: { readonly name: string; readonly value: string }
}

/** Real names of the tables, which begin with the prefix; to the compiler they are the plain ones. */
export interface SqlTables {
  readonly row: 'ledger_row'
  readonly rollUp: 'ledger_roll_up'
  readonly baseline: 'ledger_roll_up_baseline'
  readonly meta: 'ledger_meta'
  readonly migration: string
}

/** A database with a ledger in it. */
export interface SqlLedger {
  readonly db: Kysely<LedgerDatabase>
  readonly tables: SqlTables
}

export const TABLE_PREFIX = 'llm_'

export function sqlTables(prefix: string = TABLE_PREFIX): SqlTables {
  const named = <T extends string>(table: T): T => `${prefix}${table}` as T
  return {
    row: named('ledger_row'),
    rollUp: named('ledger_roll_up'),
    baseline: named('ledger_roll_up_baseline'),
    meta: named('ledger_meta'),
    migration: `${prefix}ledger_migration`,
  }
}

function snakeCase(name: SumName): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
