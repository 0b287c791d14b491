interface Waiter {
  /** Resolved as soon as so much is done. */
  readonly upTo: number
  readonly settle: (error: Error | undefined) => void
}

/** Who waits for something that is done in order; each waits no longer than its own time. */
export class Waiters {
  readonly #waiters = new Set<Waiter>()

  get size(): number {
    return this.#waiters.size
  }

  /** @param late what is thrown when the time is up */
  until(upTo: number, timeoutMs: number, late: () => Error): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (error: Error | undefined): void => {
        clearTimeout(timer)
        this.#waiters.delete(waiter)
        if (error === undefined) resolve()
        else reject(error)
      }
      const timer = setTimeout(() => settle(late()), timeoutMs)
      const waiter: Waiter = { upTo, settle }
      this.#waiters.add(waiter)
    })
  }

  resolveUpTo(done: number): void {
    for (const { upTo, settle } of this.#waiters) if (upTo <= done) settle(undefined)
  }

  rejectAll(error: Error): void {
    for (const { settle } of this.#waiters) settle(error)
  }
}
