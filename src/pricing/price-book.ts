import type { CostSource } from '../core/money.ts'
import type { Target } from '../core/target.ts'
import { findInCatalog } from './catalog.ts'
import { ratesAt, type PricePeriod } from './price-periods.ts'
import { ratesOfTable, type Rates } from './rates.ts'

/** Rates, and who says them. */
export interface SourcedRates {
  readonly source: Extract<CostSource, 'config' | 'catalog'>
  readonly rates: Rates
}

interface PriceBook {
  readonly source: SourcedRates['source']
  readonly periods: readonly PricePeriod[]
}

/** By target, so that it is forgotten with its config. */
const books = new WeakMap<Target, PriceBook>()

/** What the target charges at that moment: the user's own price, else the catalog's; undefined when neither knows. */
export function ratesOf(target: Target, atMs: number): SourcedRates | undefined {
  const { source, periods } = bookOf(target)
  const rates = ratesAt(periods, atMs)
  return rates === undefined ? undefined : { source, rates }
}

/** Whether a price is known for the target, now or at some time. */
export function hasPrice(target: Target): boolean {
  return bookOf(target).periods.some(({ rates }) => rates !== undefined)
}

function bookOf(target: Target): PriceBook {
  const known = books.get(target)
  if (known !== undefined) return known
  const book = openBook(target)
  books.set(target, book)
  return book
}

function openBook({ price, priceProvider, priceModel }: Target): PriceBook {
  if (price !== undefined) {
    return { source: 'config', periods: [{ time: { type: 'always' }, rates: ratesOfTable(price) }] }
  }
  return { source: 'catalog', periods: findInCatalog(priceProvider, priceModel)?.periods ?? [] }
}
