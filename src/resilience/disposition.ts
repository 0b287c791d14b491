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
  /** Targets that have found the prompt too long in this call, the failed one included. */
  readonly tooSmall: readonly Target[]
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
  /** May this target be asked again, as far as all calls together are concerned? */
  readonly hasQuota: boolean
  /** How long this target is left alone from now, ms; 0 where it may be asked. */
  readonly restMs: number
  readonly random: Random
}

export type Disposition =
  /** The same target again, after a wait; `isQueued`: the wait is in its queue. */
  | { readonly action: 'retry'; readonly delayMs: number; readonly isQueued: boolean }
  /** Another target, at once. `passedOver` are targets whose context window is no larger. */
  | { readonly action: 'next'; readonly index: number; readonly passedOver: readonly Target[] }
  | { readonly action: 'give-up'; readonly passedOver: readonly Target[] }

export function decide(input: DispositionInput): Disposition {
  const rule = FAILURE_RULES[input.failure.kind]
  const isOver = rule.then === 'give-up' || rule.then === 'nothing'
  if (isOver || input.attemptCount >= input.maxAttempts) return { action: 'give-up', passedOver: [] }
  const mayRepeat = rule.then === 'wait-or-next' || rule.then === 'retry-once'
  return (mayRepeat ? retry(input) : undefined) ?? next(input)
}

/** The same target again, where that is allowed and worth the wait. */
function retry(input: DispositionInput): Disposition | undefined {
  if (input.attemptsOnTarget > input.policy.retriesPerTarget) return undefined
  // Its queue is closed for that long: who has the time waits there, in order.
  if (isQueued(input)) return { action: 'retry', delayMs: 0, isQueued: true }
  const delayMs = input.hasQuota ? retryDelay(input) : undefined
  return delayMs === undefined ? undefined : { action: 'retry', delayMs, isQueued: false }
}

function isQueued({ failure, steps, index }: DispositionInput): boolean {
  if (failure.kind !== 'rate-limited' || steps[index]?.limits.length === 0) return false
  return failure.retryAfterMs !== undefined && failure.retryAfterMs > 0
}

/** How long to wait for the same target; undefined when it is not worth it. */
function retryDelay(input: DispositionInput): number | undefined {
  const { failure, policy, attemptsOnTarget } = input
  if (failure.retryAfterMs !== undefined && failure.retryAfterMs > policy.patienceMs) return undefined
  const backoffMs = fullJitter(attemptsOnTarget, policy, input.random)
  if (failure.retryAfterMs === undefined && backoffMs > policy.patienceMs) return undefined
  // What the provider asked for is a floor; the jitter comes on top, so that those it told the same do not return at once.
  const delayMs = (failure.retryAfterMs ?? 0) + backoffMs
  const isTooLong = input.waitedMs + delayMs > policy.retryWaitMaxMs || delayMs >= input.remainingMs
  // Or it would be found left alone after the wait: this failure, or another call's, has opened its breaker.
  return isTooLong || input.restMs > delayMs ? undefined : delayMs
}

function next({ steps, index: failed, tooSmall }: DispositionInput): Disposition {
  const passedOver: Target[] = []
  for (let index = failed + 1; index < steps.length; index++) {
    const candidate = steps[index]
    if (candidate === undefined) break
    if (tooSmall.every((target) => mayReadMore(candidate, target)))
      return { action: 'next', index, passedOver }
    passedOver.push(candidate)
  }
  return { action: 'give-up', passedOver }
}

/** An unknown window is tried: a refusal for length costs nothing, a dead end costs the answer. */
function mayReadMore(
  { contextWindowTokens: window }: Target,
  { contextWindowTokens: tooSmall }: Target,
): boolean {
  return window === undefined || tooSmall === undefined || window > tooSmall
}
