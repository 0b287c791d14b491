/**
 * The one door to `@pydantic/genai-prices`: its data and its matching of model names. Its `calcPrice` takes 15 µs, most
 * of it matching and checking a row that does not change, so a row is matched once and priced by `rates.ts`, which a
 * property test holds equal to `calcPrice` for every model of the catalog.
 */
import {
  calcPrice,
  findProvider,
  type ConditionalPrice,
  type ModelInfo,
  type ModelPrice,
} from '@pydantic/genai-prices'
import type { PricePeriod, PriceTime } from './price-periods.ts'
import type { Rate, Rates } from './rates.ts'

/** What the catalog knows of a model. */
export interface CatalogModel {
  readonly periods: readonly PricePeriod[]
  readonly contextWindowTokens: number | undefined
}

/** Looks a model up; takes 20 µs, so callers keep the answer. Undefined when the catalog does not know it. */
export function findInCatalog(
  priceProvider: string | undefined,
  priceModel: string,
): CatalogModel | undefined {
  // Without a provider the library guesses one from the model's name, and another provider's price is not ours.
  if (priceProvider === undefined) return undefined
  try {
    const match = calcPrice({}, priceModel, { providerId: priceProvider })
    if (match === null) return undefined
    return { periods: periodsOf(match.model), contextWindowTokens: match.model.context_window }
  } catch {
    // The library throws on a row that it cannot read. No price can be told from such a row: the model is unknown to
    // us, and every attempt at it shows as `unpriced`.
    return undefined
  }
}

/** The ids of every model that this provider is known to sell, for hints; empty when the catalog does not know it. */
export function catalogModelIds(priceProvider: string): readonly string[] {
  const provider = findProvider({ providerId: priceProvider })
  // Azure sells models of OpenAI and others, at their prices.
  const others = (provider?.fallback_model_providers ?? []).map((providerId) => findProvider({ providerId }))
  return [provider, ...others].flatMap((known) => known?.models.map(({ id }) => id) ?? [])
}

/** The model's context window in the catalog, tokens. */
export function knownContextWindow(
  priceProvider: string | undefined,
  priceModel: string,
): number | undefined {
  return findInCatalog(priceProvider, priceModel)?.contextWindowTokens
}

function periodsOf(model: ModelInfo): readonly PricePeriod[] {
  const prices: readonly ConditionalPrice[] = Array.isArray(model.prices)
    ? model.prices
    : [{ prices: model.prices }]
  return prices.map((price) => ({ time: timeOf(price), rates: ratesOf(price.prices, model.id) }))
}

function timeOf({ constraint }: ConditionalPrice): PriceTime {
  if (constraint === undefined) return { type: 'always' }
  if (constraint.type === 'start_date') return { type: 'since', sinceMs: Date.parse(constraint.start_date) }
  return { type: 'daily', startMs: msOfDay(constraint.start_time), endMs: msOfDay(constraint.end_time) }
}

/** `16:30:00Z`, `08:00:00.5+08:00` → ms after midnight UTC. */
function msOfDay(time: string): number {
  const ms = Date.parse(`1970-01-02T${time}`)
  if (Number.isNaN(ms)) throw new TypeError('the catalog holds a time of day that cannot be read')
  return ms % 86_400_000
}

function ratesOf(price: ModelPrice, modelId: string): Rates | undefined {
  const { input_mtok: input, output_mtok: output, requests_kcount: requests } = price
  const isPerToken = input !== undefined || output !== undefined || requests !== undefined
  // Rows without a price, or priced by the minute or page, would make tokens free. Only the mark of a free offer may.
  if (!isPerToken && !(Object.keys(price).length === 0 && modelId.endsWith(':free'))) return undefined
  return {
    input: rateOf(input) ?? 0,
    // An embedding model has no output price, and no output.
    output: rateOf(output) ?? 0,
    cacheRead: rateOf(price['cache_read_mtok']),
    cacheWrite: rateOf(price['cache_write_mtok']),
    reasoning: rateOf(price['output_reasoning_mtok']),
    perRequestUsd: typeof requests === 'number' ? requests / 1000 : 0,
  }
}

function rateOf(price: ModelPrice[string]): Rate | undefined {
  if (price === undefined || typeof price === 'number') return price
  const tiers = price.tiers.map(({ start, price: usdPerMTok }) => ({ aboveInputTokens: start, usdPerMTok }))
  return {
    baseUsdPerMTok: price.base,
    tiers: tiers.sort((a, b) => a.aboveInputTokens - b.aboveInputTokens),
  }
}
