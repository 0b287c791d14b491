/**
 * A hedge: when an attempt takes longer than it should, the next target of the plan is asked as well. The first good
 * answer is the call's, and the other attempt is ended.
 */
import type { Clock } from '../core/clock.ts'
import type { Skip } from '../core/target.ts'
import { startTimer } from '../core/timer.ts'
import type { LimitPermit } from '../resilience/limits.ts'
import { leaveFor, noteSkip, type Chain } from './admission.ts'
import type { AdmittedStep, Leave } from './attempt-step.ts'
import { createRace, type Race } from './contender.ts'
import { goTo, stepAt, type Cursor } from './cursor.ts'

export interface HedgedRun<T> extends Chain {
  readonly cursor: Cursor
  /** The attempt that is due. */
  readonly step: AdmittedStep
  /** How long it may take before another one is begun, ms. */
  readonly delayMs: number
  readonly attempt: (step: AdmittedStep) => Promise<T>
}

/** How an attempt, or two of them, ended. */
type Ended<T> = { readonly value: T } | { readonly error: unknown }

type Second<T> = Ended<T> & { readonly place: LimitPermit }

/**
 * Runs an attempt, and another one beside it when it is late. Both have ended, and their records are kept, before this
 * returns or throws.
 *
 * @throws what the attempt has thrown that failed last; the cursor stands at its target then
 */
export async function runHedged<T>(run: HedgedRun<T>): Promise<T> {
  const { step, attempt, delayMs, ending } = run
  const race = createRace(ending.signal)
  let second: Promise<Second<T> | undefined> | undefined
  const inTime = whenLate(run.call.state.config.clock, delayMs, () => {
    second = beginSecond(run, race)
  })
  const first = await ended(attempt({ ...step, ...race.enter() }))
  inTime()
  race.isOver = true
  countOnce(run)
  const other = await second
  if ('value' in first) return first.value
  if (other === undefined) throw first.error
  if ('value' in other) return other.value
  if (run.call.records.at(-1)?.reason !== 'hedge') throw first.error
  // The hedge is what failed last, so the call stands where it was asked.
  goTo(run.cursor, { plan: run.plan, index: run.cursor.reached, attemptCount: run.call.attemptsBegun })
  run.cursor.attemptsOnTarget = 1
  run.cursor.place = other.place
  throw other.error
}

/**
 * Each call counts once, when it is known whether it is late: were it when it begins, what a burst of calls adds would be
 * lost above what can be saved up.
 */
function countOnce<T>({ call, cursor }: HedgedRun<T>): void {
  if (!cursor.isCounted) call.state.hedges.count()
  cursor.isCounted = true
}

/** @returns how to say that it is not late */
function whenLate(clock: Clock, delayMs: number, onLate: () => void): () => void {
  let lastLook: NodeJS.Immediate | undefined
  const stop = startTimer(clock, delayMs, () => {
    // Where the app has kept the event loop busy, the answer may be here unread: sockets have their turn first.
    lastLook = setImmediate(onLate)
  })
  return () => {
    stop()
    clearImmediate(lastLook)
  }
}

/** @returns undefined when no other target may be asked now, or there is no need any more */
async function beginSecond<T>(run: HedgedRun<T>, race: Race): Promise<Second<T> | undefined> {
  const { call, plan, cursor, attempt } = run
  const { hedges } = call.state
  countOnce(run)
  if (!hedges.take()) return undefined
  // It rejects only where the call has ended or the router is closed, which the first attempt will tell.
  const asked = await ended(nextWithLeave(run, race))
  const found = 'value' in asked ? asked.value : undefined
  if (found === undefined) {
    hedges.putBack()
    return undefined
  }
  const { index, leave } = found
  cursor.isHedged = true
  cursor.reached = index
  const step = { ...stepAt(plan, index, call.attemptsBegun), reason: 'hedge' } as const
  const end = await ended(attempt({ ...step, ...leave, ...race.enter() }))
  return { ...end, place: leave.place }
}

/** The next target that may be asked at once. Those before it are passed over for the whole call, and told of. */
async function nextWithLeave(
  chain: Chain & { readonly cursor: Cursor },
  race: Race,
): Promise<{ readonly index: number; readonly leave: Leave } | undefined> {
  const { call, plan, cursor, ending } = chain
  const passedOver: Skip[] = []
  const isOver = (): boolean => race.isOver || ending.signal.aborted
  for (let index = cursor.reached + 1; index < plan.steps.length; index++) {
    const target = plan.steps[index]
    if (target === undefined || isOver()) return undefined
    const leave = await leaveFor(chain, target, { isLastResort: false, maxWaitMs: 0, before: undefined })
    if ('why' in leave) {
      passedOver.push({ target: target.id, why: leave.why, detail: leave.detail })
      continue
    }
    if (!isOver()) {
      for (const skip of passedOver) noteSkip(call, skip)
      return { index, leave }
    }
    leave.permit.end({ kind: 'cancelled', wasSent: false, message: 'the call had its answer' })
    leave.place.end({ tokens: 0, isRateLimited: false })
    leave.money.release()
  }
  return undefined
}

async function ended<T>(attempt: Promise<T>): Promise<Ended<T>> {
  try {
    return { value: await attempt }
  } catch (error) {
    return { error }
  }
}
