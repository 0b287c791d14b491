/** Tokens × rates → USD. The one piece of arithmetic behind the catalog's prices and the user's own. */
import type { PriceTable } from '../core/target.ts'
import type { Usage } from '../core/usage.ts'

/** USD per million tokens: a number, or prices that step up with the length of the input. */
export type Rate = number | TieredRate

interface TieredRate {
  readonly baseUsdPerMTok: number
  /** Ascending. The last tier that the input exceeds prices all tokens of the kind, not only those above it. */
  readonly tiers: readonly { readonly aboveInputTokens: number; readonly usdPerMTok: number }[]
}

/** What each kind of token costs. A kind without a rate of its own costs what the kind around it costs. */
export interface Rates {
  readonly input: Rate
  readonly output: Rate
  readonly cacheRead: Rate | undefined
  readonly cacheWrite: Rate | undefined
  readonly reasoning: Rate | undefined
  /** Flat fee per request, USD. */
  readonly perRequestUsd: number
}

/** A user's own prices as rates. */
export function ratesOfTable(price: PriceTable): Rates {
  return {
    input: price.inputUsdPerMTok,
    output: price.outputUsdPerMTok,
    cacheRead: price.cacheReadUsdPerMTok,
    cacheWrite: price.cacheWriteUsdPerMTok,
    reasoning: undefined,
    perRequestUsd: price.perRequestUsd ?? 0,
  }
}

/**
 * What this usage costs, USD, unrounded.
 *
 * Where the parts of a usage exceed their total (more cached than input tokens, as services tell that leave cached
 * tokens out of the total), the parts are believed: the total is at least their sum, so no kind counts below 0.
 *
 * @returns undefined when the usage does not hold token counts
 */
export function usdOf(rates: Rates, usage: Usage): number | undefined {
  if (!isCount(usage.inputTokens) || !isCount(usage.outputTokens)) return undefined
  const cacheRead = countOr0(usage.cacheReadTokens)
  const cacheWrite = countOr0(usage.cacheWriteTokens)
  const reasoning = countOr0(usage.reasoningTokens)
  const input = Math.max(usage.inputTokens, cacheRead + cacheWrite)
  const output = Math.max(usage.outputTokens, reasoning)
  const ownRead = rates.cacheRead === undefined ? 0 : cacheRead
  const ownWrite = rates.cacheWrite === undefined ? 0 : cacheWrite
  const ownReasoning = rates.reasoning === undefined ? 0 : reasoning
  const perMTok =
    (input - ownRead - ownWrite) * rateFor(rates.input, input) +
    ownRead * rateFor(rates.cacheRead, input) +
    ownWrite * rateFor(rates.cacheWrite, input) +
    (output - ownReasoning) * rateFor(rates.output, input) +
    ownReasoning * rateFor(rates.reasoning, input)
  return perMTok / 1e6 + rates.perRequestUsd
}

function rateFor(rate: Rate | undefined, inputTokens: number): number {
  if (rate === undefined) return 0
  if (typeof rate === 'number') return rate
  let price = rate.baseUsdPerMTok
  for (const tier of rate.tiers) {
    if (inputTokens > tier.aboveInputTokens) price = tier.usdPerMTok
  }
  return price
}

function isCount(value: number): boolean {
  return Number.isFinite(value) && value >= 0
}

/** A part that was not told, or not as a number, stays inside its total. */
function countOr0(value: number | undefined): number {
  return value !== undefined && isCount(value) ? value : 0
}
