import type { AppliedBudget } from '../core/budget.ts'
import { spanAt } from '../core/calendar.ts'
import type { LedgerStore } from '../core/ledger-store.ts'
import type { SpentBefore } from './seeds.ts'

/** The part of a ledger that remembers. */
export interface LedgerMemory {
  readonly store: LedgerStore
  readonly timeZone: string
  flush(): Promise<void>
}

/**
 * What a ledger knows to have been spent in a budget's window. Its hours are those of its own time zone: where a window begins
 * in the middle of one, all of that hour is counted, so that nobody gets more than they may.
 *
 * @returns undefined where the ledger does not outlive the process
 */
export function spentBefore(ledger: LedgerMemory): SpentBefore {
  const { store, timeZone } = ledger
  if (!store.isPersistent) return undefined
  return async (budget) => {
    // What this process has spent is in there as well.
    await ledger.flush()
    const rollUps = await store.rollUps({
      grain: 'hour',
      dimension: budget.policy.per,
      values: [budget.value],
      fromMs: spanAt('hour', budget.startsAtMs, timeZone).startMs,
      toMs: budget.endsAtMs,
    })
    return rollUps.reduce((total, { sums }) => total + spentOf(sums, budget), 0)
  }
}

function spentOf(
  { costNanoUsd, unpricedRows }: { readonly costNanoUsd: number; readonly unpricedRows: number },
  { policy }: AppliedBudget,
): number {
  return costNanoUsd + unpricedRows * (policy.assumedNanoUsd ?? 0)
}
