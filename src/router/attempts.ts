/** The chain: p-retry drives it, the disposition steers it. */
import pRetry from 'p-retry'
import { AttemptError } from '../core/attempt-failure.ts'
import { sleep } from '../core/abort.ts'
import type { Plan } from '../core/plan.ts'
import type { Skip, Target } from '../core/target.ts'
import type { Permit } from '../core/target-health.ts'
import { decide, type Disposition } from '../resilience/disposition.ts'
import type { AdmittedStep, AttemptStep } from './open-attempt.ts'
import type { CallEnding, OpenCall } from './open-call.ts'

/** Where in its plan a call stands. */
interface Cursor {
  index: number
  attemptsOnTarget: number
  step: AttemptStep
  /** Has everybody who is left been found unavailable? */
  isAtEnd: boolean
}

/** What the chain runs for, along which plan, and until when. */
export interface Chain {
  readonly call: OpenCall
  readonly plan: Plan
  readonly ending: CallEnding
}

/**
 * Asks the plan's targets until one answers.
 *
 * @throws AttemptError of the last attempt, or the signal's reason (an LlmError)
 */
export async function runAttempts<T>(
  { call, plan, ending }: Chain,
  attempt: (step: AdmittedStep) => Promise<T>,
): Promise<T> {
  const [first] = plan.steps
  if (first === undefined) throw new TypeError('a plan without steps has no attempts')
  const cursor: Cursor = {
    index: 0,
    attemptsOnTarget: 0,
    step: { target: first, reason: 'initial', retryDelayMs: 0, hasAlternative: hasAlternative(plan, 0, 0) },
    isAtEnd: false,
  }
  return await pRetry(
    async () => {
      const permit = admit({ call, plan }, cursor)
      cursor.attemptsOnTarget += 1
      return await attempt({ ...cursor.step, permit })
    },
    {
      retries: plan.maxAttempts - 1,
      // All waiting is in `shouldRetry`, where it can be aborted and where the disposition decides about it.
      minTimeout: 0,
      signal: ending.signal,
      shouldRetry: ({ error }) => advance({ call, plan, ending, cursor, error }),
    },
  )
}

interface Advance extends Chain {
  readonly cursor: Cursor
  readonly error: unknown
}

/** Moves the cursor to the next attempt and waits for it; false when there is none. */
async function advance({ call, plan, ending, cursor, error }: Advance): Promise<boolean> {
  if (ending.signal.aborted || !(error instanceof AttemptError) || cursor.isAtEnd) return false
  const { config } = call.state
  const disposition = decide({
    failure: error.failure,
    steps: plan.steps,
    index: cursor.index,
    tooSmall: tooSmallOf(call),
    attemptsOnTarget: cursor.attemptsOnTarget,
    attemptCount: call.records.length,
    maxAttempts: plan.maxAttempts,
    waitedMs: call.retryWaitMs,
    remainingMs: ending.remainingMs(),
    policy: config.retry,
    random: config.random,
  })
  if (disposition.action !== 'retry') notePassedOver(call, disposition.passedOver)
  if (disposition.action === 'give-up') return false
  const from = cursor.step.target
  moveTo(cursor, { plan, attemptCount: call.records.length }, disposition)
  call.telemetry?.moved({
    kind: disposition.action === 'retry' ? 'retry' : 'fallback',
    from: from.id,
    to: cursor.step.target.id,
    failure: error.failure,
    delayMs: cursor.step.retryDelayMs,
  })
  if (disposition.action === 'retry') await wait(call, disposition.delayMs, ending.signal)
  return true
}

/**
 * Leave to ask the cursor's target, or the next that may be asked: health changes while a call is under way. Where a call
 * has asked nobody yet, the target that would be back first is asked whatever its state.
 *
 * @throws AttemptError of the last attempt when nobody is left
 */
function admit({ call, plan }: Pick<Chain, 'call' | 'plan'>, cursor: Cursor): Permit {
  const { health } = call.state
  const refused: { readonly index: number; readonly availableInMs: number }[] = []
  for (let index = cursor.index; index < plan.steps.length; index++) {
    if (index !== cursor.index) goTo(cursor, { plan, index, attemptCount: call.records.length })
    const answer = health.admit(cursor.step.target, plan.isLastResort)
    if (!('why' in answer)) return answer
    refused.push({ index, availableInMs: answer.availableInMs })
    noteSkip(call, { target: cursor.step.target.id, why: answer.why, detail: answer.detail })
  }
  const last = call.records.at(-1)?.failure
  if (last !== undefined) {
    cursor.isAtEnd = true
    throw new AttemptError(last)
  }
  const [soonest] = refused.toSorted((one, other) => one.availableInMs - other.availableInMs)
  if (soonest === undefined) throw new TypeError('a plan without steps has no attempts')
  goTo(cursor, { plan, index: soonest.index, attemptCount: 0 })
  const forced = health.admit(cursor.step.target, true)
  if ('why' in forced) throw new TypeError('a last resort is always admitted')
  return forced
}

function noteSkip(call: OpenCall, skip: Skip): void {
  call.skipped.push(skip)
  call.telemetry?.skipped(skip)
}

interface Destination {
  readonly plan: Plan
  readonly index: number
  readonly attemptCount: number
}

/** Another target's turn. */
function goTo(cursor: Cursor, { plan, index, attemptCount }: Destination): void {
  const target = plan.steps[index]
  if (target === undefined) throw new TypeError('the disposition named a step that the plan does not have')
  cursor.index = index
  cursor.attemptsOnTarget = 0
  cursor.step = {
    target,
    reason: attemptCount === 0 ? 'initial' : 'fallback',
    retryDelayMs: 0,
    hasAlternative: hasAlternative(plan, index, attemptCount),
  }
}

function tooSmallOf({ records }: OpenCall): Target[] {
  return records.filter(({ failure }) => failure?.kind === 'context-window').map(({ target }) => target)
}

function moveTo(
  cursor: Cursor,
  { plan, attemptCount }: { plan: Plan; attemptCount: number },
  disposition: Exclude<Disposition, { action: 'give-up' }>,
): void {
  if (disposition.action === 'retry') {
    cursor.step = {
      target: cursor.step.target,
      reason: 'retry',
      retryDelayMs: disposition.delayMs,
      hasAlternative: hasAlternative(plan, cursor.index, attemptCount),
    }
    return
  }
  goTo(cursor, { plan, index: disposition.index, attemptCount })
}

/** Is there a further target, and may the call still ask it after the attempt that comes now? */
function hasAlternative(plan: Plan, index: number, attemptCount: number): boolean {
  return index + 1 < plan.steps.length && attemptCount + 1 < plan.maxAttempts
}

function notePassedOver(call: OpenCall, targets: readonly Target[]): void {
  for (const { id } of targets) {
    noteSkip(call, { target: id, why: 'context-window', detail: 'its context window is no larger' })
  }
}

async function wait(call: OpenCall, delayMs: number, signal: AbortSignal): Promise<void> {
  const { clock } = call.state.config
  const startedMs = clock.monotonic()
  try {
    await sleep(delayMs, signal)
  } finally {
    call.retryWaitMs += clock.monotonic() - startedMs
  }
}
