import type { LedgerError } from '../core/ledger-error.ts'

/** What passes by itself is tried again soon; what somebody has to mend, slowly, but it is. */
const PASSING = { firstMs: 100, maxMs: 10_000 }
const LASTING = { firstMs: 5_000, maxMs: 60_000 }

/** How long to wait before a write that failed is tried again, ms. */
export function retryDelayMs({ isPassing }: LedgerError, failuresInARow: number): number {
  const { firstMs, maxMs } = isPassing ? PASSING : LASTING
  return Math.min(maxMs, firstMs * 2 ** Math.min(failuresInARow - 1, 20))
}
