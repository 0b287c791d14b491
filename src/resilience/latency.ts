import type { Target } from '../core/target.ts'

/** What a target's answers took of late; feeds the `maxLatencyMs` constraint. */
export interface LatencyBook {
  /** Exponentially weighted mean of answered attempts (streamed: until their begin), ms; undefined before the first. */
  expectedMs(target: Target, isStreamed: boolean): number | undefined
  observe(target: Target, latencyMs: number, isStreamed: boolean): void
}

/** Weight of the newest answer: about the last ten count. */
const NEWEST_WEIGHT = 0.2

export function createLatencyBook(): LatencyBook {
  // Each holds at most one number per configured target.
  const whole = new Map<string, number>()
  const begin = new Map<string, number>()
  return {
    expectedMs: (target, isStreamed) => (isStreamed ? begin : whole).get(target.id),
    observe(target, latencyMs, isStreamed) {
      const means = isStreamed ? begin : whole
      const mean = means.get(target.id)
      means.set(target.id, mean === undefined ? latencyMs : mean + NEWEST_WEIGHT * (latencyMs - mean))
    },
  }
}
