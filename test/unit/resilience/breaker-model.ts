/** What the breaker should do, written plainly: it keeps everything that has happened and looks at all of it each time. */
import type { CircuitState, Permit } from '../../../src/core/target-health.ts'
import { POLICY } from './a-health.ts'

export type Ending = 'answered' | 'failed' | 'cancelled' | 'refused-request'

export interface Attempt {
  readonly permit: Permit
  /** How many changes of state there had been when it was let in, or when it began to answer. */
  era: number
  /** Would it have been refused but for being a last resort? */
  readonly isForced: boolean
  hasShownAnswer: boolean
}

const BUCKET_MS = POLICY.windowMs / 10

export class BreakerModel {
  state: CircuitState = 'closed'
  readonly history: CircuitState[] = []
  readonly underWay: Attempt[] = []
  #ended: { readonly atMs: number; readonly isFailure: boolean }[] = []
  #openedAtMs = 0
  #probedAtMs = 0
  #answers = 0

  /** Probes of the half-open state; of several, those before the last hang. */
  probes = 0

  get era(): number {
    return this.history.length
  }

  /** Attempts that this state has let in by right, and that have shown nothing yet. */
  get unjudged(): number {
    return this.underWay.filter(
      ({ era, isForced, hasShownAnswer }) => era === this.era && !isForced && !hasShownAnswer,
    ).length
  }

  get allowance(): number {
    return { closed: Infinity, open: 0, 'half-open': 1, recovering: 2 ** this.#answers }[this.state]
  }

  /** ms; undefined when an attempt may begin now. */
  refusal(nowMs: number): number | undefined {
    if (this.state === 'open') {
      const leftMs = this.#openedAtMs + POLICY.openMs - nowMs
      return leftMs > 0 ? leftMs : undefined
    }
    const isProbeOverdue = this.state === 'half-open' && nowMs - this.#probedAtMs >= POLICY.openMs
    return isProbeOverdue || this.unjudged < this.allowance ? undefined : 0
  }

  failureRate(nowMs: number): number | undefined {
    const { held, failed } = this.#window(nowMs)
    return this.state !== 'closed' || held === 0 ? undefined : failed / held
  }

  begin(permit: Permit, nowMs: number): void {
    const isForced = this.refusal(nowMs) !== undefined
    if (!isForced && this.state === 'open') this.#become('half-open')
    if (!isForced && this.state === 'half-open') {
      this.#probedAtMs = nowMs
      this.probes += 1
    }
    this.underWay.push({ permit, era: this.era, isForced, hasShownAnswer: false })
  }

  begun(attempt: Attempt, nowMs: number): void {
    if (attempt.hasShownAnswer || this.state === 'closed') return
    attempt.hasShownAnswer = true
    if (attempt.era !== this.era) return
    this.#answer(nowMs)
    attempt.era = this.era
  }

  end(attempt: Attempt, ending: Ending, nowMs: number): void {
    this.underWay.splice(this.underWay.indexOf(attempt), 1)
    if (attempt.era !== this.era) return
    const isProbe = this.state === 'half-open' && !attempt.isForced
    if (ending === 'cancelled' && isProbe) this.#probedAtMs = Number.NEGATIVE_INFINITY
    if (ending === 'cancelled') return
    if (ending === 'failed') this.#fail(nowMs)
    else if (!attempt.hasShownAnswer) this.#answer(nowMs)
  }

  #answer(nowMs: number): void {
    if (this.state === 'closed') this.#ended.push({ atMs: nowMs, isFailure: false })
    else if (this.state !== 'recovering') this.#become('recovering')
    else if (++this.#answers === 5) this.#become('closed')
  }

  #fail(nowMs: number): void {
    if (this.state === 'open') return
    this.#ended.push({ atMs: nowMs, isFailure: true })
    if (this.state === 'closed' && !this.#isTooMuch(nowMs)) return
    this.#become('open')
    this.#openedAtMs = nowMs
  }

  #isTooMuch(nowMs: number): boolean {
    const last = this.#ended.slice(-POLICY.consecutiveFailures)
    if (last.length === POLICY.consecutiveFailures && last.every(({ isFailure }) => isFailure)) return true
    const { held, failed } = this.#window(nowMs)
    return held >= POLICY.minAttempts && failed / held >= POLICY.failureRate
  }

  #window(nowMs: number): { held: number; failed: number } {
    const firstMs = (Math.floor(nowMs / BUCKET_MS) - 9) * BUCKET_MS
    const held = this.#ended.filter(({ atMs }) => atMs >= firstMs)
    return { held: held.length, failed: held.filter(({ isFailure }) => isFailure).length }
  }

  #become(state: CircuitState): void {
    this.state = state
    this.history.push(state)
    this.#ended = []
    this.#answers = 0
    this.probes = 0
  }
}
