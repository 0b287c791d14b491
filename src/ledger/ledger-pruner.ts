import type { Clock } from '../core/clock.ts'
import type { LedgerStore } from '../core/ledger-store.ts'
import { ledgerErrorOf } from './ledger-error-of.ts'
import type { LedgerListener } from './ledger-listener.ts'
import type { LedgerPolicy } from './ledger-policy.ts'

const DAY_MS = 86_400_000
const FIRST_AFTER_MS = 10_000
const EVERY_MS = 3_600_000

export interface PrunerParts {
  readonly store: LedgerStore
  readonly policy: Pick<LedgerPolicy, 'retentionDays' | 'hourRetentionDays'>
  readonly clock: Clock
  readonly listener: Pick<LedgerListener, 'failedAside'>
  /** Can the store be asked? */
  readonly isUp: () => boolean
}

/**
 * Forgets what is old, in the background: some seconds after the start, then every hour. What fails is left to the next time.
 *
 * @returns how to stop it
 */
export function startPruning({ store, policy, clock, listener, isUp }: PrunerParts): () => void {
  let isPruning = false

  async function prune(): Promise<void> {
    if (isPruning || !isUp()) return
    isPruning = true
    try {
      const nowMs = clock.now()
      await store.prune({
        rowsBeforeMs: nowMs - policy.retentionDays * DAY_MS,
        hoursBeforeMs: nowMs - policy.hourRetentionDays * DAY_MS,
      })
    } catch (thrown) {
      listener.failedAside('prune', ledgerErrorOf(thrown))
    } finally {
      isPruning = false
    }
  }

  const first = setTimeout(() => void prune(), FIRST_AFTER_MS).unref()
  const timer = setInterval(() => void prune(), EVERY_MS).unref()
  return () => {
    clearTimeout(first)
    clearInterval(timer)
  }
}
