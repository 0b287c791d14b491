/** How often the event loop is looked at, ms. */
const TICK_MS = 50

/** How late the event loop is: work that is due waits so long for its turn. */
export interface LoopLag {
  /** ms; looking for the first time starts the watching. */
  lagMs(): number
  close(): void
}

/** @param isIdle then there is nothing to watch for, and no timer */
export function createLoopLag(isIdle: () => boolean): LoopLag {
  let timer: NodeJS.Timeout | undefined
  let dueMs = 0
  let lastLagMs = 0

  function look(): void {
    const nowMs = performance.now()
    lastLagMs = Math.max(0, nowMs - dueMs)
    dueMs = nowMs + TICK_MS
    if (isIdle()) close()
  }

  function close(): void {
    clearInterval(timer)
    timer = undefined
    lastLagMs = 0
  }

  return {
    lagMs() {
      const nowMs = performance.now()
      if (timer === undefined) {
        dueMs = nowMs + TICK_MS
        timer = setInterval(look, TICK_MS).unref()
      }
      // Overdue right now: nothing has looked since the loop was blocked.
      return Math.max(lastLagMs, nowMs - dueMs)
    },
    close,
  }
}
