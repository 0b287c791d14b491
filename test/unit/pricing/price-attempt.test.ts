import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FREE, UNPRICED, type Cost } from '../../../src/core/money.ts'
import type { PriceTable, Target } from '../../../src/core/target.ts'
import type { Usage } from '../../../src/core/usage.ts'
import { priceAttempt, type AttemptPricing } from '../../../src/pricing/price-attempt.ts'
import { hasPrice } from '../../../src/pricing/price-book.ts'
import { aTarget } from './a-target.ts'

const AT_MS = Date.UTC(2026, 10, 21, 12)

function price(target: Target, usage: Usage | undefined, rest: Partial<AttemptPricing> = {}): Cost {
  return priceAttempt({ target, usage, providerCostUsd: undefined, atMs: AT_MS, wasBilled: true, ...rest })
}

const tokens = (inputTokens: number, outputTokens: number, rest: Partial<Usage> = {}): Usage => ({
  inputTokens,
  outputTokens,
  ...rest,
})

describe('golden numbers', () => {
  const written = tokens(12_307, 550, { cacheWriteTokens: 12_304 })
  const read = tokens(2_459, 23, { cacheReadTokens: 2_455 })

  test('3 input, 12,304 cache-write and 550 output tokens of claude-sonnet-4-6 are $0.054399', () => {
    const cost = price(aTarget('anthropic', 'claude-sonnet-4-6'), written)
    expect(cost).toMatchObject({ amountNanoUsd: 54_399_000, status: 'exact', source: 'catalog' })
  })

  test('the same at an own price of $3, $3.75 and $15 per million', () => {
    const own = { inputUsdPerMTok: 3, cacheWriteUsdPerMTok: 3.75, outputUsdPerMTok: 15 }
    const cost = price(aTarget(undefined, 'x', { price: own }), written)
    expect(cost).toMatchObject({ amountNanoUsd: 54_399_000, status: 'exact', source: 'config' })
  })

  test('4 input, 2,455 cached and 23 output tokens of claude-3-5-haiku are $0.0002916', () => {
    const cost = price(aTarget('anthropic', 'claude-3-5-haiku'), read)
    expect(cost).toMatchObject({ amountNanoUsd: 291_600, status: 'exact', source: 'catalog' })
  })

  test('the same at an own price of $0.8, $0.08 and $4 per million', () => {
    const own = { inputUsdPerMTok: 0.8, cacheReadUsdPerMTok: 0.08, outputUsdPerMTok: 4 }
    const cost = price(aTarget(undefined, 'x', { price: own }), read)
    expect(cost).toMatchObject({ amountNanoUsd: 291_600, status: 'exact', source: 'config' })
  })
})

describe('order of truth', () => {
  const own: PriceTable = { inputUsdPerMTok: 1, outputUsdPerMTok: 2 }
  const million = tokens(1_000_000, 1_000_000)

  test('a cost told in the answer wins over prices', () => {
    const cost = price(aTarget('openai', 'gpt-4o', { price: own }), million, { providerCostUsd: 0.001 })
    expect(cost).toMatchObject({ amountNanoUsd: 1_000_000, status: 'exact', source: 'provider' })
  })

  test('a told cost of 0 is a cost, not silence', () => {
    const cost = price(aTarget('openai', 'gpt-4o'), million, { providerCostUsd: 0 })
    expect(cost).toMatchObject({ amountNanoUsd: 0, status: 'exact', source: 'provider' })
  })

  test.each([Number.NaN, -0.01, Number.POSITIVE_INFINITY, 1e300])(
    'a told cost of %s is ignored',
    (providerCostUsd) => {
      const cost = price(aTarget('openai', 'gpt-4o'), million, { providerCostUsd })
      expect(cost).toMatchObject({ amountNanoUsd: 12_500_000_000, status: 'exact', source: 'catalog' })
    },
  )

  test("the user's own price wins over the catalog", () => {
    const cost = price(aTarget('openai', 'gpt-4o', { price: own }), million)
    expect(cost).toMatchObject({ amountNanoUsd: 3_000_000_000, status: 'exact', source: 'config' })
  })

  test('without a known price an attempt is unpriced, not free', () => {
    expect(price(aTarget('openai', 'no-such-model'), million)).toEqual(UNPRICED)
    expect(price(aTarget('no-such-provider', 'gpt-4o'), million)).toEqual(UNPRICED)
    expect(price(aTarget(undefined, 'gpt-4o'), million)).toEqual(UNPRICED)
    expect(hasPrice(aTarget(undefined, 'gpt-4o'))).toBe(false)
    expect(hasPrice(aTarget('openai', 'gpt-4o'))).toBe(true)
  })
})

