import { createHash } from 'node:crypto'
import type { CostSource } from '../core/money.ts'
import type { Target } from '../core/target.ts'
import { catalogVersion } from './catalog-version.ts'
import { findInCatalog } from './catalog.ts'
import { ratesAt, type PricePeriod } from './price-periods.ts'
import { ratesOfTable, type Rates } from './rates.ts'

/** What a price can be told of: a target, or a model that nobody sends anything to. */
export type PricedModel = Pick<Target, 'price' | 'priceProvider' | 'priceModel'>

/** Rates, and who says them. */
export interface SourcedRates {
  readonly source: Extract<CostSource, 'config' | 'catalog'>
  /** Which edition of the prices they are from. */
  readonly version: string
  readonly rates: Rates
}

interface PriceBook {
  readonly source: SourcedRates['source']
  readonly version: string
  readonly periods: readonly PricePeriod[]
}

/** By target, so that it is forgotten with its config. */
const books = new WeakMap<PricedModel, PriceBook>()

/** What the target charges at that moment: the user's own price, else the catalog's; undefined when neither knows. */
export function ratesOf(target: PricedModel, atMs: number): SourcedRates | undefined {
  const { source, version, periods } = bookOf(target)
  const rates = ratesAt(periods, atMs)
  return rates === undefined ? undefined : { source, version, rates }
}

/** Whether a price is known for the target, now or at some time. */
export function hasPrice(target: PricedModel): boolean {
  return bookOf(target).periods.some(({ rates }) => rates !== undefined)
}

function bookOf(target: PricedModel): PriceBook {
  const known = books.get(target)
  if (known !== undefined) return known
  const book = openBook(target)
  books.set(target, book)
  return book
}

function openBook({ price, priceProvider, priceModel }: PricedModel): PriceBook {
  if (price !== undefined) {
    const table = Object.entries(price).toSorted(([one], [other]) => (one < other ? -1 : 1))
    const periods = [{ time: { type: 'always' }, rates: ratesOfTable(price) }] as const
    return { source: 'config', version: `config:${fingerprint(table)}`, periods }
  }
  const periods = findInCatalog(priceProvider, priceModel)?.periods ?? []
  const version = catalogVersion() ?? `genai-prices:${fingerprint(periods)}`
  return { source: 'catalog', version, periods }
}

/** Other prices, another name; the same after every restart. */
function fingerprint(prices: unknown): string {
  return createHash('sha256').update(JSON.stringify(prices)).digest('hex').slice(0, 8)
}
