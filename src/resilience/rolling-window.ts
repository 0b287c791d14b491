/** How many attempts of late ended, and how many of them failed. Pure: each record makes a new window. */
export interface RollingWindow {
  /** Whole buckets before the current one, at most BUCKETS - 1, oldest first. */
  readonly past: readonly Bucket[]
  readonly current: Bucket
}

export interface Tally {
  readonly attempts: number
  readonly failures: number
}

interface Bucket extends Tally {
  /** Since the clock's zero, in lengths of a bucket. */
  readonly index: number
}

/** What is older than the window goes away by such a share of it, so what counts is 90 to 100 % of its length. */
const BUCKETS = 10

export const EMPTY_WINDOW: RollingWindow = {
  past: [],
  current: { index: Number.NEGATIVE_INFINITY, attempts: 0, failures: 0 },
}

/** When an attempt ended, and how long a window is. */
export interface WindowMoment {
  readonly nowMs: number
  readonly windowMs: number
}

export function recorded(window: RollingWindow, isFailure: boolean, moment: WindowMoment): RollingWindow {
  const { past, current } = window
  const index = indexOf(moment)
  const failures = isFailure ? 1 : 0
  if (index > current.index) return { past: held(window, index), current: { index, attempts: 1, failures } }
  const grown = { attempts: current.attempts + 1, failures: current.failures + failures }
  return { past, current: { index: current.index, ...grown } }
}

export function tally(window: RollingWindow, moment: WindowMoment): Tally {
  let attempts = 0
  let failures = 0
  for (const bucket of held(window, indexOf(moment))) {
    attempts += bucket.attempts
    failures += bucket.failures
  }
  return { attempts, failures }
}

/** The buckets that a window ending in bucket `last` still holds. */
function held({ past, current }: RollingWindow, last: number): Bucket[] {
  return [...past, current].filter(({ index }) => index > last - BUCKETS)
}

function indexOf({ nowMs, windowMs }: WindowMoment): number {
  return Math.floor((nowMs * BUCKETS) / windowMs)
}
