/** The chain: p-retry drives it, the disposition steers it. */
import pRetry from 'p-retry'
import { AttemptError } from '../core/attempt-failure.ts'
import { sleep } from '../core/abort.ts'
import type { Target } from '../core/target.ts'
import { decide } from '../resilience/disposition.ts'
import { admit, noteSkip, type Chain } from './admission.ts'
import { type Cursor, moveTo, startOf } from './cursor.ts'
import type { AdmittedStep } from './attempt-step.ts'
import { runHedged } from './hedge.ts'
import { hedgeDelayMs, mayHedge } from './hedge-rule.ts'
import type { OpenCall } from './open-call.ts'

/**
 * Asks the plan's targets until one answers.
 *
 * @throws AttemptError of the last attempt, or the signal's reason (an LlmError)
 */
export async function runAttempts<T>(chain: Chain, attempt: (step: AdmittedStep) => Promise<T>): Promise<T> {
  const cursor = startOf(chain.plan)
  const isHedgeable = mayHedge(chain)
  return await pRetry(
    async () => {
      const leave = await admit(chain, cursor)
      cursor.attemptsOnTarget += 1
      cursor.place = leave.place
      const step = { ...cursor.step, ...leave, signal: chain.ending.signal }
      const delayMs = isHedgeable ? hedgeDelayMs(chain, cursor) : undefined
      if (delayMs === undefined) return await attempt(step)
      return await runHedged({ ...chain, cursor, step, delayMs, attempt })
    },
    {
      retries: chain.plan.maxAttempts - 1,
      // All waiting is in `shouldRetry`, where it can be aborted and where the disposition decides about it.
      minTimeout: 0,
      signal: chain.ending.signal,
      shouldRetry: ({ error }) => advance({ ...chain, cursor, error }),
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
  const { config, health, quota } = call.state
  const from = cursor.step.target
  const disposition = decide({
    failure: error.failure,
    steps: plan.steps,
    index: cursor.reached,
    tooSmall: tooSmallOf(call),
    attemptsOnTarget: cursor.attemptsOnTarget,
    attemptCount: call.attemptsBegun,
    maxAttempts: plan.maxAttempts,
    waitedMs: call.retryWaitMs,
    remainingMs: ending.remainingMs(),
    policy: config.retry,
    hasQuota: quota.has(from),
    restMs: plan.isLastResort ? 0 : (health.unavailable(from)?.availableInMs ?? 0),
    random: config.random,
  })
  if (disposition.action !== 'retry') notePassedOver(call, disposition.passedOver)
  if (disposition.action === 'give-up') return false
  moveTo(cursor, { plan, attemptCount: call.attemptsBegun }, disposition)
  call.telemetry?.moved({
    kind: disposition.action === 'retry' ? 'retry' : 'fallback',
    from: from.id,
    to: cursor.step.target.id,
    failure: error.failure,
    delayMs: cursor.step.retryDelayMs,
  })
  if (disposition.action === 'retry' && !disposition.isQueued) {
    quota.take(from)
    await wait(call, disposition.delayMs, ending.signal)
  }
  return true
}

function tooSmallOf({ records }: OpenCall): Target[] {
  return records.filter(({ failure }) => failure?.kind === 'context-window').map(({ target }) => target)
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
    await sleep(clock, delayMs, signal)
  } finally {
    call.retryWaitMs += clock.monotonic() - startedMs
  }
}
