/** Below this part of the configured rate no 429 brings it. */
const SHARE_MIN = 1 / 16
/** What a minute without 429 gives back: one refusal is made good in four, the worst in eight. */
const SHARE_STEP = 1 / 8
/** Longest time that a provider's word closes a limit, ms: as for cooldowns. */
const CLOSED_MAX_MS = 3_600_000

/** How much of a limit is allowed: halved by a 429 at once, grown back slowly (AIMD). */
export class LimitAdaptation {
  readonly #minuteMs: number
  #share = 1
  #changedMs = Number.NEGATIVE_INFINITY
  #closedUntilMs = Number.NEGATIVE_INFINITY

  constructor(minuteMs: number) {
    this.#minuteMs = minuteMs
  }

  /** Part of the configured rate, 1/16 to 1. */
  get share(): number {
    return this.#share
  }

  /** The most that it can be before a minute from now is over. */
  get shareSoon(): number {
    return Math.min(1, this.#share + SHARE_STEP)
  }

  /** How long the provider wants to be left alone from now, ms. */
  closedMs(nowMs: number): number {
    return Math.max(0, this.#closedUntilMs - nowMs)
  }

  /** @param startedMs when the refused attempt began: those that began by the last cut say nothing new */
  refused(nowMs: number, startedMs: number, retryAfterMs = 0): void {
    if (retryAfterMs > 0)
      this.#closedUntilMs = Math.max(this.#closedUntilMs, nowMs + Math.min(retryAfterMs, CLOSED_MAX_MS))
    if (startedMs <= this.#changedMs) return
    this.#share = Math.max(SHARE_MIN, this.#share / 2)
    this.#changedMs = nowMs
  }

  /** What the 429s of all processes together have left. */
  heard(nowMs: number, share: number, closedForMs: number): void {
    this.#share = share
    this.#closedUntilMs = Math.max(this.#closedUntilMs, nowMs + closedForMs)
  }

  accepted(nowMs: number): void {
    if (this.#share === 1 || nowMs - this.#changedMs < this.#minuteMs) return
    this.#share = Math.min(1, this.#share + SHARE_STEP)
    this.#changedMs = nowMs
  }
}
