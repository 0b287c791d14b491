import type { AttemptOutcome, AttemptReason } from './attempt-record.ts'
import type { CallOutcome } from './call-outcome.ts'
import type { ErrorType, FailureKind } from './failure-kind.ts'
import type { LlmErrorCode } from './llm-error.ts'
import type { AttemptCostStatus, CostSource } from './money.ts'
import type { Purpose } from './purpose.ts'
import type { Operation } from './target.ts'

/**
 * One line of the ledger: an attempt, or a call that made none (refused, answered from a cache). Written once, never
 * changed. A view of the call's Settlement, as spans and metrics are. What is unknown is absent, never 0 or ''.
 */
export interface LedgerRow {
  /** `{callId}/{attempt}`: the same however often the row is written, so that nothing is counted twice. */
  readonly id: string
  readonly callId: string
  /** 1 for the first attempt of a call; 0 where it made none. */
  readonly attempt: number
  readonly kind: 'attempt' | 'refusal' | 'cache-hit'
  readonly purpose: Purpose
  /** The one row that stands for its call where calls are counted; none of the router's own requests has one. */
  readonly isCall: boolean
  readonly traceId?: string
  /** Of the attempt; of the call, where it made none. */
  readonly spanId?: string
  /** When it began, ms since the epoch. */
  readonly atMs: number
  readonly operation: Operation
  readonly isStreamed: boolean

  readonly user?: string
  readonly tenant?: string
  readonly feature?: string
  /** The Express route (`/ask/:id`), as reports and `http.route` name it. */
  readonly route?: string

  readonly tier?: string
  readonly task?: string
  readonly complexity?: string
  /** Of the classifier, 0 to 1. */
  readonly confidence?: number
  /** How likely this decision was, more than 0 and at most 1: what is needed to learn from it later. */
  readonly propensity?: number
  /** Which rule decided. */
  readonly decision?: string
  /** What the call asked for, as given. */
  readonly requestedModel?: string

  /** `instance/model` */
  readonly target?: string
  /** `gen_ai.provider.name` */
  readonly provider?: string
  readonly model?: string
  readonly responseModel?: string
  readonly reason?: AttemptReason
  readonly outcome?: AttemptOutcome
  readonly callOutcome: CallOutcome
  readonly errorKind?: FailureKind
  readonly errorType?: ErrorType
  /** Of the call's error; on its call row only. */
  readonly errorCode?: LlmErrorCode

  /** As `Usage` counts them. */
  readonly inputTokens?: number
  readonly outputTokens?: number
  readonly cacheReadTokens?: number
  readonly cacheWriteTokens?: number
  readonly reasoningTokens?: number
  readonly isUsageEstimated: boolean
  /** The part of the input that the system prompt is, an estimate. */
  readonly systemTokens?: number
  /** The part of the input that tool definitions are, an estimate. */
  readonly toolTokens?: number

  /** Absent exactly when `costStatus` is `unpriced`. */
  readonly costNanoUsd?: number
  readonly costStatus: AttemptCostStatus
  readonly costSource?: CostSource
  /** Which edition of the prices it was computed with. */
  readonly priceVersion?: string
  /** What a cache has spared. */
  readonly savedNanoUsd?: number
  /** Name of the baseline model that the answer was priced at as well. */
  readonly baseline?: string
  /** What the same tokens would have cost there; on the row that answered, where both prices are known. */
  readonly baselineNanoUsd?: number

  /** Of the attempt, ms. */
  readonly latencyMs: number
  readonly timeToFirstChunkMs?: number
  readonly queuedMs?: number
  readonly retryDelayMs?: number
  /** Of the whole call, ms; on its call row only. */
  readonly callLatencyMs?: number
  /** Streamed: from the call's begin to its first content; on its call row only. */
  readonly callTimeToFirstTokenMs?: number
}
