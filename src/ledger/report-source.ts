import type { Clock } from '../core/clock.ts'
import type { LedgerStore } from '../core/ledger-store.ts'
import type { PricedModel } from '../pricing/price-book.ts'

/** What reports are made from. */
export interface ReportSource {
  readonly store: LedgerStore
  /** Everything that has been recorded is in the store. */
  flush(): Promise<void>
  readonly timeZone: string
  /** The configured baseline, `instance/model`; its sums are in the store. */
  readonly baseline: string | undefined
  /** What the price of any model can be told of, by `instance/model`; in words why it cannot be told. */
  readonly pricedModel: (name: string) => PricedModel | string
  /** Sums by hour are kept from then on, ms since the epoch; those by day for ever. */
  readonly hoursFromMs: () => number
  /** Rows of calls are kept from then on. */
  readonly rowsFromMs: () => number
  readonly clock: Clock
}
