/** Quiet times save up for no more than this. */
const SAVED_MAX = 10

/** Sums of shares such as 0.05 are a little off. */
const ROUNDING = 1e-9

/**
 * How many calls may be hedged: one at the start, and then a share of all that might be. So a provider that is slow for
 * everybody is asked for hardly more than without hedges.
 */
export class HedgeBudget {
  readonly #maxShare: number
  #left = 1

  constructor(maxShare: number) {
    this.#maxShare = maxShare
  }

  /** One more call that might have been hedged, or might be now. */
  count(): void {
    this.#left = Math.min(SAVED_MAX, this.#left + this.#maxShare)
  }

  /** @returns whether there is one left */
  take(): boolean {
    if (this.#left < 1 - ROUNDING) return false
    this.#left -= 1
    return true
  }

  /** What was taken has not been used. */
  putBack(): void {
    this.#left += 1
  }
}
