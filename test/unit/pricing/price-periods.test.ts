import { expect, test } from 'vitest'
import { ratesAt, type PricePeriod } from '../../../src/pricing/price-periods.ts'
import { ratesOfTable } from '../../../src/pricing/rates.ts'

const day = ratesOfTable({ inputUsdPerMTok: 2, outputUsdPerMTok: 4 })
const night = ratesOfTable({ inputUsdPerMTok: 1, outputUsdPerMTok: 2 })
const HOUR_MS = 3_600_000

test('a price of the night holds across midnight, from its start to before its end', () => {
  const periods: readonly PricePeriod[] = [
    { time: { type: 'always' }, rates: day },
    { time: { type: 'daily', startMs: 22 * HOUR_MS, endMs: 6 * HOUR_MS }, rates: night },
  ]
  const at = (hour: number): unknown => ratesAt(periods, Date.UTC(2026, 10, 21) + hour * HOUR_MS)
  expect([21.99, 22, 23.99, 24, 29.99, 30].map(at)).toEqual([day, night, night, night, night, day])
})

test('a period without a price is not known, even where an earlier one was', () => {
  const periods: readonly PricePeriod[] = [
    { time: { type: 'always' }, rates: day },
    { time: { type: 'since', sinceMs: 1000 }, rates: undefined },
  ]
  expect(ratesAt(periods, 999)).toBe(day)
  expect(ratesAt(periods, 1000)).toBeUndefined()
  expect(ratesAt([], 0)).toBeUndefined()
})
