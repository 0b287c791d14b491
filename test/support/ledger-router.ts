import type { RouterOptions } from '../../src/config/options.ts'
import type { LedgerRow } from '../../src/core/ledger-row.ts'
import type { LedgerStore } from '../../src/core/ledger-store.ts'
import { memoryLedger } from '../../src/stores/memory-ledger.ts'
import type { Router } from '../../src/surface/router.ts'
import { aRouter, type LogLine } from './app.ts'
import { NOON_MS } from './ledger-rows.ts'

export interface LedgerRouter {
  readonly router: Router
  readonly store: LedgerStore
  readonly lines: readonly LogLine[]
}

export interface LedgerRouterOptions extends Partial<Omit<RouterOptions, 'env' | 'clock' | 'ledger'>> {
  /** @default NOON_MS */
  readonly nowMs?: number
  readonly store?: LedgerStore
}

/** A router that makes no calls, over a ledger in memory that holds these rows already. */
export async function aLedgerRouter(
  rows: readonly LedgerRow[] = [],
  { nowMs = NOON_MS, store = memoryLedger({ rowsMax: 100_000 }), ...options }: LedgerRouterOptions = {},
): Promise<LedgerRouter> {
  await store.open(options.timeZone ?? 'UTC')
  await store.append(rows)
  const { router, lines } = aRouter({
    tiers: { fast: ['one/small', 'one/large'] },
    providers: { one: { baseUrl: 'http://127.0.0.1:9/v1', apiKey: 'key-of-one' } },
    targets: {
      'one/small': { price: { inputUsdPerMTok: 1, outputUsdPerMTok: 2 } },
      'one/large': { price: { inputUsdPerMTok: 10, outputUsdPerMTok: 20 } },
    },
    ...options,
    ledger: store,
    clock: { now: () => nowMs, monotonic: () => performance.now() },
  })
  return { router, store, lines }
}
