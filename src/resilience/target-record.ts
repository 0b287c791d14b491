import type { AttemptFailure } from '../core/attempt-failure.ts'
import type { Clock } from '../core/clock.ts'
import type { Target } from '../core/target.ts'
import type { ClaimReply, HealthNews, TargetNews } from '../core/shared-state.ts'
import type {
  CircuitState,
  HealthChange,
  Permit,
  TargetHealthReport,
  Unavailable,
} from '../core/target-health.ts'
import {
  entered,
  isProbeDue,
  NEW_BREAKER,
  probedElsewhere,
  refusal,
  settled,
  toldAnswered,
  toldOpen,
} from './breaker.ts'
import type { Breaker, BreakerPolicy, Moment, Ticket, Verdict } from './breaker.ts'
import { current, later, leftAlone, resting, type Cooldown } from './cooldowns.ts'
import { evidenceOf, type CooldownPolicy } from './evidence.ts'
import { tally } from './rolling-window.ts'

export type HealthPolicy = BreakerPolicy & CooldownPolicy

export interface HealthParts {
  readonly policy: HealthPolicy
  readonly clock: Clock
  /** Told of each change once it is made; must not throw. */
  readonly onChange: (change: HealthChange) => void
  /** Set where several processes share what they find out. */
  readonly sharing?: HealthSharing
}

export interface HealthSharing {
  /** Told of what this process has found out; must not throw. */
  tell(news: HealthNews): void
  /** Asks to be the one that probes for so long; undefined when nobody can say, and then each process does. */
  claim(target: string, forMs: number): Promise<ClaimReply | undefined>
}

/** What is remembered of one target, and how it changes. */
export class TargetRecord {
  readonly #target: Target
  readonly #parts: HealthParts
  #breaker: Breaker = NEW_BREAKER
  #retryAfter: Cooldown | undefined
  /** What only a human can mend. */
  #broken: Cooldown | undefined
  #inFlight = 0
  #isClaiming = false

  constructor(target: Target, parts: HealthParts) {
    this.#target = target
    this.#parts = parts
  }