describe('what an attempt costs by how it ended', () => {
  const target = aTarget('openai', 'gpt-4o')

  test('never billed and without usage it is free', () => {
    expect(price(target, undefined, { wasBilled: false })).toEqual(FREE)
  })

  test('a failure that tells its usage is charged for it', () => {
    expect(price(target, tokens(1000, 0)).amountNanoUsd).toBe(2_500_000)
  })

  test('estimated tokens make an estimated cost', () => {
    const cost = price(target, tokens(1000, 0, { isEstimated: true }))
    expect(cost).toMatchObject({ amountNanoUsd: 2_500_000, status: 'estimated', source: 'catalog' })
  })

  test('billed without usage it is unpriced', () => {
    expect(price(target, undefined)).toEqual(UNPRICED)
  })

  test('usage that is not numbers is unpriced', () => {
    expect(price(target, tokens(Number.NaN, 1))).toEqual(UNPRICED)
    expect(price(target, tokens(-5, 1))).toEqual(UNPRICED)
    expect(price(target, tokens(1, Number.POSITIVE_INFINITY))).toEqual(UNPRICED)
    expect(price(target, tokens(1e300, 1))).toEqual(UNPRICED)
  })

  test('a part of the usage that is no number stays inside its total', () => {
    const whole = price(target, tokens(1000, 10))
    expect(price(target, tokens(1000, 10, { cacheReadTokens: Number.NaN }))).toEqual(whole)
    expect(price(target, tokens(1000, 10, { cacheReadTokens: -7 }))).toEqual(whole)
  })

  test('more cached than input tokens are all charged as cached', () => {
    // 20 cached tokens at $1.25 and 23 output tokens at $10 per million.
    const cost = price(target, tokens(10, 23, { cacheReadTokens: 20 }))
    expect(cost).toMatchObject({ amountNanoUsd: 255_000, status: 'exact', source: 'catalog' })
  })
})

describe("a user's own price", () => {
  test('charges cached tokens as input where it does not say otherwise', () => {
    const own = { inputUsdPerMTok: 1, outputUsdPerMTok: 2 }
    const cost = price(aTarget(undefined, 'x', { price: own }), tokens(100, 10, { cacheReadTokens: 60 }))
    expect(cost.amountNanoUsd).toBe(120_000)
  })

  test('adds its fee per request', () => {
    const own = { inputUsdPerMTok: 0, outputUsdPerMTok: 0, perRequestUsd: 0.005 }
    expect(price(aTarget(undefined, 'x', { price: own }), tokens(100, 10)).amountNanoUsd).toBe(5_000_000)
  })

  test('of 0 is a known price: exact, not unpriced', () => {
    const own = { inputUsdPerMTok: 0, outputUsdPerMTok: 0 }
    const cost = price(aTarget(undefined, 'x', { price: own }), tokens(100, 10))
    expect(cost).toMatchObject({ amountNanoUsd: 0, status: 'exact', source: 'config' })
  })

  test('is rounded once, after summing its kinds', () => {
    // 0.4 + 0.4 + 0.4 nano-dollars: rounded kind by kind they would vanish.
    const own = { inputUsdPerMTok: 0.0004, cacheReadUsdPerMTok: 0.0004, outputUsdPerMTok: 0.0004 }
    const cost = price(aTarget(undefined, 'x', { price: own }), tokens(2, 1, { cacheReadTokens: 1 }))
    expect(cost.amountNanoUsd).toBe(1)
  })
})

describe('any price and any usage', () => {
  const rate = fc.double({ min: 0, max: 1000, noNaN: true })
  const table: fc.Arbitrary<PriceTable> = fc.record(
    {
      inputUsdPerMTok: rate,
      outputUsdPerMTok: rate,
      cacheReadUsdPerMTok: rate,
      cacheWriteUsdPerMTok: rate,
      perRequestUsd: fc.double({ min: 0, max: 1, noNaN: true }),
    },
    { requiredKeys: ['inputUsdPerMTok', 'outputUsdPerMTok'] },
  )
  const count = fc.nat({ max: 10_000_000 })
  const usage: fc.Arbitrary<Usage> = fc.record(
    {
      inputTokens: count,
      outputTokens: count,
      cacheReadTokens: count,
      cacheWriteTokens: count,
      reasoningTokens: count,
    },
    { requiredKeys: ['inputTokens', 'outputTokens'] },
  )

  test('cost is a whole number of nano-dollars, never negative', () => {
    fc.assert(
      fc.property(table, usage, (own, used) => {
        const { amountNanoUsd } = price(aTarget(undefined, 'x', { price: own }), used)
        expect(Number.isSafeInteger(amountNanoUsd)).toBe(true)
        expect(amountNanoUsd).toBeGreaterThanOrEqual(0)
      }),
    )
  })

  test('more tokens never cost less', () => {
    fc.assert(
      fc.property(table, usage, count, count, (own, used, moreInput, moreOutput) => {
        const target = aTarget(undefined, 'x', { price: own })
        const more = {
          ...used,
          inputTokens: used.inputTokens + moreInput,
          outputTokens: used.outputTokens + moreOutput,
        }
        expect(price(target, more).amountNanoUsd).toBeGreaterThanOrEqual(
          price(target, used).amountNanoUsd ?? Infinity,
        )
      }),
    )
  })

  test('no usage at all, however odd, makes a negative cost or a throw', () => {
    const odd = fc.record({
      inputTokens: fc.double(),
      outputTokens: fc.double(),
      cacheReadTokens: fc.double(),
    })
    fc.assert(
      fc.property(table, odd, fc.option(fc.double(), { nil: undefined }), (own, used, providerCostUsd) => {
        const cost = price(aTarget(undefined, 'x', { price: own }), used, { providerCostUsd })
        expect(cost.amountNanoUsd ?? 0).toBeGreaterThanOrEqual(0)
        expect(cost.status === 'unpriced').toBe(cost.amountNanoUsd === undefined)
      }),
    )
  })
})
