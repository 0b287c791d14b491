import type { Rates } from './rates.ts'

/** When a price holds. */
export type PriceTime =
  | { readonly type: 'always' }
  | { readonly type: 'since'; readonly sinceMs: number }
  /** Every day from `startMs` to before `endMs` after midnight UTC; across midnight when the end is the smaller. */
  | { readonly type: 'daily'; readonly startMs: number; readonly endMs: number }

export interface PricePeriod {
  readonly time: PriceTime
  /** Undefined where the catalog lists the model without a price. */
  readonly rates: Rates | undefined
}

const DAY_MS = 86_400_000

/** The rates of a moment: the last period that holds then, else the first. Undefined when its price is not known. */
export function ratesAt(periods: readonly PricePeriod[], atMs: number): Rates | undefined {
  for (let index = periods.length - 1; index > 0; index--) {
    const period = periods[index]
    if (period !== undefined && holds(period.time, atMs)) return period.rates
  }
  return periods[0]?.rates
}

function holds(time: PriceTime, atMs: number): boolean {
  if (time.type === 'always') return true
  if (time.type === 'since') return atMs >= time.sinceMs
  const { startMs, endMs } = time
  const dayMs = ((atMs % DAY_MS) + DAY_MS) % DAY_MS
  return endMs < startMs ? dayMs >= startMs || dayMs < endMs : dayMs >= startMs && dayMs < endMs
}