  /** Why it is not asked now; of two reasons the one that holds longer. */
  unavailable(): Unavailable | undefined {
    const nowMs = this.#parts.clock.monotonic()
    // Where there is a queue, a Retry-After closes its exit: who has the time waits there, in order.
    const isQueued = this.#target.limits.length > 0
    const cooldown = isQueued ? current(this.#broken, nowMs) : this.#cooldown(nowMs)
    const availableInMs = refusal(this.#breaker, nowMs) ?? (this.#isClaiming ? 0 : undefined)
    if (availableInMs === undefined || (cooldown !== undefined && cooldown.untilMs - nowMs >= availableInMs))
      return cooldown && resting(cooldown, nowMs)
    const state = this.#isClaiming ? 'half-open' : this.#breaker.state
    return { why: 'breaker-open', detail: breakerWords(state, availableInMs), availableInMs }
  }

  /** Where an attempt would be the probe of all processes: asks whether it may. Undefined where there is nothing to ask. */
  claim(): Promise<void> | undefined {
    const { sharing, clock, policy } = this.#parts
    if (sharing === undefined || !isProbeDue(this.#breaker, clock.monotonic())) return undefined
    this.#isClaiming = true
    return sharing.claim(this.#target.id, policy.openMs).then((reply) => {
      this.#isClaiming = false
      if (reply === undefined || reply.isYours) return
      this.#move(probedElsewhere(this.#breaker, clock.monotonic() + reply.freeInMs), 'probe')
    })
  }

  /** What another process has found out. */
  hear(news: TargetNews): void {
    const nowMs = this.#parts.clock.monotonic()
    switch (news.what) {
      case 'open':
        this.#move(toldOpen(this.#breaker, nowMs + Math.max(0, news.forMs)), news.cause)
        return
      case 'answered':
        this.#move(toldAnswered(this.#breaker), 'answered')
        return
      case 'cooldown':
        this.#cool({ cause: news.cause, untilMs: nowMs + news.forMs })
        return
      case 'mended':
        this.#broken = undefined
    }
  }

  /** An attempt begins, refused or not. */
  begin(): Permit {
    const before = this.#breaker
    const moment = this.#moment()
    if (refusal(before, moment.nowMs) === undefined) this.#move(entered(before, moment), 'probe')
    this.#inFlight += 1
    // A last resort that would have been refused has not entered, so it is not pending.
    return this.#permit({ generation: this.#breaker.generation, isPending: this.#breaker !== before })
  }

  report(): TargetHealthReport {
    const nowMs = this.#parts.clock.monotonic()
    const cooldown = this.#cooldown(nowMs)
    const availableInMs = this.unavailable()?.availableInMs
    const failureRate = this.#failureRate(nowMs)
    return {
      target: this.#target.id,
      state: this.#breaker.state,
      ...(failureRate === undefined ? {} : { failureRate }),
      inFlight: this.#inFlight,
      ...(cooldown && { cooldown: { cause: cooldown.cause, endsInMs: cooldown.untilMs - nowMs } }),
      ...(availableInMs === undefined ? {} : { availableInMs: Math.ceil(availableInMs) }),
    }
  }

  #permit(admission: Ticket): Permit {
    let ticket = admission
    const under = this.#broken
    let hasEnded = false
    let hasAnswered = false
    return {
      begun: () => {
        if (hasEnded || hasAnswered) return
        this.#mended(under)
        // While all is well, a stream is judged by its end; who comes back has shown enough, and its end may be far.
        if (this.#breaker.state === 'closed') return
        hasAnswered = true
        const isOfNow = ticket.generation === this.#breaker.generation
        this.#settle(ticket, 'answered')
        // It belongs to the state that it has brought about: should it break, that state is to know.
        if (isOfNow) ticket = { generation: this.#breaker.generation, isPending: false }
      },
      end: (failure) => {
        if (hasEnded) return
        hasEnded = true
        this.#inFlight -= 1
        if (failure === undefined) this.#mended(under)
        const verdict = this.#learn(failure)
        if (!hasAnswered || verdict === 'failed') this.#settle(ticket, verdict, failure?.kind)
      },
    }
  }

  /** Keeps the cooldown that follows from an attempt's end. */
  #learn(failure: AttemptFailure | undefined): Verdict {
    const { clock, policy, sharing } = this.#parts
    const nowMs = clock.monotonic()
    const { verdict, cooldown } = evidenceOf(failure, nowMs, policy)
    if (cooldown !== undefined) {
      this.#cool(cooldown)
      const { cause, untilMs } = cooldown
      sharing?.tell({ target: this.#target.id, what: 'cooldown', cause, forMs: untilMs - nowMs })
    }
    return verdict
  }

  #cool(cooldown: Cooldown): void {
    if (cooldown.cause === 'retry-after') this.#retryAfter = later(this.#retryAfter, cooldown)
    else this.#broken = later(this.#broken, cooldown)
  }

  #settle(ticket: Ticket, verdict: Verdict, cause = 'answered'): void {
    const word = verdict === 'answered' ? verdict : cause
    const before = this.#breaker.state
    this.#move(settled(this.#breaker, { ticket, verdict }, this.#moment()), word)
    if (this.#breaker.state !== before) this.#tell(this.#breaker.state, word)
  }

  /** What a change that this process has brought about means to the others. */
  #tell(state: CircuitState, cause: string): void {
    const { sharing, policy } = this.#parts
    const target = this.#target.id
    if (state === 'open') sharing?.tell({ target, what: 'open', forMs: policy.openMs, cause })
    if (state === 'recovering') sharing?.tell({ target, what: 'answered' })
  }

  #moment(): Moment {
    const { clock, policy } = this.#parts
    return { nowMs: clock.monotonic(), policy }
  }

  #move(breaker: Breaker, cause: string): void {
    const from = this.#breaker.state
    this.#breaker = breaker
    if (from !== breaker.state)
      this.#parts.onChange({ target: this.#target.id, from, to: breaker.state, cause })
  }

  /** An attempt answered that was let in under this: it is over, unless it has been renewed in between. */
  #mended(under: Cooldown | undefined): void {
    if (under === undefined || this.#broken !== under) return
    this.#broken = undefined
    this.#parts.sharing?.tell({ target: this.#target.id, what: 'mended' })
  }

  #cooldown(nowMs: number): Cooldown | undefined {
    return current(later(this.#retryAfter, this.#broken), nowMs)
  }

  #failureRate(nowMs: number): number | undefined {
    if (this.#breaker.state !== 'closed') return undefined
    const { windowMs } = this.#parts.policy
    const { attempts, failures } = tally(this.#breaker.window, { nowMs, windowMs })
    return attempts === 0 ? undefined : failures / attempts
  }
}

function breakerWords(state: CircuitState, availableInMs: number): string {
  switch (state) {
    case 'half-open':
      return 'it failed, and one attempt is finding out whether it still does'
    case 'recovering':
      return 'it is coming back, and has as many attempts under way as it may'
    default:
      return `${leftAlone(availableInMs)}, because it failed`
  }
}
