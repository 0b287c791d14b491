import {
  calcPrice,
  waitForUpdate,
  type MatchLogic,
  type ModelInfo,
  type Provider,
} from '@pydantic/genai-prices'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { toNanoUsd } from '../../../src/core/money.ts'
import type { Target } from '../../../src/core/target.ts'
import type { Usage } from '../../../src/core/usage.ts'
import { knownContextWindow } from '../../../src/pricing/catalog.ts'
import { hasPrice } from '../../../src/pricing/price-book.ts'
import { priceAttempt } from '../../../src/pricing/price-attempt.ts'
import { aTarget } from './a-target.ts'

const NOON = Date.UTC(2026, 10, 21, 12)

interface CatalogRow {
  readonly provider: string
  readonly model: ModelInfo
  readonly target: Target
}

const providers: readonly Provider[] = (await waitForUpdate()) ?? []

/** Every model of the catalog, under a name that leads to it (its id often does not: `regional.…`, `accounts/…`). */
const rows: readonly CatalogRow[] = providers.flatMap(({ id, models }) =>
  models.flatMap((model) => {
    const name = [model.id, ...namesIn(model.match)].find(
      (each) => calcPrice({}, each, { providerId: id })?.model === model,
    )
    return name === undefined ? [] : [{ provider: id, model, target: aTarget(id, name) }]
  }),
)

function namesIn(match: MatchLogic): readonly string[] {
  if ('or' in match) return match.or.flatMap(namesIn)
  if ('and' in match) return match.and.flatMap(namesIn)
  return Object.values(match)
}

function nanoUsd(target: Target, usage: Usage, atMs = NOON): number | undefined {
  return priceAttempt({ target, usage, providerCostUsd: undefined, atMs, wasBilled: true }).amountNanoUsd
}

function libraryNanoUsd(target: Target, usage: Usage, atMs: number): number | undefined {
  const { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, reasoningTokens } = usage
  const counts = {
    input_tokens: inputTokens,
    output_tokens: outputTokens,
    cache_read_tokens: cacheReadTokens,
    cache_write_tokens: cacheWriteTokens,
    output_reasoning_tokens: reasoningTokens,
  }
  const options = { providerId: target.priceProvider ?? '', timestamp: new Date(atMs) }
  const price = calcPrice(counts, target.priceModel, options)
  return price === null ? undefined : toNanoUsd(price.total_price)
}

/** Real models stay below two million tokens; tiers start between 32,000 and 512,000. */
const consistentUsage: fc.Arbitrary<Usage> = fc
  .record({
    inputTokens: fc.oneof(
      fc.nat({ max: 2_000_000 }),
      fc.constantFrom(0, 128_000, 200_000, 200_001, 271_999, 272_000),
    ),
    outputTokens: fc.nat({ max: 200_000 }),
    read: fc.double({ min: 0, max: 1, noNaN: true }),
    written: fc.double({ min: 0, max: 1, noNaN: true }),
    reasoning: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ inputTokens, outputTokens, read, written, reasoning }) => {
    const cacheReadTokens = Math.floor(inputTokens * read)
    const cacheWriteTokens = Math.floor((inputTokens - cacheReadTokens) * written)
    const reasoningTokens = Math.floor(outputTokens * reasoning)
    return { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, reasoningTokens }
  })

const moment = fc.integer({ min: Date.UTC(2024, 0, 1), max: Date.UTC(2027, 11, 31) })

