/**
 * Where ledger rows are kept: the seam between the ledger and its stores (memory, SQLite, PostgreSQL). One conformance suite
 * holds all of them to what is said here.
 */
import type { BudgetStore } from './budget-store.ts'
import type { LedgerRow } from './ledger-row.ts'

/** What costs can be grouped by. `all` is one group with everything in it. */
export const DIMENSIONS = [
  'all',
  'model',
  'provider',
  'tier',
  'task',
  'complexity',
  'user',
  'tenant',
  'route',
  'feature',
  'outcome',
] as const

export type Dimension = (typeof DIMENSIONS)[number]

/** How finely roll-ups are kept: by hour, and by day, of the ledger's time zone. */
export type Grain = 'hour' | 'day'

/** Upper bounds of the latency histogram, ms: each √2 of the one before, 10 ms to 655 s; one more bucket is above them. */
export const LATENCY_BOUNDS_MS: readonly number[] = Array.from(
  { length: 33 },
  (_, index) => 10 * 2 ** (index / 2),
)

/** Names of what is summed up, in one order everywhere. All are whole numbers. */
export const SUM_NAMES = [
  // Of call rows.
  'calls',
  'succeeded',
  'degraded',
  'refused',
  'exhausted',
  'cancelled',
  // Of rows that are attempts.
  'attempts',
  'failedAttempts',
  'retries',
  'fallbacks',
  'hedges',
  'cacheHits',
  'inputTokens',
  'outputTokens',
  'cacheReadTokens',
  'cacheWriteTokens',
  'reasoningTokens',
  'systemTokens',
  'toolTokens',
  // Known amounts only; rows without one are counted beside them.
  'costNanoUsd',
  'estimatedNanoUsd',
  'wastedNanoUsd',
  'overheadNanoUsd',
  'savedNanoUsd',
  'pricedRows',
  'estimatedRows',
  'unpricedRows',
] as const

export type SumName = (typeof SUM_NAMES)[number]
export type LedgerSums = Readonly<Record<SumName, number>>

/** What the answers of a group would have cost at one baseline model. */
export interface BaselineSum {
  readonly name: string
  readonly costNanoUsd: number
  /** What the same answers did cost. */
  readonly answersNanoUsd: number
  /** Answered calls that have been priced at it. */
  readonly calls: number
}

/** Sums of the rows of one group and one hour or day. */
export interface RollUp {
  readonly grain: Grain
  readonly dimension: Dimension
  /** Undefined where rows have none (no user, no task). */
  readonly value: string | undefined
  /** Begin of the hour or day, ms since the epoch. */
  readonly startMs: number
  readonly sums: LedgerSums
  /** Answered calls by latency, one count for each of `LATENCY_BOUNDS_MS` and one above. */
  readonly latencies: readonly number[]
  readonly baselines: readonly BaselineSum[]
}

/** Hours or days that start within a time. */
export interface RollUpSpan {
  readonly grain: Grain
  /** Roll-ups that start from then on … */
  readonly fromMs: number
  /** … and before then. */
  readonly toMs: number
}

export interface RollUpQuery extends RollUpSpan {
  readonly dimension: Dimension
  /** Only these groups, undefined for rows that have none; absent for all. */
  readonly values?: readonly (string | undefined)[]
}

export interface TotalsQuery {
  readonly dimension: Dimension
  /** They do not overlap: the whole days of a time, and the hours at its edges. */
  readonly spans: readonly RollUpSpan[]
  /** Groups told at most: there may be as many as users. */
  readonly limit: number
}

/** Roll-ups of one group, added up. */
export type GroupTotal = Pick<RollUp, 'value' | 'sums' | 'latencies' | 'baselines'>

/** Which calls: those for which everything that is said holds; of `model` and `provider`, for one of its attempts. */
export interface CallFilter {
  /** Calls that began from then on … */
  readonly fromMs?: number
  /** … and before then. */
  readonly toMs?: number
  /** `instance/model` */
  readonly model?: string
  readonly provider?: string
  readonly tier?: string
  readonly task?: string
  readonly complexity?: string
  readonly user?: string
  readonly tenant?: string
  readonly route?: string
  readonly feature?: string
  readonly outcome?: string
}

/** A place in a list that goes by time and id. A call stands where its first row (attempt 0 or 1) does. */
export interface Cursor {
  readonly atMs: number
  readonly id: string
}

export interface CallQuery extends CallFilter {
  /** Only calls before this place; the list goes from the newest to the oldest. */
  readonly before?: Cursor
  readonly limit: number
}

/** All rows of each call, the newest call first, the rows of one call by attempt. */
export type LedgerCalls = readonly (readonly LedgerRow[])[]

export interface RowQuery {
  readonly fromMs: number
  readonly toMs: number
  /** Only rows after this place; the list goes from the oldest to the newest. */
  readonly after?: Cursor
  readonly limit: number
}

/** Until when each kind is forgotten, ms since the epoch; what is absent is kept. */
export interface PruneBounds {
  readonly rowsBeforeMs?: number
  readonly hoursBeforeMs?: number
  readonly daysBeforeMs?: number
}

export interface LedgerStore {
  /** For people: `memory`, `sqlite`, `postgres`. */
  readonly name: string
  /** Does it outlive the process? */
  readonly isPersistent: boolean
  /** Counters of budgets, kept in the same database; absent where a store has none. */
  readonly budgets?: BudgetStore
  /**
   * Makes it ready, once, before anything else is asked: opens it, brings its schema up to date.
   *
   * @param timeZone whose hours and days roll-ups go by
   * @throws LedgerError that says what is in the way and the way out
   */
  open(timeZone: string): Promise<void>
  /**
   * Writes rows and what they add to the roll-ups: all of them or none. A row whose id is there already is left out, and adds
   * nothing.
   */
  append(rows: readonly LedgerRow[]): Promise<void>
  /**
   * The same through a connection of the app's, inside of its transaction: they are there when that commits. Absent where a
   * store has no transactions.
   *
   * @throws LedgerError `ledger_transaction` for what is no connection of this store's kind
   */
  appendIn?(transaction: unknown, rows: readonly LedgerRow[]): Promise<void>
  /**
   * Could `appendIn` write in it, as far as that can be told at once? Asked before a call is sent.
   *
   * @throws LedgerError `ledger_transaction`
   */
  checkTransaction?(transaction: unknown): void
  /** One for each group and hour or day that has any; in no order. */
  rollUps(query: RollUpQuery): Promise<readonly RollUp[]>
  /** The same, added up to one for each group: the dearest first, of the equally dear those with more calls. */
  totals(query: TotalsQuery): Promise<readonly GroupTotal[]>
  calls(query: CallQuery): Promise<LedgerCalls>
  /** The rows of one call, by attempt; none where it is not known. */
  call(callId: string): Promise<readonly LedgerRow[]>
  rows(query: RowQuery): Promise<readonly LedgerRow[]>
  /** Forgets what is old, in steps that do not keep writers waiting. @returns how many rows */
  prune(bounds: PruneBounds): Promise<number>
  /** What was appended is safe, and everything is released. */
  close(): Promise<void>
}
