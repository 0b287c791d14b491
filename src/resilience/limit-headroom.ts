import type { ProviderRate } from '../core/provider-rates.ts'

/** Longest time that a provider's word holds, ms: as for cooldowns. */
const WORD_MAX_MS = 3_600_000

/**
 * What the provider itself says is left, of requests or of tokens, until its reset: others may use the same account, and
 * what is configured may be more than what it allows. What has begun after the attempt that was told so may not have been
 * counted yet, so it is taken off.
 */
export class LimitHeadroom {
  readonly #minuteMs: number
  #taken = 0
  /** How much had been taken when the attempt began that brought the newest word. */
  #wordMark = -1
  #remaining = Number.POSITIVE_INFINITY
  #untilMs = Number.NEGATIVE_INFINITY

  constructor(minuteMs: number) {
    this.#minuteMs = minuteMs
  }

  /** How much has been taken so far. */
  get taken(): number {
    return this.#taken
  }

  take(weight: number): void {
    this.#taken += weight
  }

  /** @param mark `taken` when the attempt that was told so had begun; what older ones are told says nothing new */
  told(nowMs: number, { remaining, resetMs }: ProviderRate, mark: number): void {
    if (mark < this.#wordMark) return
    this.#wordMark = mark
    this.#remaining = remaining
    this.#untilMs = nowMs + Math.min(resetMs ?? this.#minuteMs, WORD_MAX_MS)
  }

  /** How long until there is room for so much behind so much else, ms; 0 means now. */
  waitMs(nowMs: number, weight: number): number {
    if (nowMs >= this.#untilMs) return 0
    const left = this.#remaining - (this.#taken - this.#wordMark)
    return left >= weight ? 0 : this.#untilMs - nowMs
  }
}
