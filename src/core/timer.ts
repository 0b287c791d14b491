import { systemClock, TIMER_MAX_MS, type Clock } from './clock.ts'

/** How soon to look whether an app's own clock runs as fast as the system's, ms. */
const FIRST_LOOK_MS = 10

/**
 * Calls back once `ms` have passed on the clock, not a moment before (Node's own timers fire up to one early, and then a
 * wait that somebody asked for is not over yet). A clock of the app's own may run faster, as in tests that scale time: its
 * timers keep up with it. One that stands still is not waited for longer than the system's clock would.
 * @returns how to stop it
 */
export function startTimer(clock: Clock, ms: number, onTime: () => void): () => void {
  const startedMs = clock.monotonic()
  const startedRealMs = performance.now()
  const isSystem = clock === systemClock
  let timer: NodeJS.Timeout

  function arm(): void {
    const passedMs = clock.monotonic() - startedMs
    const passedRealMs = isSystem ? passedMs : performance.now() - startedRealMs
    const leftMs = ms - Math.max(passedMs, passedRealMs)
    if (leftMs <= 0) onTime()
    else timer = setTimeout(arm, timerMs(leftMs / Math.max(1, passedMs / passedRealMs)))
  }

  timer = setTimeout(arm, timerMs(isSystem ? ms : Math.min(ms, FIRST_LOOK_MS)))
  return () => clearTimeout(timer)
}

/** What a timer takes. */
function timerMs(ms: number): number {
  return Math.min(TIMER_MAX_MS, Math.max(1, Math.ceil(ms)))
}
