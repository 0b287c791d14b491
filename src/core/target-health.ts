import type { AttemptFailure } from './attempt-failure.ts'
import type { Target } from './target.ts'

/** Who said that a target is to be left alone, and so how sure that is. */
export type CooldownCause =
  /** The provider itself, with a Retry-After. */
  | 'retry-after'
  /** No credit left (402). */
  | 'quota'
  /** The key was refused (401, 403). */
  | 'auth'
  /** The model or the path does not exist (404). */
  | 'not-found'

/** `closed`: asked as usual · `open`: left alone · `half-open`: one probe at a time · `recovering`: more with each success. */
export type CircuitState = 'closed' | 'open' | 'half-open' | 'recovering'

/** Why a target is not asked now. */
export interface Unavailable {
  readonly why: 'breaker-open' | 'cooldown'
  readonly detail: string
  /** When it may be asked again at the earliest, ms from now. */
  readonly availableInMs: number
}

/** Leave to send one attempt. Must be ended exactly once. */
export interface Permit {
  /** The provider has begun to answer: for a stream, whose end may be minutes away. */
  begun(): void
  /** How the attempt ended; a caller's abort says nothing about the target. */
  end(failure: AttemptFailure | undefined): void
}

/** One target, as `router.health()` shows it. */
export interface TargetHealthReport {
  /** `instance/model` */
  readonly target: string
  readonly state: CircuitState
  /** Failed share of the attempts that the window holds, 0 to 1; absent when it holds none. */
  readonly failureRate?: number
  /** Attempts under way. */
  readonly inFlight: number
  /** Set while it is left alone for a reason that somebody gave. */
  readonly cooldown?: { readonly cause: CooldownCause; readonly endsInMs: number }
  /** Set while it is not asked at all, ms from now. */
  readonly availableInMs?: number
}

/** A target's state changed. */
export interface HealthChange {
  /** `instance/model` */
  readonly target: string
  readonly from: CircuitState
  readonly to: CircuitState
  /** What made it so: a kind of failure, `probe` (one attempt finds out), or `answered`. */
  readonly cause: string
}

/**
 * Whether a target may be asked now. The router looks before it plans, asks for leave before each attempt, and tells how
 * the attempt ended.
 */
export interface TargetHealth {
  /** Pure to the eye: looking changes nothing. */
  unavailable(target: Target): Unavailable | undefined
  /**
   * Before `admit`, where several processes share what they know: would the attempt be a probe, then one of all processes
   * may send it. When this has resolved, `admit` knows. Never rejects. Undefined where there is nothing to ask.
   */
  claim(target: Target): Promise<void> | undefined
  /**
   * @param isLastResort nobody else is left: leave is given whatever the state
   */
  admit(target: Target, isLastResort: boolean): Permit | Unavailable
  /** Every target that has been asked so far. */
  report(): readonly TargetHealthReport[]
}
