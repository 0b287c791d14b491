import type { Target } from '../core/target.ts'

/** What a target's answers took of late; feeds the `maxLatencyMs` constraint. */
export interface LatencyBook {
  /** Exponentially weighted mean of answered attempts, ms; undefined before the first. */
  expectedMs(target: Target): number | undefined
  observe(target: Target, latencyMs: number): void
}

/** Weight of the newest answer: about the last ten count. */
const NEWEST_WEIGHT = 0.2

export function createLatencyBook(): LatencyBook {
  // Holds at most one number per configured target.
  const means = new Map<string, number>()
  return {
    expectedMs: (target) => means.get(target.id),
    observe(target, latencyMs) {
      const mean = means.get(target.id)
      means.set(target.id, mean === undefined ? latencyMs : mean + NEWEST_WEIGHT * (latencyMs - mean))
    },
  }
}
