/**
 * How long this process could do nothing: somebody else had the processor, or one piece of work took long. A story's
 * seconds are short, so a tenth of one on the wall is a second there.
 */
export class StallMeter {
  readonly #now: () => number
  #longestMs = 0

  /** @param tickMs how often it looks, on the clock of this process's timers */
  constructor({ now, tickMs }: { readonly now: () => number; readonly tickMs: number }) {
    this.#now = now
    let lastMs = now()
    setInterval(() => {
      const nowMs = this.#now()
      this.#longestMs = Math.max(this.#longestMs, nowMs - lastMs - tickMs)
      lastMs = nowMs
    }, tickMs).unref()
  }

  /** The longest since it was last asked, ms. */
  take(): number {
    const longestMs = this.#longestMs
    this.#longestMs = 0
    return longestMs
  }
}

/** In a process that lives in story time: ten real ms at the usual scale. */
export function createStallMeter(): StallMeter {
  return new StallMeter({ now: () => performance.now(), tickMs: 100 })
}
