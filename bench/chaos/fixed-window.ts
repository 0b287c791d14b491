/** What a provider with a limit says of a request. */
export interface WindowVerdict {
  readonly isAllowed: boolean
  readonly remaining: number
  /** Until the next window, ms. */
  readonly resetMs: number
}

/** A provider's limit as most keep it: so many from full minute to full minute; what is refused does not count. */
export class FixedWindow {
  readonly #windowMs: number
  #number = Number.NaN
  #count = 0

  constructor(windowMs: number) {
    this.#windowMs = windowMs
  }

  take(nowMs: number, limit: number): WindowVerdict {
    const number = Math.floor(nowMs / this.#windowMs)
    if (number !== this.#number) this.#count = 0
    this.#number = number
    const isAllowed = this.#count < limit
    if (isAllowed) this.#count += 1
    const resetMs = (number + 1) * this.#windowMs - nowMs
    return { isAllowed, remaining: Math.max(0, limit - this.#count), resetMs }
  }
}
