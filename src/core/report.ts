import type { AttemptOutcome, AttemptReason } from './attempt-record.ts'
import type { ErrorType, FailureKind } from './failure-kind.ts'
import type { AttemptCostStatus, CostSource, CostStatus } from './money.ts'
import type { CallOutcome } from './call-outcome.ts'
import type { Operation, Skip } from './target.ts'
import type { Usage } from './usage.ts'

/** One attempt, as the app sees it. */
export interface AttemptReport {
  readonly number: number
  readonly reason: AttemptReason
  /** `instance/model` */
  readonly target: string
  readonly outcome: AttemptOutcome
  readonly kind?: FailureKind
  readonly status?: number
  readonly message?: string
  readonly latencyMs: number
  readonly retryDelayMs: number
  /** How long it waited for room at its target, ms; absent when it did not. */
  readonly queuedMs?: number
  readonly usage?: Usage
  /** USD; absent when unpriced. */
  readonly costUsd?: number
  readonly costStatus: AttemptCostStatus
  readonly costSource?: CostSource
  /** Which edition of the prices it was computed with. */
  readonly priceVersion?: string
  readonly upstreamRequestId?: string
  /** Streamed: from the sending of the request to the first chunk, ms. */
  readonly timeToFirstChunkMs?: number
  /** Streamed: parts that could not be parsed and were left out; absent when there were none. */
  readonly malformedParts?: number
}

/** How a call went: which target answered and why, every attempt, what was skipped, tokens, cost, latency. */
export interface CallReport {
  readonly callId: string
  readonly operation: Operation
  readonly outcome: CallOutcome
  readonly errorType?: ErrorType
  /** The target that answered; absent when none did. */
  readonly target?: string
  readonly tier?: string
  readonly task?: string
  /** What the call asked for, as given. */
  readonly requestedModel?: string
  /** The decision in a sentence. */
  readonly why?: string
  readonly attempts: readonly AttemptReport[]
  readonly skipped: readonly Skip[]
  /** Sampling hints that the answering target does not take and that were left out. */
  readonly droppedParams: readonly string[]
  readonly inputTokens?: number
  readonly outputTokens?: number
  /** USD over all attempts; absent when nothing is known. */
  readonly costUsd?: number
  readonly costStatus: CostStatus
  /** USD of attempts whose answer was not used. */
  readonly wastedUsd?: number
  readonly latencyMs: number
  /** Streamed: from the call's begin to its first content, ms; absent when none came. */
  readonly timeToFirstTokenMs?: number
  readonly retryWaitMs: number
  readonly user?: string
  readonly tenant?: string
  readonly feature?: string
  /** The Express route that the call was made in. */
  readonly route?: string
  readonly traceId?: string
}

/** Running total of one HTTP request, or of a router. */
export interface CallSummary {
  readonly calls: number
  readonly attempts: number
  readonly inputTokens: number
  readonly outputTokens: number
  /** USD; absent when no call's cost is known. */
  readonly costUsd?: number
  readonly costStatus: CostStatus
  /** USD of attempts whose answer was not used; absent when none of it is known. */
  readonly wastedUsd?: number
  /** USD of the router's own requests (probes); they are none of its calls. Absent when there were none. */
  readonly overheadUsd?: number
}
