/** Time and chance, injected everywhere so that tests decide both. */
export interface Clock {
  /** Wall clock, ms since the epoch. */
  now(): number
  /** Monotonic ms with a fraction, for durations. */
  monotonic(): number
}

/** Uniform in [0, 1). */
export type Random = () => number

/** Clocks tell no more; further digits are noise in reports and logs. */
export function toMicroseconds(ms: number): number {
  return Math.round(ms * 1000) / 1000
}

export const systemClock: Clock = { now: () => Date.now(), monotonic: () => performance.now() }
