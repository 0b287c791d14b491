/**
 * Money is counted in whole nano-US-dollars (1 USD = 1e9), so sums are exact: 2^53 of them are nine million dollars.
 * A `number` of USD appears at the edges only. Unknown is `undefined`, never 0.
 */

export const NANO_PER_USD = 1_000_000_000

/** `exact`: from real usage · `estimated`: tokens were estimated · `free`: nothing was billed · `unpriced`: no price known. */
export type AttemptCostStatus = 'exact' | 'estimated' | 'free' | 'unpriced'

/** A sum adds `partial`: at least one part is unpriced, and at least one has a known amount. */
export type CostStatus = AttemptCostStatus | 'partial'

/** Who said what it costs: the answer itself, the user's own price, or the catalog. */
export type CostSource = 'provider' | 'config' | 'catalog'

export interface Cost {
  /** Whole nano-USD; absent exactly when `status` is `unpriced`. */
  readonly amountNanoUsd?: number
  readonly status: AttemptCostStatus
  /** Absent when nothing had to be priced (`free`, `unpriced`). */
  readonly source?: CostSource
  /** Which edition of the prices it was computed with: `genai-prices@0.1.8`, `config:1a2b3c4d`, `provider`. */
  readonly priceVersion?: string
}

export interface CostTotal {
  /** Sum of the known amounts; absent when no part has a known amount. */
  readonly amountNanoUsd?: number
  readonly status: CostStatus
}

export const FREE: Cost = { amountNanoUsd: 0, status: 'free' }
export const UNPRICED: Cost = { status: 'unpriced' }

/** Rounds USD to whole nano-USD; called once per attempt, after all token kinds are summed. */
export function toNanoUsd(usd: number): number {
  return Math.round(usd * NANO_PER_USD)
}

/** USD as a plain number, for reports, spans and headers. */
export function toUsd(nanoUsd: number): number {
  return nanoUsd / NANO_PER_USD
}

const RANK: Readonly<Record<CostStatus, number>> = {
  free: 0,
  exact: 1,
  estimated: 2,
  partial: 3,
  unpriced: 4,
}

/**
 * Adds costs: the total is the sum of the known amounts, its status the worst of the parts, and `partial` as soon as
 * known amounts stand beside an unpriced part. Nothing spent at all is `free`; a free part beside an unpriced one is no
 * known amount, so their sum is unknown, not 0.
 */
export function sumCosts(costs: Iterable<Cost | CostTotal>): CostTotal {
  let amountNanoUsd = 0
  let hasKnown = false
  let worst: CostStatus = 'free'
  for (const { amountNanoUsd: amount, status } of costs) {
    amountNanoUsd += amount ?? 0
    if (amount !== undefined && status !== 'free') hasKnown = true
    if (RANK[status] > RANK[worst]) worst = status
  }
  if (worst !== 'unpriced') return { amountNanoUsd, status: worst }
  return hasKnown ? { amountNanoUsd, status: 'partial' } : { status: 'unpriced' }
}
