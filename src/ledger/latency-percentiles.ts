import type { CostFigures } from '../core/costs.ts'
import { LATENCY_BOUNDS_MS } from '../core/ledger-store.ts'

/**
 * Percentiles of a histogram: within its bucket a value is taken to lie where its rank does. What is above the last bound is
 * told as that bound, the least that it can be.
 *
 * @param counts one for each of `LATENCY_BOUNDS_MS`, and one above
 * @returns undefined where nothing has been counted
 */
export function latencyPercentiles(counts: readonly number[]): CostFigures['latencyMs'] {
  let total = 0
  for (const count of counts) total += count
  if (total === 0) return undefined
  const at = (share: number): number => Math.round(valueAt(share * total, counts) * 10) / 10
  return { p50: at(0.5), p90: at(0.9), p95: at(0.95), p99: at(0.99) }
}

function valueAt(rank: number, counts: readonly number[]): number {
  let below = 0
  for (const [index, count] of counts.entries()) {
    if (count > 0 && below + count >= rank) {
      const from = LATENCY_BOUNDS_MS[index - 1] ?? 0
      const to = LATENCY_BOUNDS_MS[index] ?? from
      return from + ((to - from) * (rank - below)) / count
    }
    below += count
  }
  return LATENCY_BOUNDS_MS.at(-1) ?? 0
}
