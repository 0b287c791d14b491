import { TIMER_MAX_MS } from '../core/clock.ts'

/**
 * Notices when something that was expected by a certain time has not come. One timer, which is moved only when it would
 * fire too late: between the parts of a stream the time is set anew a thousand times a second.
 */
export interface Watchdog {
  /** From now on, at most this long, ms; replaces what was expected before. */
  expect(ms: number): void
  /** Nothing is expected for now. */
  rest(): void
  /** Clears the timer; nothing is noticed any more. */
  close(): void
}

/** @param now monotonic, ms */
export function createWatchdog(now: () => number, onLate: () => void): Watchdog {
  let dueMs: number | undefined
  let timer: NodeJS.Timeout | undefined
  let lastLook: NodeJS.Immediate | undefined
  let firesAtMs = Number.POSITIVE_INFINITY

  function arm(wantedMs: number): void {
    const ms = Math.min(wantedMs, TIMER_MAX_MS)
    disarm()
    timer = setTimeout(onTimer, ms)
    firesAtMs = now() + ms
  }

  function onTimer(): void {
    disarm()
    if (dueMs === undefined) return
    const leftMs = dueMs - now()
    if (leftMs > 0) arm(Math.max(1, leftMs))
    // Where the app has kept the event loop busy, what was waited for may be here unread: sockets have their turn first.
    else lastLook = setImmediate(onLastLook)
  }

  function onLastLook(): void {
    if (dueMs === undefined || dueMs > now()) return
    close()
    onLate()
  }

  function disarm(): void {
    clearTimeout(timer)
    clearImmediate(lastLook)
    firesAtMs = Number.POSITIVE_INFINITY
  }

  function close(): void {
    dueMs = undefined
    disarm()
  }

  return {
    expect(ms) {
      dueMs = now() + ms
      if (dueMs < firesAtMs) arm(ms)
    },
    rest() {
      dueMs = undefined
    },
    close,
  }
}