describe("the library's own calculation", () => {
  test('the catalog is there: hundreds of models to compare', () => {
    const listed = providers.flatMap(({ models }) => models)
    expect(rows.length).toBeGreaterThan(listed.length * 0.99)
    expect(rows.filter(({ target }) => hasPrice(target)).length).toBeGreaterThan(1000)
  })

  test('is met within one nano-dollar by every model, at any usage and moment', () => {
    for (const { target } of rows) {
      fc.assert(
        fc.property(consistentUsage, moment, (usage, atMs) => {
          const ours = nanoUsd(target, usage, atMs)
          // No price, where the library would call audio or an unlisted offer free: see the tests below.
          if (ours === undefined) return
          const theirs = libraryNanoUsd(target, usage, atMs)
          expect(Math.abs(ours - (theirs ?? NaN)), target.id).toBeLessThanOrEqual(1)
        }),
        { numRuns: 4 },
      )
    }
  })

  test('is met by models whose price depends on the date, the hour or the length', () => {
    const changing = rows.filter(({ model }) => Array.isArray(model.prices) || hasTiers(model))
    expect(changing.length).toBeGreaterThan(50)
    fc.assert(
      fc.property(fc.constantFrom(...changing), consistentUsage, moment, ({ target }, usage, atMs) => {
        const ours = nanoUsd(target, usage, atMs)
        fc.pre(ours !== undefined)
        expect(
          Math.abs((ours ?? NaN) - (libraryNanoUsd(target, usage, atMs) ?? NaN)),
          target.id,
        ).toBeLessThanOrEqual(1)
      }),
      { numRuns: 3000 },
    )
  })

  test('is met on both sides of each boundary of a price that changes', () => {
    const usage = { inputTokens: 1000, outputTokens: 1000, cacheReadTokens: 100 }
    const compared = rows.flatMap(({ target, model }) =>
      boundaries(model).map((atMs) => ({
        at: `${target.id} at ${atMs}`,
        ours: nanoUsd(target, usage, atMs),
        theirs: libraryNanoUsd(target, usage, atMs),
      })),
    )
    const priced = compared.filter(({ ours }) => ours !== undefined)
    expect(priced.length).toBeGreaterThan(50)
    expect(priced.filter(({ ours, theirs }) => ours !== theirs)).toEqual([])
  })

  test('differs only where the library charges nothing for lack of a price', () => {
    const usage = { inputTokens: 1_000_000, outputTokens: 1_000_000 }
    const unknown = rows.filter(({ target }) => nanoUsd(target, usage) === undefined)
    for (const { target } of unknown) expect(libraryNanoUsd(target, usage, NOON) ?? 0, target.id).toBe(0)
    expect(unknown.length).toBeLessThan(40)
  })

  test('is monotone for every model: more tokens never cost less', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...rows),
        consistentUsage,
        fc.nat({ max: 500_000 }),
        fc.nat({ max: 500_000 }),
        ({ target }, usage, moreInput, moreOutput) => {
          const less = nanoUsd(target, usage)
          fc.pre(less !== undefined)
          const more = {
            ...usage,
            inputTokens: usage.inputTokens + moreInput,
            outputTokens: usage.outputTokens + moreOutput,
          }
          expect(nanoUsd(target, more)).toBeGreaterThanOrEqual(less ?? NaN)
        },
      ),
      { numRuns: 1000 },
    )
  })
})

function hasTiers(model: ModelInfo): boolean {
  return JSON.stringify(model.prices).includes('"tiers"')
}

function boundaries({ prices }: ModelInfo): readonly number[] {
  if (!Array.isArray(prices)) return []
  const edges = prices.flatMap(({ constraint }) => {
    if (constraint === undefined) return []
    if (constraint.type === 'start_date') return [Date.parse(constraint.start_date)]
    return [constraint.start_time, constraint.end_time].map((time) => Date.parse(`2026-11-20T${time}`))
  })
  return edges.flatMap((edgeMs) => [edgeMs - 1, edgeMs, edgeMs + 1])
}

