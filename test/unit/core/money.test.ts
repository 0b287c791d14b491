import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FREE, sumCosts, toNanoUsd, toUsd, UNPRICED, type Cost } from '../../../src/core/money.ts'

const exact = (amountNanoUsd: number): Cost => ({ amountNanoUsd, status: 'exact', source: 'catalog' })
const estimated = (amountNanoUsd: number): Cost => ({ amountNanoUsd, status: 'estimated', source: 'catalog' })

describe('a sum of costs', () => {
  test('of nothing is free', () => {
    expect(sumCosts([])).toEqual({ amountNanoUsd: 0, status: 'free' })
    expect(sumCosts([FREE, FREE])).toEqual({ amountNanoUsd: 0, status: 'free' })
  })

  test('has the worst status of its parts', () => {
    expect(sumCosts([FREE, exact(5)])).toEqual({ amountNanoUsd: 5, status: 'exact' })
    expect(sumCosts([exact(5), estimated(7), FREE])).toEqual({ amountNanoUsd: 12, status: 'estimated' })
  })

  test('is partial where a known amount stands beside an unknown one', () => {
    expect(sumCosts([exact(5), UNPRICED])).toEqual({ amountNanoUsd: 5, status: 'partial' })
    expect(sumCosts([UNPRICED, estimated(0)])).toEqual({ amountNanoUsd: 0, status: 'partial' })
  })

  test('is unknown, not 0, where nothing but free parts stand beside an unknown one', () => {
    expect(sumCosts([UNPRICED])).toEqual({ status: 'unpriced' })
    expect(sumCosts([FREE, UNPRICED])).toEqual({ status: 'unpriced' })
  })

  test('of sums stays partial', () => {
    const partial = sumCosts([exact(5), UNPRICED])
    expect(sumCosts([partial, exact(1)])).toEqual({ amountNanoUsd: 6, status: 'partial' })
    expect(sumCosts([partial, UNPRICED])).toEqual({ amountNanoUsd: 5, status: 'partial' })
  })

  const amount = fc.nat({ max: 1_000_000_000_000 })
  const cost: fc.Arbitrary<Cost> = fc.oneof(
    fc.constant(FREE),
    fc.constant(UNPRICED),
    amount.map(exact),
    amount.map(estimated),
  )

  test('does not depend on order, nor on how its parts are grouped', () => {
    fc.assert(
      fc.property(fc.array(cost), fc.nat(), (costs, cut) => {
        const at = cut % (costs.length + 1)
        const grouped = sumCosts([sumCosts(costs.slice(0, at)), sumCosts(costs.slice(at))])
        expect(grouped).toEqual(sumCosts(costs))
        expect(sumCosts(costs.toReversed())).toEqual(sumCosts(costs))
      }),
    )
  })

  test('has an amount exactly when it is not unpriced, and loses no nano-dollar', () => {
    fc.assert(
      fc.property(fc.array(cost), (costs) => {
        const total = sumCosts(costs)
        expect(total.amountNanoUsd === undefined).toBe(total.status === 'unpriced')
        const known = costs.reduce((sum, { amountNanoUsd }) => sum + (amountNanoUsd ?? 0), 0)
        expect(total.amountNanoUsd ?? 0).toBe(known)
      }),
    )
  })
})

describe('nano-dollars', () => {
  test('are whole', () => {
    expect(toNanoUsd(0.010499999999999999)).toBe(10_500_000)
    expect(toNanoUsd(0.1 + 0.2)).toBe(300_000_000)
  })

  test('come back as the same dollars', () => {
    fc.assert(
      fc.property(fc.nat(), (nanoUsd) => {
        expect(toNanoUsd(toUsd(nanoUsd))).toBe(nanoUsd)
      }),
    )
  })
})
