/**
 * A circuit breaker as a value: what may be asked follows from it, and what an attempt proves makes the next one. Pure;
 * time is a parameter.
 *
 * An attempt's end counts only in the state that has let the attempt in: what began before says nothing of now. So
 * each change of state starts a new generation.
 */
import { EMPTY_WINDOW, recorded, tally, type RollingWindow } from './rolling-window.ts'

export interface BreakerPolicy {
  /** Failures in a row that open it. */
  readonly consecutiveFailures: number
  /** Failed share of the window that opens it, above 0 and at most 1; looked at when an attempt fails. */
  readonly failureRate: number
  /** Attempts that the window must hold for that. */
  readonly minAttempts: number
  readonly windowMs: number
  /** From opening until the probe. */
  readonly openMs: number
}

export type Breaker = Closed | Open | HalfOpen | Recovering

interface Closed extends Generation {
  readonly state: 'closed'
  readonly failuresInRow: number
  readonly window: RollingWindow
}

interface Open extends Generation {
  readonly state: 'open'
  readonly untilMs: number
}

interface HalfOpen extends Generation {
  readonly state: 'half-open'
  /** Probes without a verdict. */
  readonly pending: number
  /** A probe that hangs is not waited for longer than this: then the next one may begin. */
  readonly nextProbeMs: number
}

interface Recovering extends Generation {
  readonly state: 'recovering'
  /** Attempts without a verdict, but for those that were a last resort. */
  readonly pending: number
  /** Attempts that may be without a verdict at a time. */
  readonly allowance: number
}

interface Generation {
  /** How many changes of state there have been. */
  readonly generation: number
}

/** What an attempt took from the breaker that let it in. */
export interface Ticket extends Generation {
  /** Is it one of the breaker's `pending`? */
  readonly isPending: boolean
}

/** What an attempt proves of its target. */
export type Verdict = 'answered' | 'failed' | 'nothing'

export interface Settled {
  readonly ticket: Ticket
  readonly verdict: Verdict
}

export interface Moment {
  readonly nowMs: number
  readonly policy: BreakerPolicy
}

export const NEW_BREAKER: Breaker = {
  state: 'closed',
  generation: 0,
  failuresInRow: 0,
  window: EMPTY_WINDOW,
}

/** The recovery's allowance starts at 1 and doubles with each answer; this many answers close the breaker. */
const DOUBLINGS = 5

/**
 * How long no attempt may begin, ms.
 *
 * @returns 0 when that hangs on attempts under way, which may end at any moment; undefined when one may begin now
 */
export function refusal(breaker: Breaker, nowMs: number): number | undefined {
  switch (breaker.state) {
    case 'closed':
      return undefined
    case 'open':
      return breaker.untilMs > nowMs ? breaker.untilMs - nowMs : undefined
    case 'half-open':
      return breaker.pending === 0 || breaker.nextProbeMs <= nowMs ? undefined : 0
    case 'recovering':
      return breaker.pending < breaker.allowance ? undefined : 0
  }
}

/** An attempt begins that was not refused. */
export function entered(breaker: Breaker, { nowMs, policy }: Moment): Breaker {
  const nextProbeMs = nowMs + policy.openMs
  switch (breaker.state) {
    case 'closed':
      return breaker
    case 'open':
      return { state: 'half-open', generation: breaker.generation + 1, pending: 1, nextProbeMs }
    case 'half-open':
      return { ...breaker, pending: breaker.pending + 1, nextProbeMs }
    case 'recovering':
      return { ...breaker, pending: breaker.pending + 1 }
  }
}

/** It is known what an attempt proves. At most once for each ticket. */
export function settled(breaker: Breaker, { ticket, verdict }: Settled, moment: Moment): Breaker {
  if (ticket.generation !== breaker.generation) return breaker
  const left =
    'pending' in breaker && ticket.isPending ? { ...breaker, pending: breaker.pending - 1 } : breaker
  switch (verdict) {
    case 'answered':
      return answered(left, moment)
    case 'failed':
      return failed(left, moment)
    case 'nothing':
      // A probe that showed nothing makes room for the next, whether an earlier one still hangs or not.
      return left.state === 'half-open' && ticket.isPending ? { ...left, nextProbeMs: moment.nowMs } : left
  }
}

/** Another process has found it failing. */
export function toldOpen(breaker: Breaker, untilMs: number): Breaker {
  switch (breaker.state) {
    case 'closed':
    case 'recovering':
      return { state: 'open', generation: breaker.generation + 1, untilMs }
    case 'open':
      return { ...breaker, untilMs: Math.max(breaker.untilMs, untilMs) }
    case 'half-open':
      // Our own probe will tell.
      return breaker
  }
}

/** Another process has found it answering. */
export function toldAnswered(breaker: Breaker): Breaker {
  return breaker.state === 'open' || breaker.state === 'half-open' ? recovering(breaker) : breaker
}

/** Would an attempt that begins now be a probe? */
export function isProbeDue(breaker: Breaker, nowMs: number): boolean {
  return (breaker.state === 'open' || breaker.state === 'half-open') && refusal(breaker, nowMs) === undefined
}

/** Another process probes it, until then. */
export function probedElsewhere(breaker: Breaker, untilMs: number): Breaker {
  return breaker.state === 'half-open'
    ? { ...breaker, pending: Math.max(1, breaker.pending), nextProbeMs: untilMs }
    : toldOpen(breaker, untilMs)
}

function answered(breaker: Breaker, moment: Moment): Breaker {
  const generation = breaker.generation + 1
  switch (breaker.state) {
    case 'closed':
      return { ...breaker, failuresInRow: 0, window: windowAfter(breaker, false, moment) }
    case 'open':
    case 'half-open':
      return recovering(breaker)
    case 'recovering': {
      const allowance = breaker.allowance * 2
      return allowance < 2 ** DOUBLINGS ? { ...breaker, allowance } : { ...NEW_BREAKER, generation }
    }
  }
}

function failed(breaker: Breaker, moment: Moment): Breaker {
  switch (breaker.state) {
    case 'closed': {
      const failuresInRow = breaker.failuresInRow + 1
      const closed = { ...breaker, failuresInRow, window: windowAfter(breaker, true, moment) }
      return isTooMuch(closed, moment) ? opened(closed, moment) : closed
    }
    case 'open':
      // A last resort that failed proves nothing new, and must not put the probe off.
      return breaker
    case 'half-open':
    case 'recovering':
      return opened(breaker, moment)
  }
}

function recovering({ generation }: Breaker): Breaker {
  return { state: 'recovering', generation: generation + 1, pending: 0, allowance: 1 }
}

function isTooMuch({ failuresInRow, window }: Closed, { nowMs, policy }: Moment): boolean {
  if (failuresInRow >= policy.consecutiveFailures) return true
  const { attempts, failures } = tally(window, { nowMs, windowMs: policy.windowMs })
  return attempts >= policy.minAttempts && failures / attempts >= policy.failureRate
}

function opened({ generation }: Breaker, { nowMs, policy }: Moment): Breaker {
  return { state: 'open', generation: generation + 1, untilMs: nowMs + policy.openMs }
}

function windowAfter({ window }: Closed, isFailure: boolean, { nowMs, policy }: Moment): RollingWindow {
  return recorded(window, isFailure, { nowMs, windowMs: policy.windowMs })
}
