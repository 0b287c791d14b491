/**
 * How long a target takes, as a mean that jumps: what is slower than expected counts in full at once, and is forgotten with
 * time (peak-EWMA, after Finagle's balancer). Weights go by time and not by count, so that a burst of answers is one
 * experience. Pure.
 *
 * It differs from Finagle's at rest: there the cost of a target that nobody asks falls to 0, so that an app with few calls
 * would ask its targets in turn. Here a peak falls to the mean, and the mean stays until it is forgotten altogether.
 */
export interface PeakLatency {
  /** Mean of the answers, by time; undefined before the first. */
  readonly meanMs: number | undefined
  /** What was to be expected at `atMs`; never less than the mean. */
  readonly peakMs: number
  /** When there was news last, on the monotonic clock. */
  readonly atMs: number
  /** Failures since the last answer. */
  readonly failures: number
}

/** A peak is down to a third after this, and so is the weight of older answers, ms. */
export const DECAY_MS = 30_000

/** Older news is none: the target may have changed, ms. */
export const FORGOTTEN_MS = 600_000

/** Whoever has failed and never answered is taken to need at least this, ms. */
const UNKNOWN_MS = 1_000

/** Failures in a row double what is expected, up to 64 times. */
const DOUBLINGS_MAX = 6

/** How long an answer is expected to take, ms; undefined where nothing is known (any more). */
export function expectedMs(latency: PeakLatency | undefined, nowMs: number): number | undefined {
  if (latency === undefined) return undefined
  const { meanMs, peakMs, atMs } = latency
  // Who has never answered is asked again, by one call, when the failure is no news any more.
  if (meanMs === undefined) return nowMs - atMs < DECAY_MS ? peakMs : undefined
  if (nowMs - atMs > FORGOTTEN_MS) return undefined
  return meanMs + (peakMs - meanMs) * remaining(atMs, nowMs)
}

/** An answer came after so long. */
export function afterAnswer(latency: PeakLatency | undefined, latencyMs: number, nowMs: number): PeakLatency {
  const expected = expectedMs(latency, nowMs)
  if (latency?.meanMs === undefined || expected === undefined)
    return { meanMs: latencyMs, peakMs: latencyMs, atMs: nowMs, failures: 0 }
  const weight = remaining(latency.atMs, nowMs)
  const towards = (ms: number): number => latencyMs + (ms - latencyMs) * weight
  return {
    meanMs: towards(latency.meanMs),
    peakMs: latencyMs >= expected ? latencyMs : towards(latency.peakMs),
    atMs: nowMs,
    failures: 0,
  }
}

/**
 * It failed: however fast that was, nobody got an answer.
 *
 * @param elapsedMs how long it has kept its caller waiting
 */
export function afterFailure(
  latency: PeakLatency | undefined,
  elapsedMs: number,
  nowMs: number,
): PeakLatency {
  const expected = expectedMs(latency, nowMs)
  const { meanMs, failures: before } = expected === undefined || latency === undefined ? UNKNOWN : latency
  const failures = Math.min(before + 1, DOUBLINGS_MAX)
  const worseMs = (meanMs ?? UNKNOWN_MS) * 2 ** failures
  return { meanMs, peakMs: Math.max(expected ?? 0, elapsedMs, worseMs), atMs: nowMs, failures }
}

/** Its answer was not waited for: it takes that long at least. */
export function afterWaiting(
  latency: PeakLatency | undefined,
  elapsedMs: number,
  nowMs: number,
): PeakLatency {
  const expected = expectedMs(latency, nowMs)
  // A caller who left at once has found out nothing; but of who is unknown, the next one is not to wait in vain either.
  if (latency === undefined || expected === undefined)
    return { ...UNKNOWN, peakMs: Math.max(elapsedMs, UNKNOWN_MS), atMs: nowMs }
  return elapsedMs <= expected ? latency : { ...latency, peakMs: elapsedMs, atMs: nowMs }
}

const UNKNOWN: Pick<PeakLatency, 'meanMs' | 'failures'> = { meanMs: undefined, failures: 0 }

/** What is left of the weight of older news. */
function remaining(atMs: number, nowMs: number): number {
  return Math.exp(-Math.max(0, nowMs - atMs) / DECAY_MS)
}
