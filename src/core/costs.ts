/** What the cost API answers, and `router.costs()` and its neighbours: plain data, USD as numbers, moments as ISO texts. */
import type { CostStatus } from './money.ts'
import type { Dimension } from './ledger-store.ts'
import type { TargetHealthReport } from './target-health.ts'

/** What a group has used, and what came of it. USD; an amount is absent where none of it is known. */
export interface CostFigures {
  readonly calls: number
  readonly succeeded: number
  readonly degraded: number
  readonly refused: number
  readonly exhausted: number
  readonly cancelled: number
  readonly attempts: number
  readonly failedAttempts: number
  readonly retries: number
  readonly fallbacks: number
  readonly hedges: number
  readonly cacheHits: number
  readonly inputTokens: number
  readonly outputTokens: number
  readonly cacheReadTokens: number
  readonly cacheWriteTokens: number
  readonly reasoningTokens: number
  /** Estimates: the parts of the input that system prompts and tool definitions are. */
  readonly systemTokens: number
  readonly toolTokens: number
  readonly costUsd?: number
  readonly costStatus: CostStatus
  /** Per call. */
  readonly averageUsd?: number
  /** Attempts whose answer was not used, as far as their price is known. */
  readonly wastedUsd: number
  /** The router's own requests. */
  readonly overheadUsd: number
  readonly savedByCacheUsd: number
  /** Attempts whose price is not known: they are in no amount. */
  readonly unpricedAttempts: number
  /** Of answered calls, ms, from a histogram: within a fifth or so. Absent without any. */
  readonly latencyMs?: {
    readonly p50: number
    readonly p90: number
    readonly p95: number
    readonly p99: number
  }
  /** Absent where no baseline is named. */
  readonly savings?: Savings
}

/** Against sending every answered call to one model instead, each repriced with its own tokens. */
export interface Savings {
  /** What the answers would have cost there. */
  readonly baselineUsd: number
  /**
   * `baselineUsd` less what the compared answers did cost, and less everything wasted and overhead; negative where more was
   * spent. Savings of groups add up to those of the whole.
   */
  readonly savedUsd: number
  readonly comparedCalls: number
  /** Answered calls that could not be compared, because a price is not known or they are embeddings: they are in neither amount. */
  readonly uncomparedCalls: number
}

export interface CostsGroup extends CostFigures {
  /** Null where calls have none (no user, no task). */
  readonly key: string | null
}

export interface CostsPoint {
  /** Begin and end of the hour or day, ISO; of the first and last, of the part that the report is of. */
  readonly start: string
  readonly end: string
  readonly total: CostFigures
  /** With `by`. */
  readonly groups?: readonly CostsGroup[]
}

export interface CostsReport {
  /** What the figures are of: whole hours of the ledger's time zone, ISO. */
  readonly from: string
  readonly to: string
  readonly timeZone: string
  readonly baseline?: string
  readonly total: CostFigures
  readonly by?: Dimension
  /** With `by`: the dearest first. */
  readonly groups?: readonly CostsGroup[]
  /** More groups than are told: the cheapest are left out. */
  readonly isCut?: boolean
  readonly interval?: 'hour' | 'day'
  /** With `interval`: oldest first, without gaps, up to the hour or day that it is now. */
  readonly series?: readonly CostsPoint[]
  /** With `by` and `interval`: there are groups that no point tells of; the cheapest are left out. */
  readonly isSeriesCut?: boolean
}

/** One call, as lists show it. */
export interface CallEntry {
  readonly callId: string
  /** ISO */
  readonly at: string
  readonly operation: string
  readonly outcome: string
  readonly isStreamed: boolean
  /** The router's own request. */
  readonly isOverhead: boolean
  readonly user?: string
  readonly tenant?: string
  readonly feature?: string
  readonly route?: string
  readonly tier?: string
  readonly task?: string
  readonly requestedModel?: string
  /** Who answered, else who was asked last. */
  readonly target?: string
  readonly errorType?: string
  readonly errorCode?: string
  readonly attempts: number
  readonly inputTokens?: number
  readonly outputTokens?: number
  readonly costUsd?: number
  readonly costStatus: CostStatus
  readonly wastedUsd?: number
  readonly latencyMs?: number
  readonly timeToFirstTokenMs?: number
  readonly traceId?: string
  /** Where a template for it is configured. */
  readonly traceUrl?: string
}

export interface CallsReport {
  /** The newest first. */
  readonly calls: readonly CallEntry[]
  /** Give it back as `before` for the next page; absent on the last. */
  readonly next?: string
}

export interface CallAttempt {
  readonly number: number
  readonly target?: string
  readonly provider?: string
  readonly reason?: string
  readonly outcome?: string
  readonly purpose: string
  readonly errorKind?: string
  readonly errorType?: string
  /** From the call's first attempt to this one's begin, ms. */
  readonly startMs: number
  readonly latencyMs: number
  readonly timeToFirstChunkMs?: number
  readonly queuedMs?: number
  readonly retryDelayMs?: number
  readonly inputTokens?: number
  readonly outputTokens?: number
  readonly cacheReadTokens?: number
  readonly cacheWriteTokens?: number
  readonly reasoningTokens?: number
  readonly systemTokens?: number
  readonly toolTokens?: number
  readonly costUsd?: number
  readonly costStatus: string
  readonly costSource?: string
  readonly priceVersion?: string
  readonly spanId?: string
}

export interface CallDetail extends CallEntry {
  readonly decision?: string
  readonly complexity?: string
  readonly confidence?: number
  readonly propensity?: number
  readonly attemptList: readonly CallAttempt[]
}

/** How one budget of one user (tenant, route, …) stands. */
export interface BudgetReport {
  /** Its name in the config. */
  readonly budget: string
  readonly per: string
  /** Whose it is; null where calls have none, and for budgets over everything. */
  readonly value: string | null
  readonly window: 'hour' | 'day' | 'month'
  readonly timeZone: string
  /** ISO */
  readonly startsAt: string
  readonly endsAt: string
  readonly limitUsd: number
  readonly spentUsd: number
  /** Reserved by calls under way. */
  readonly heldUsd: number
  /** `spentUsd / limitUsd`; 1 or more is all of it. */
  readonly share: number
  readonly state: 'ok' | 'alert' | 'degraded' | 'exceeded'
  readonly isDryRun: boolean
}

export interface BudgetsReport {
  /** The fullest first. */
  readonly budgets: readonly BudgetReport[]
  readonly isCut: boolean
}

/** How the ledger itself is doing. */
export interface LedgerHealth {
  readonly store: string
  readonly isUp: boolean
  /** Rows that wait to be written. */
  readonly queued: number
  readonly written: number
  /** Rows that are lost: the queue was full. */
  readonly dropped: number
  /** Writes that failed; each is tried again. */
  readonly failures: number
  readonly lastError?: string
}

export interface HealthReport {
  readonly isReady: boolean
  readonly targets: readonly TargetHealthReport[]
  /** Absent where the router keeps none. */
  readonly ledger?: LedgerHealth
}
