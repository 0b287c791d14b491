import type { AppliedBudget } from '../core/budget.ts'
import type { LedgerStore } from '../core/ledger-store.ts'
import { rollUpSpanAt, spansOf } from '../core/roll-up-spans.ts'
import type { SpentBefore } from './seeds.ts'

/** The part of a ledger that remembers. */
export interface LedgerMemory {
  readonly store: LedgerStore
  readonly timeZone: string
  flush(): Promise<void>
}

/**
 * What a ledger knows to have been spent in a budget's window. Its hours are those of its own time zone: where a window begins
 * in the middle of one, all of that hour is counted, so that nobody gets more than they may; all of that day, where hours are not
 * kept for as long.
 *
 * @param hoursFromMs since when sums by hour are kept
 * @returns undefined where the ledger does not outlive the process
 */
export function spentBefore(ledger: LedgerMemory, hoursFromMs: () => number): SpentBefore {
  const { store, timeZone } = ledger
  if (!store.isPersistent) return undefined
  return async (budget) => {
    // What this process has spent is in there as well.
    await ledger.flush()
    const begin = rollUpSpanAt(budget.startsAtMs, { timeZone, hoursFromMs: hoursFromMs() })
    const spans = spansOf({ fromMs: begin.startMs, toMs: budget.endsAtMs }, timeZone)
    const groups = { dimension: budget.policy.per, values: [budget.value] }
    const rollUps = await Promise.all(spans.map((span) => store.rollUps({ ...span, ...groups })))
    return rollUps.flat().reduce((total, { sums }) => total + spentOf(sums, budget), 0)
  }
}

function spentOf(
  { costNanoUsd, unpricedRows }: { readonly costNanoUsd: number; readonly unpricedRows: number },
  { policy }: AppliedBudget,
): number {
  return costNanoUsd + unpricedRows * (policy.assumedNanoUsd ?? 0)
}
