/** Before each attempt: may this target be asked now, and is there room? Else the next one's turn. */
import { AttemptError } from '../core/attempt-failure.ts'
import type { Plan } from '../core/plan.ts'
import type { Skip, Target } from '../core/target.ts'
import type { Unavailable } from '../core/target-health.ts'
import { expectedOutputTokens } from '../pricing/expected-cost.ts'
import type { LimitPermit, LimitRefusal } from '../resilience/limits.ts'
import type { Leave } from './attempt-step.ts'
import { noRoom } from './call-error.ts'
import { goTo, type Cursor } from './cursor.ts'
import type { CallEnding, OpenCall } from './open-call.ts'
import { refuseWhenTooManyWait } from './shed.ts'

/** What the chain runs for, along which plan, and until when. */
export interface Chain {
  readonly call: OpenCall
  readonly plan: Plan
  readonly ending: CallEnding
}

type Refusal = (Unavailable | LimitRefusal) & { readonly index: number }

/**
 * Leave to ask the cursor's target, or the next one that may be asked and has room. Where a call has asked nobody yet and
 * all are left alone for their failures, the one that would be back first is asked all the same; a limit is kept always.
 *
 * @throws AttemptError of the last attempt when nobody is left; LlmError `no_candidate` when there was none and none has
 *   room; the signal's reason
 */
export async function admit(chain: Chain, cursor: Cursor): Promise<Leave> {
  const { call, plan } = chain
  const refusals: Refusal[] = []
  for (let { index } = cursor; index < plan.steps.length; index = cursor.reached + 1) {
    if (index !== cursor.index) goTo(cursor, { plan, index, attemptCount: call.attemptsBegun })
    const answer = await leaveFor(chain, cursor.step.target, waitingFor(chain, cursor, plan.isLastResort))
    if (!('why' in answer)) return answer
    refusals.push({ ...answer, index })
    noteSkip(call, { target: cursor.step.target.id, why: answer.why, detail: answer.detail })
    if (call.records.length === 0 && answer.why === 'queue-full' && answer.isTooMany)
      refuseWhenTooManyWait(call, answer.detail, answer.availableInMs)
  }
  const last = call.records.at(-1)?.failure
  if (last !== undefined) {
    cursor.isAtEnd = true
    throw new AttemptError(last)
  }
  return await lastResort(chain, cursor, refusals)
}

export function noteSkip(call: OpenCall, skip: Skip): void {
  call.skipped.push(skip)
  call.telemetry?.skipped(skip)
}

async function lastResort(chain: Chain, cursor: Cursor, refusals: readonly Refusal[]): Promise<Leave> {
  const { call, plan } = chain
  const [soonest] = refusals.toSorted((one, other) => one.availableInMs - other.availableInMs)
  if (soonest === undefined || refusals.some(isLimit)) throw noRoom(call.skipped, soonest?.availableInMs)
  goTo(cursor, { plan, index: soonest.index, attemptCount: 0 })
  const leave = await leaveFor(chain, cursor.step.target, waitingFor(chain, cursor, true))
  if ('why' in leave) throw noRoom(call.skipped, leave.availableInMs)
  return leave
}

function isLimit({ why }: Refusal): boolean {
  return why === 'queue-full' || why === 'rate-limited'
}

export interface LeaveWanted {
  /** Nobody else is left: its failures do not matter. */
  readonly isLastResort: boolean
  /** For room. */
  readonly maxWaitMs: number
  /** The place that the call has had at this target. */
  readonly before: LimitPermit | undefined
}

function waitingFor({ ending }: Chain, { place }: Cursor, isLastResort: boolean): LeaveWanted {
  return { isLastResort, maxWaitMs: ending.remainingMs(), before: place }
}

/** Leave to ask one target. */
export async function leaveFor(
  { call, plan, ending }: Chain,
  target: Target,
  { isLastResort, maxWaitMs, before }: LeaveWanted,
): Promise<Leave | Unavailable | LimitRefusal> {
  const { health, limits, config } = call.state
  const unavailable = isLastResort ? undefined : health.unavailable(target)
  if (unavailable !== undefined) return unavailable
  call.intent?.at(target)
  const startedMs = config.clock.monotonic()
  const answer = limits.acquire(target, {
    tokens: plan.inputTokensEstimate + expectedOutputTokens(call.operation, call.params),
    priority: call.options.priority ?? 0,
    signal: ending.signal,
    maxWaitMs,
    before,
  })
  const place = answer instanceof Promise ? await answer : answer
  if ('why' in place) return place
  const queuedMs = answer === place ? 0 : config.clock.monotonic() - startedMs
  // Its health may have changed while there was no room.
  const claim = isLastResort ? undefined : health.claim(target)
  if (claim !== undefined) await claim
  const permit = health.admit(target, isLastResort)
  if (!('why' in permit)) return { permit, place, queuedMs }
  place.end({ tokens: 0, isRateLimited: false })
  return permit
}