describe('spot checks, USD for a million input and a million output tokens', () => {
  const million = { inputTokens: 1_000_000, outputTokens: 1_000_000 }

  test.each([
    ['openai', 'gpt-4o', 12.5],
    ['openai', 'gpt-4o-2024-08-06', 12.5],
    ['openai', 'gpt-4o-mini', 0.75],
    ['openai', 'gpt-4o-mini-2024-07-18', 0.75],
    ['anthropic', 'claude-opus-4-7', 30],
    ['groq', 'openai/gpt-oss-20b', 0.375],
    ['groq', 'llama-3.3-70b-versatile', 1.38],
    ['mistral', 'codestral-latest', 1.2],
    ['mistral', 'mistral-small-latest', 0.4],
    ['azure', 'gpt-4o-mini', 0.75],
  ])('%s %s: %d', (provider, model, usd) => {
    expect(nanoUsd(aTarget(provider, model), million)).toBe(toNanoUsd(usd))
  })

  test.each([
    'google',
    'x-ai',
    'deepseek',
    'together',
    'fireworks',
    'cerebras',
    'cohere',
    'perplexity',
    'openrouter',
    'aws',
  ])('the catalog has a provider %s with priced models', (provider) => {
    const own = rows.filter((row) => row.provider === provider)
    expect(own.some(({ target }) => (nanoUsd(target, million) ?? 0) > 0)).toBe(true)
  })

  test('Azure falls back to the model names of OpenAI', () => {
    const onlyAtOpenAi = aTarget('azure', 'gpt-5.5')
    expect(nanoUsd(onlyAtOpenAi, { inputTokens: 1000, outputTokens: 1000 })).toBe(toNanoUsd(0.035))
  })

  test("a deployment's own name is unpriced until `priceAs` names the model", () => {
    expect(nanoUsd(aTarget('azure', 'our-chat'), million)).toBeUndefined()
    expect(nanoUsd(aTarget('azure', 'our-chat', { priceModel: 'gpt-4o' }), million)).toBe(toNanoUsd(12.5))
  })

  test('a Bedrock model in a region costs a tenth more', () => {
    expect(
      nanoUsd(aTarget('aws', 'us.anthropic.claude-sonnet-4-6'), { inputTokens: 10, outputTokens: 5 }),
    ).toBe(115_500)
  })

  test('embeddings are priced, and have no output', () => {
    const target = aTarget('openai', 'text-embedding-3-small')
    expect(nanoUsd(target, { inputTokens: 1_000_000, outputTokens: 0 })).toBe(toNanoUsd(0.02))
    expect(nanoUsd(aTarget('cohere', 'embed-v4.0'), { inputTokens: 1_000_000, outputTokens: 0 })).toBe(
      toNanoUsd(0.12),
    )
  })

  test('a fee per request counts', () => {
    expect(nanoUsd(aTarget('perplexity', 'sonar-pro'), { inputTokens: 10, outputTokens: 5 })).toBe(
      toNanoUsd(0.014105),
    )
  })

  test('above its tier a long prompt doubles the price of all its tokens', () => {
    const target = aTarget('openai', 'gpt-5.5')
    expect(nanoUsd(target, { inputTokens: 271_999, outputTokens: 0 })).toBe(toNanoUsd(271_999 * 5e-6))
    expect(nanoUsd(target, { inputTokens: 272_000, outputTokens: 0 })).toBe(toNanoUsd(272_000 * 10e-6))
  })

  test('a price by the hour follows the clock', () => {
    const target = aTarget('deepseek', 'deepseek-chat')
    const day = nanoUsd(target, million, Date.UTC(2026, 10, 21, 12))
    const night = nanoUsd(target, million, Date.UTC(2026, 10, 21, 18))
    expect(day).toBe(toNanoUsd(1.37))
    expect(night).toBeLessThan(day ?? 0)
  })

  test('a price from a date on follows the calendar', () => {
    const target = aTarget('openai', 'o3')
    const before = nanoUsd(target, million, Date.UTC(2025, 5, 9))
    const after = nanoUsd(target, million, Date.UTC(2025, 5, 10))
    expect(after).toBe(toNanoUsd(10))
    expect(before).toBeGreaterThan(after ?? Infinity)
  })
})

describe('models that the catalog lists without a price for tokens', () => {
  const usage = { inputTokens: 1000, outputTokens: 1000 }

  test('are unpriced when they are charged by the minute', () => {
    expect(nanoUsd(aTarget('openai', 'whisper-1'), usage)).toBeUndefined()
  })

  test('are unpriced when nothing is said', () => {
    expect(nanoUsd(aTarget('cerebras', 'qwen-3-coder-480b'), usage)).toBeUndefined()
  })

  test('cost nothing only where their name says so', () => {
    expect(nanoUsd(aTarget('openrouter', 'deepseek/deepseek-r1:free'), usage)).toBe(0)
  })
})

describe('context windows', () => {
  test('come from the catalog where it knows them', () => {
    expect(knownContextWindow('openai', 'gpt-4o')).toBe(128_000)
    expect(knownContextWindow('anthropic', 'claude-3-5-haiku')).toBe(200_000)
  })

  test('are unknown otherwise', () => {
    expect(knownContextWindow('openai', 'no-such-model')).toBeUndefined()
    expect(knownContextWindow(undefined, 'gpt-4o')).toBeUndefined()
    expect(knownContextWindow('openai', '')).toBeUndefined()
  })
})
