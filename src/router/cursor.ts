/** Where in its plan a call stands, and how it gets on. */
import type { Plan } from '../core/plan.ts'
import type { Disposition } from '../resilience/disposition.ts'
import type { LimitPermit } from '../resilience/limits.ts'
import type { AttemptStep } from './attempt-step.ts'

export interface Cursor {
  index: number
  /** The furthest target of the plan that has been asked: what comes next is behind it. */
  reached: number
  attemptsOnTarget: number
  /** The place that the call has had at this target. */
  place: LimitPermit | undefined
  step: AttemptStep
  /** Has everybody who is left been found unavailable? */
  isAtEnd: boolean
  /** Has the call had its hedge? */
  isHedged: boolean
  /** Is it counted among those that may have one? */
  isCounted: boolean
}

/** At the plan's first target. */
export function startOf(plan: Plan): Cursor {
  return {
    index: 0,
    reached: 0,
    attemptsOnTarget: 0,
    place: undefined,
    isAtEnd: false,
    isHedged: false,
    isCounted: false,
    step: stepAt(plan, 0, 0),
  }
}

interface Destination {
  readonly plan: Plan
  readonly index: number
  /** Attempts that the call has made so far. */
  readonly attemptCount: number
}

/** Another target's turn. */
export function goTo(cursor: Cursor, { plan, index, attemptCount }: Destination): void {
  cursor.index = index
  cursor.reached = Math.max(cursor.reached, index)
  cursor.attemptsOnTarget = 0
  cursor.place = undefined
  cursor.step = stepAt(plan, index, attemptCount)
}

/** What the disposition says: the same target once more, or another. */
export function moveTo(
  cursor: Cursor,
  { plan, attemptCount }: Omit<Destination, 'index'>,
  disposition: Exclude<Disposition, { action: 'give-up' }>,
): void {
  if (disposition.action === 'next') {
    goTo(cursor, { plan, index: disposition.index, attemptCount })
    return
  }
  cursor.step = {
    target: cursor.step.target,
    reason: 'retry',
    retryDelayMs: disposition.delayMs,
    hasAlternative: hasAlternative(plan, cursor.reached, attemptCount),
  }
}

export function stepAt(plan: Plan, index: number, attemptCount: number): AttemptStep {
  const target = plan.steps[index]
  if (target === undefined) throw new TypeError('the plan has no such step')
  return {
    target,
    reason: attemptCount === 0 ? 'initial' : 'fallback',
    retryDelayMs: 0,
    hasAlternative: hasAlternative(plan, index, attemptCount),
  }
}

/** Is there a further target, and may the call still ask it after the attempt that comes now? */
function hasAlternative(plan: Plan, index: number, attemptCount: number): boolean {
  return index + 1 < plan.steps.length && attemptCount + 1 < plan.maxAttempts
}
