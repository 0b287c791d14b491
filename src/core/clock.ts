/** Time and chance, injected everywhere so that tests decide both. */
export interface Clock {
  /** Wall clock, ms since the epoch. */
  now(): number
  /** Monotonic ms with a fraction, for durations. */
  monotonic(): number
}

/** A timer that should take longer would fire at once. */
export const TIMER_MAX_MS = 2 ** 31 - 1

/** Uniform in [0, 1). */
export type Random = () => number

/** Clocks tell no more; further digits are noise in reports and logs. */
export function toMicroseconds(ms: number): number {
  return Math.round(ms * 1000) / 1000
}

export const systemClock: Clock = { now: () => Date.now(), monotonic: () => performance.now() }
