/** What a ledger says of rows that each cost a thousand nano-USD, from its rows and from each kind of its sums. */
import type { LedgerStore } from '../../src/core/ledger-store.ts'
import { DAY_MS, NOON_MS } from './ledger-rows.ts'

const EVER = { fromMs: 0, toMs: NOON_MS + 365 * DAY_MS }

export interface LedgerCounts {
  readonly rows: number
  readonly byHour: number
  readonly byDay: number
  readonly byUser: number
  readonly nanoUsd: number
}

export async function countsOf(store: LedgerStore): Promise<LedgerCounts> {
  const [byHour, byDay, byUser] = await Promise.all([
    store.totals({ dimension: 'all', spans: [{ grain: 'hour', ...EVER }], limit: 1 }),
    store.totals({ dimension: 'all', spans: [{ grain: 'day', ...EVER }], limit: 1 }),
    store.totals({ dimension: 'user', spans: [{ grain: 'hour', ...EVER }], limit: 1_000 }),
  ])
  const rows = await store.rows({ ...EVER, limit: 1_000_000 })
  return {
    rows: rows.length,
    byHour: byHour[0]?.sums.calls ?? 0,
    byDay: byDay[0]?.sums.calls ?? 0,
    byUser: byUser.reduce((sum, { sums }) => sum + sums.calls, 0),
    nanoUsd: byHour[0]?.sums.costNanoUsd ?? 0,
  }
}

/** What it says when there are so many rows, each once, in everything. */
export function countsFor(rows: number): LedgerCounts {
  return { rows, byHour: rows, byDay: rows, byUser: rows, nanoUsd: rows * 1_000 }
}
