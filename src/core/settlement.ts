import type { AttemptRecord } from './attempt-record.ts'
import type { CallOutcome } from './call-outcome.ts'
import type { Caller } from './caller.ts'
import type { ErrorType } from './failure-kind.ts'
import type { InputEstimate } from './input-estimate.ts'
import type { LlmError } from './llm-error.ts'
import type { CostTotal } from './money.ts'
import type { Plan } from './plan.ts'
import type { Operation, Skip } from './target.ts'

export type { CallOutcome } from './call-outcome.ts'

/** Tokens of all attempts of a call. Absent where no attempt told any. */
export interface UsageTotal {
  readonly inputTokens: number | undefined
  readonly outputTokens: number | undefined
}

/**
 * What happened in a call and what it cost: made once, by `settle`. Spans, metrics, headers, the log line and the
 * report are views of it.
 */
export interface Settlement {
  readonly callId: string
  /** Of the call's span; undefined while no SDK is registered. */
  readonly traceId: string | undefined
  readonly spanId: string | undefined
  readonly operation: Operation
  readonly plan: Plan | undefined
  readonly caller: Caller | undefined
  /** The Express route (`/ask/:id`), never ours; undefined outside a request or on Connect. */
  readonly route: string | undefined
  readonly requestedModel: string | undefined
  readonly outcome: CallOutcome
  readonly error: LlmError | undefined
  readonly errorType: ErrorType | undefined
  readonly records: readonly AttemptRecord[]
  readonly skipped: readonly Skip[]
  /** The attempt that answered. */
  readonly final: AttemptRecord | undefined
  readonly attemptCount: number
  readonly retryCount: number
  /** Targets that were asked because another had failed; what was asked beside one that was slow is a hedge. */
  readonly fallbackDepth: number
  readonly hedgeCount: number
  readonly usage: UsageTotal
  /** Of one request of the call; undefined where it was refused before it was planned. */
  readonly inputEstimate: InputEstimate | undefined
  readonly cost: CostTotal
  /** The part of the cost that bought nothing: attempts whose answer was not used. */
  readonly wasted: CostTotal
  readonly startedAtMs: number
  readonly latencyMs: number
  /** Streamed: from the call's begin to the commit point, ms; undefined when nothing reached the caller. */
  readonly timeToFirstTokenMs: number | undefined
  readonly isStreamed: boolean
  /** The router's own call, which answers nobody: a probe. */
  readonly isOverhead: boolean
  readonly retryWaitMs: number
  readonly metadata: Readonly<Record<string, string>> | undefined
}
