import type { ProviderRates } from '../core/provider-rates.ts'
import type { LimitUse } from './limit-policy.ts'
import type { LimitMark, LimitRoom, LimitStart } from './limit-scope.ts'
import type { LimitPermit } from './limit-seam.ts'

export interface LimitPlaceOptions {
  /** What it counts in, the widest first. */
  readonly scopes: readonly LimitRoom[]
  readonly start: LimitStart
  readonly arrival: number
  readonly queuedMs: number
  readonly minuteMs: number
  readonly now: () => number
  /** There may be more room now. */
  readonly onRoom: () => void
}

/** An attempt's place in all scopes of its target. */
export class LimitPlace implements LimitPermit {
  readonly arrival: number
  readonly queuedMs: number
  readonly #options: LimitPlaceOptions
  /** Whom a 429 and the provider's headers speak of. */
  readonly #narrowest: LimitRoom | undefined
  readonly #mark: LimitMark | undefined
  #start: LimitStart
  #isEnded = false

  constructor(options: LimitPlaceOptions) {
    this.#options = options
    this.arrival = options.arrival
    this.queuedMs = options.queuedMs
    this.#start = options.start
    for (const scope of options.scopes) scope.take(options.start)
    this.#narrowest = options.scopes.at(-1)
    this.#mark = this.#narrowest?.mark
  }

  /** Connecting may have taken seconds, and the provider does not count before it has the request. */
  sent(): void {
    this.#countFrom(this.#options.now())
  }

  /**
   * The provider has counted it at some time between the sending and now. The latest is the safe one, but for slow answers
   * that would cost throughput, so it is a 60th of a minute at most: as long as requests travel, and wait at its door.
   */
  told(rates: ProviderRates | undefined): void {
    const { now, minuteMs, onRoom } = this.#options
    const nowMs = now()
    this.#countFrom(Math.min(nowMs, this.#start.startedMs + minuteMs / 60))
    if (rates === undefined || this.#mark === undefined) return
    this.#narrowest?.told(nowMs, rates, this.#mark)
    onRoom()
  }

  end(given: LimitUse): void {
    if (this.#isEnded) return
    this.#isEnded = true
    const nowMs = this.#options.now()
    const use = { ...given, tokens: wholeTokens(given.tokens) }
    for (const scope of this.#options.scopes) scope.end(nowMs, this.#start, use)
    if (use.isRateLimited) this.#narrowest?.refused(nowMs, this.#options.start, use)
    this.#options.onRoom()
  }

  #countFrom(fromMs: number): void {
    if (this.#isEnded) return
    for (const scope of this.#options.scopes) scope.sent(fromMs, this.#start)
    this.#start = { ...this.#start, startedMs: fromMs }
  }
}

/** Undefined where nobody knows; a sum must never meet what is not a number. */
export function wholeTokens(tokens: number | undefined): number | undefined {
  return tokens !== undefined && Number.isFinite(tokens) ? Math.max(0, Math.ceil(tokens)) : undefined
}
