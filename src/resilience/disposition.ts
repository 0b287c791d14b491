/**
 * What follows a failed attempt: the failure kind's rule, applied to where the call stands. Pure; chance is a parameter.
 */
import type { AttemptFailure } from '../core/attempt-failure.ts'
import type { Random } from '../core/clock.ts'
import { FAILURE_RULES } from '../core/failure-kind.ts'
import type { Target } from '../core/target.ts'
import { fullJitter, type BackoffPolicy } from './backoff.ts'

export interface RetryPolicy extends BackoffPolicy {
  readonly retriesPerTarget: number
  readonly patienceMs: number
  readonly retryWaitMaxMs: number
}

export interface DispositionInput {
  readonly failure: AttemptFailure
  readonly steps: readonly Target[]
  /** Index in `steps` of the target that just failed. */
  readonly index: number
  /** Attempts that this target has had in this call, the failed one included. */
  readonly attemptsOnTarget: number
  /** Attempts of the whole call so far. */
  readonly attemptCount: number
  readonly maxAttempts: number
  /** What the call has spent waiting so far, ms. */
  readonly waitedMs: number
  /** Time left until the deadline, ms. */
  readonly remainingMs: number
  readonly policy: RetryPolicy
  readonly random: Random
}

export type Disposition =
  /** The same target again, after a wait. */
  | { readonly action: 'retry'; readonly delayMs: number }
  /** Another target, at once. `passedOver` are targets whose context window is no larger. */
  | { readonly action: 'next'; readonly index: number; readonly passedOver: readonly Target[] }
  | { readonly action: 'give-up'; readonly passedOver: readonly Target[] }

export function decide(input: DispositionInput): Disposition {
  const rule = FAILURE_RULES[input.failure.kind]
  if (rule.then === 'give-up' || input.attemptCount >= input.maxAttempts)
    return { action: 'give-up', passedOver: [] }
  const mayRepeat = rule.then === 'wait-or-next' || rule.then === 'retry-once'
  const delayMs = mayRepeat ? retryDelay(input) : undefined
  if (delayMs !== undefined) return { action: 'retry', delayMs }
  return next(input, rule.then === 'next-larger-window')
}

/** How long to wait for the same target; undefined when it is not worth it, or not allowed. */
function retryDelay(input: DispositionInput): number | undefined {
  const { failure, policy, attemptsOnTarget } = input
  if (attemptsOnTarget > policy.retriesPerTarget) return undefined
  if (failure.retryAfterMs !== undefined && failure.retryAfterMs > policy.patienceMs) return undefined
  const backoffMs = fullJitter(attemptsOnTarget, policy, input.random)
  if (failure.retryAfterMs === undefined && backoffMs > policy.patienceMs) return undefined
  // What the provider asked for is a floor; jitter never shortens it.
  const delayMs = Math.max(failure.retryAfterMs ?? 0, backoffMs)
  if (input.waitedMs + delayMs > policy.retryWaitMaxMs || delayMs >= input.remainingMs) return undefined
  return delayMs
}

function next(input: DispositionInput, needsLargerWindow: boolean): Disposition {
  const current = input.steps[input.index]
  const passedOver: Target[] = []
  for (let index = input.index + 1; index < input.steps.length; index++) {
    const candidate = input.steps[index]
    if (candidate === undefined) break
    if (!needsLargerWindow || mayReadMore(candidate, current)) return { action: 'next', index, passedOver }
    passedOver.push(candidate)
  }
  return { action: 'give-up', passedOver }
}

/** An unknown window is tried: a refusal for length costs nothing, a dead end costs the answer. */
function mayReadMore(candidate: Target, current: Target | undefined): boolean {
  const window = candidate.contextWindowTokens
  const tooSmall = current?.contextWindowTokens
  return window === undefined || tooSmall === undefined || window > tooSmall
}
