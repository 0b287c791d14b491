/** Before each attempt: may this target be asked now, and is there room? Else the next one's turn. */
import { NO_MONEY, type AttemptMoney, type BudgetRefusal } from '../budgets/attempt-money.ts'
import { AttemptError } from '../core/attempt-failure.ts'
import type { LlmError } from '../core/llm-error.ts'
import type { Plan } from '../core/plan.ts'
import type { Skip, Target } from '../core/target.ts'
import type { Unavailable } from '../core/target-health.ts'
import { expectedOutputTokens } from '../pricing/expected-cost.ts'
import type { LimitPermit, LimitRefusal } from '../resilience/limits.ts'
import type { Leave } from './attempt-step.ts'
import { budgetExceeded } from './budget-error.ts'
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

type Refused = Unavailable | LimitRefusal | BudgetRefusal
type Refusal = Refused & { readonly index: number }

/**
 * Leave to ask the cursor's target, or the next one that may be asked and has room. Where a call has asked nobody yet and
 * all are left alone for their failures, the one that would be back first is asked all the same; a limit is kept always.
 *
 * @throws AttemptError of the last attempt when nobody is left; LlmError `no_candidate` when there was none and none has
 *   room, `budget_exceeded` when there is no money for any; the signal's reason
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
  if (refusals.some(isLimit)) throw noRoom(call.skipped, soonestOf(refusals)?.availableInMs)
  const soonest = soonestOf(refusals.filter((refusal) => refusal.why !== 'budget'))
  if (soonest === undefined) throw refusedFor(call, refusals)
  goTo(cursor, { plan, index: soonest.index, attemptCount: 0 })
  const leave = await leaveFor(chain, cursor.step.target, waitingFor(chain, cursor, true))
  if (!('why' in leave)) return leave
  throw leave.why === 'budget' ? refusedFor(call, [leave]) : noRoom(call.skipped, leave.availableInMs)
}

/** Nobody is left but those that there is no money for. */
function refusedFor(call: OpenCall, refusals: readonly Refused[]): LlmError {
  const refusal = soonestOf(refusals.filter((each) => each.why === 'budget'))
  if (refusal === undefined) return noRoom(call.skipped, undefined)
  call.budgets?.rejected(refusal)
  return budgetExceeded(refusal)
}

function soonestOf<T extends { readonly availableInMs: number | undefined }>(
  refusals: readonly T[],
): T | undefined {
  const waitOf = ({ availableInMs = Number.POSITIVE_INFINITY }: T): number => availableInMs
  return refusals.toSorted((one, other) => waitOf(one) - waitOf(other))[0]
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

/** Leave to ask one target: it may be asked, there is money for it, and room. */
export async function leaveFor(chain: Chain, target: Target, wanted: LeaveWanted): Promise<Leave | Refused> {
  const { call } = chain
  const unavailable = wanted.isLastResort ? undefined : call.state.health.unavailable(target)
  if (unavailable !== undefined) return unavailable
  call.intent?.at(target)
  const answer = moneyFor(chain, target, wanted.maxWaitMs)
  const money = answer instanceof Promise ? await answer : answer
  if ('why' in money) return money
  let leave: Omit<Leave, 'money'> | Unavailable | LimitRefusal
  try {
    leave = await roomFor(chain, target, wanted)
  } catch (thrown) {
    money.release()
    throw thrown
  }
  if (!('why' in leave)) return { ...leave, money }
  money.release()
  return leave
}

function moneyFor(
  { call, plan, ending }: Chain,
  target: Target,
  maxWaitMs: number,
): AttemptMoney | BudgetRefusal | Promise<AttemptMoney | BudgetRefusal> {
  const { budgets, operation, params, route } = call
  if (budgets === undefined) return NO_MONEY
  return budgets.reserve({
    target,
    tier: plan.tier,
    work: { operation, params, inputTokens: plan.inputTokensEstimate, kind: plan.task ?? route },
    remainingMs: ending.remainingMs(),
    maxWaitMs,
    signal: ending.signal,
  })
}

async function roomFor(
  { call, plan, ending }: Chain,
  target: Target,
  { isLastResort, maxWaitMs, before }: LeaveWanted,
): Promise<Omit<Leave, 'money'> | Unavailable | LimitRefusal> {
  const { health, limits, config } = call.state
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
