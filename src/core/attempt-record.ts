import type { AttemptFailure } from './attempt-failure.ts'
import type { Cost } from './money.ts'
import type { Target } from './target.ts'
import type { Usage } from './usage.ts'

/** Why an attempt was made. */
export type AttemptReason = 'initial' | 'retry' | 'fallback' | 'hedge'

/** `hedge_lost`: another attempt, which ran at the same time, had a good answer first. */
export type AttemptOutcome = 'success' | 'failed' | 'rejected' | 'cancelled' | 'hedge_lost'

/**
 * The facts of one attempt. Appended to its call's list before the attempt returns or throws, so that nothing is lost
 * when a late success is dropped. Everything that is shown or charged later is computed from these records.
 */
export interface AttemptRecord {
  /** 1 for the first attempt of a call. */
  readonly number: number
  readonly reason: AttemptReason
  readonly target: Target
  readonly outcome: AttemptOutcome
  /** Set exactly when the outcome is not `success`. */
  readonly failure: AttemptFailure | undefined
  /** Wall clock, ms since the epoch. */
  readonly startedAtMs: number
  readonly latencyMs: number
  /** How long the call waited before this attempt, ms. */
  readonly retryDelayMs: number
  /** How long the attempt waited for room at its target, ms. */
  readonly queuedMs: number
  /** Real or estimated tokens; absent when nothing was (or can be) counted. */
  readonly usage: Usage | undefined
  readonly cost: Cost
  readonly responseId: string | undefined
  readonly responseModel: string | undefined
  readonly finishReasons: readonly string[] | undefined
  readonly upstreamRequestId: string | undefined
  readonly droppedParams: readonly string[]
  /** Of the attempt's span; undefined where nobody records it. */
  readonly spanId: string | undefined
  /** Set when the attempt was streamed. */
  readonly stream: StreamFacts | undefined
}

/** What a stream adds to the facts of its attempt. */
export interface StreamFacts {
  /** From the sending of the request to the first chunk, ms; undefined when none came. */
  readonly timeToFirstChunkMs: number | undefined
  /** From the sending of the request to the last chunk that came, ms: what came after it (a stall, a wait) is not in it. */
  readonly timeToLastChunkMs: number | undefined
  /** Chunks that came, those without content included. */
  readonly chunkCount: number
  /** Parts that could not be parsed and were left out. */
  readonly malformedCount: number
}
