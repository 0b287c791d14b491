import { FREE, UNPRICED, type Cost } from '../core/money.ts'
import type { Target } from '../core/target.ts'
import type { Usage } from '../core/usage.ts'
import { nanoUsdOf } from './nano-usd.ts'
import { ratesOf } from './price-book.ts'
import { usdOf } from './rates.ts'

/** What is known of an attempt's price when it has ended. */
export interface AttemptPricing {
  readonly target: Target
  /** Told by the provider, or estimated where an attempt was sent and then cut. */
  readonly usage: Usage | undefined
  /** What the answer itself says that it costs, USD. */
  readonly providerCostUsd: number | undefined
  /** When the attempt began, ms since the epoch: prices change by date and by time of day. */
  readonly atMs: number
  /** False when nothing can have been charged: never sent, or refused with an HTTP error that tells no usage. */
  readonly wasBilled: boolean
}

/**
 * What an attempt costs. The cost in the answer wins, then the user's price, then the catalog. Billed without a known
 * usage or price is `unpriced`, never 0.
 */
export function priceAttempt({ target, usage, providerCostUsd, atMs, wasBilled }: AttemptPricing): Cost {
  const told = providerCostUsd === undefined ? undefined : nanoUsdOf(providerCostUsd)
  if (told !== undefined)
    return { amountNanoUsd: told, status: 'exact', source: 'provider', priceVersion: 'provider' }
  if (usage !== undefined) return priceUsage(target, usage, atMs)
  return wasBilled ? UNPRICED : FREE
}

function priceUsage(target: Target, usage: Usage, atMs: number): Cost {
  const priced = ratesOf(target, atMs)
  const usd = priced === undefined ? undefined : usdOf(priced.rates, usage)
  const amountNanoUsd = usd === undefined ? undefined : nanoUsdOf(usd)
  if (priced === undefined || amountNanoUsd === undefined) return UNPRICED
  const { source, version: priceVersion } = priced
  return { amountNanoUsd, status: usage.isEstimated === true ? 'estimated' : 'exact', source, priceVersion }
}
