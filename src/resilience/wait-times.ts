import type { Target } from '../core/target.ts'
import { LatencyQuantile } from './latency-quantile.ts'

/** What a caller waits for: the begin of a stream, or the whole answer. */
export type WaitFor = 'begin' | 'whole'

/** How long targets let their callers wait. Only those are watched that somebody has asked about. */
export interface WaitTimes {
  /** Only one in twenty waits takes longer, of late, ms; undefined while too few are known. */
  p95Ms(target: Target, what: WaitFor): number | undefined
  observe(target: Target, what: WaitFor, ms: number): void
  /** The wait was given up after this time. */
  observeAtLeast(target: Target, what: WaitFor, ms: number): void
}

export function createWaitTimes(): WaitTimes {
  // Each holds at most one entry per configured target.
  const times = { begin: new Map<string, LatencyQuantile>(), whole: new Map<string, LatencyQuantile>() }
  return {
    p95Ms({ id }, what) {
      const known = times[what].get(id)
      if (known === undefined) times[what].set(id, new LatencyQuantile())
      return known?.p95Ms()
    },
    observe: ({ id }, what, ms) => times[what].get(id)?.add(ms),
    observeAtLeast: ({ id }, what, ms) => times[what].get(id)?.addAtLeast(ms),
  }
}
