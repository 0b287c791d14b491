import { nanoUsdOf } from './nano-usd.ts'
import type { Usage } from '../core/usage.ts'
import { ratesOf, type PricedModel } from './price-book.ts'
import { usdOf } from './rates.ts'

/**
 * What the same tokens would have cost at another model, whole nano-USD.
 *
 * @param atMs when they were used, ms since the epoch: prices change by date and by time of day
 * @returns undefined where its price is not known
 */
export function reprice(model: PricedModel, usage: Usage, atMs: number): number | undefined {
  const priced = ratesOf(model, atMs)
  const usd = priced === undefined ? undefined : usdOf(priced.rates, usage)
  return usd === undefined ? undefined : nanoUsdOf(usd)
}
