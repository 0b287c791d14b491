import type { Clock } from '../core/clock.ts'
import type { LedgerHealth } from '../core/costs.ts'
import type { LedgerRow } from '../core/ledger-row.ts'
import { LedgerError } from '../core/ledger-error.ts'
import type { LedgerStore } from '../core/ledger-store.ts'
import type { Settlement } from '../core/settlement.ts'
import type { Baseline } from './baseline.ts'
import { ledgerErrorOf } from './ledger-error-of.ts'
import type { LedgerListener } from './ledger-listener.ts'
import type { LedgerPolicy } from './ledger-policy.ts'
import { startPruning } from './ledger-pruner.ts'
import { ledgerRows } from './ledger-rows.ts'
import { LedgerWriter } from './ledger-writer.ts'

/** A router's ledger: what its calls cost, written down. A view of settlements, as spans and metrics are. */
export interface Ledger {
  /** False with `ledger: false`: nothing is kept, and whatever the store is asked fails with `ledger_off`. */
  readonly isOn: boolean
  /** For reading; `flush` first. */
  readonly store: LedgerStore
  /** Whose hours, days and months everything goes by. */
  readonly timeZone: string
  readonly baseline: Baseline | undefined
  /** Writes a settled call down, soon. Never waits, never throws. */
  record(settlement: Settlement): void
  /**
   * Writes it through a connection of the app's, inside of its transaction. Where that fails, it is written as usual.
   *
   * @throws LedgerError when it is not in the transaction
   */
  recordIn(transaction: unknown, settlement: Settlement): Promise<void>
  /**
   * Everything recorded before is in the store.
   *
   * @throws LedgerError when the store is down; within 5 seconds
   */
  flush(): Promise<void>
  health(): LedgerHealth
  /** Writes what is left, in bounded time, and closes the store. */
  close(): Promise<void>
}

export interface LedgerParts {
  readonly store: LedgerStore
  readonly timeZone: string
  readonly baseline: Baseline | undefined
  readonly policy: LedgerPolicy
  readonly clock: Clock
  readonly listener: LedgerListener
}

/** Nobody waits longer for a ledger, be it to read it or to close. */
const FLUSH_MS = 5_000

/** How many ledgers use a store: routers may share one, and the last of them closes it. */
const users = new WeakMap<LedgerStore, number>()

export function createLedger(parts: LedgerParts): Ledger {
  const { store, timeZone, baseline, listener } = parts
  users.set(store, (users.get(store) ?? 0) + 1)
  let closing: Promise<void> | undefined
  const writer = new LedgerWriter(parts)
  const stopPruning = startPruning({ ...parts, isUp: () => writer.health.isUp })

  async function end(): Promise<void> {
    stopPruning()
    await writer.close(FLUSH_MS)
    const left = (users.get(store) ?? 1) - 1
    users.set(store, left)
    if (left > 0) return
    try {
      await inTime(store.close(), FLUSH_MS)
    } catch (thrown) {
      listener.failedAside('close', ledgerErrorOf(thrown))
    }
  }

  return {
    isOn: true,
    store,
    timeZone,
    baseline,
    record: (settlement) => writer.add(ledgerRows(settlement, baseline)),
    async recordIn(transaction, settlement) {
      const rows = ledgerRows(settlement, baseline)
      try {
        await writer.ready(FLUSH_MS)
        await appendIn(store, transaction, rows)
        writer.countWritten(rows.length)
      } catch (thrown) {
        const error = ledgerErrorOf(thrown)
        listener.failedAside('transaction', error)
        writer.add(rows)
        throw error
      }
    },
    flush: () => writer.flush(FLUSH_MS),
    health: () => writer.health,
    close: () => (closing ??= end()),
  }
}

async function appendIn(store: LedgerStore, transaction: unknown, rows: readonly LedgerRow[]): Promise<void> {
  if (store.appendIn === undefined)
    throw new LedgerError('ledger_transaction', `the ledger (${store.name}) has no transactions`)
  await store.appendIn(transaction, rows)
}

function inTime(work: Promise<void>, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const late = (): void =>
      reject(new LedgerError('ledger_unreachable', `it has not ended within ${timeoutMs} ms`))
    const timer = setTimeout(late, timeoutMs)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
