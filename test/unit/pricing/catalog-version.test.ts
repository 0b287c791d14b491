import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { catalogVersion } from '../../../src/pricing/catalog-version.ts'
import { ratesOf } from '../../../src/pricing/price-book.ts'
import { priceAttempt } from '../../../src/pricing/price-attempt.ts'
import { aTarget } from './a-target.ts'

const MANIFEST = new URL('../../../node_modules/@pydantic/genai-prices/package.json', import.meta.url)
const AT_MS = Date.UTC(2026, 10, 21)
const USAGE = { inputTokens: 1, outputTokens: 1 }

test('the edition of the catalog is the one that is installed', () => {
  const { version } = JSON.parse(readFileSync(MANIFEST, 'utf8')) as { version: string }
  expect(catalogVersion()).toBe(`genai-prices@${version}`)
  expect(ratesOf(aTarget('openai', 'gpt-4o'), AT_MS)?.version).toBe(`genai-prices@${version}`)
})

test('an own price has a name that changes with it, and not with the order of its fields', () => {
  const versionOf = (price: NonNullable<Parameters<typeof aTarget>[2]>['price']) =>
    ratesOf(aTarget(undefined, 'x', { price }), AT_MS)?.version
  const version = versionOf({ inputUsdPerMTok: 1, outputUsdPerMTok: 2 })
  expect(version).toMatch(/^config:[0-9a-f]{8}$/)
  expect(versionOf({ outputUsdPerMTok: 2, inputUsdPerMTok: 1 })).toBe(version)
  expect(versionOf({ inputUsdPerMTok: 1, outputUsdPerMTok: 3 })).not.toBe(version)
})

test('each known cost names its edition; what has no price has none', () => {
  const attempt = { usage: USAGE, providerCostUsd: undefined, atMs: AT_MS, wasBilled: true }
  const target = aTarget('openai', 'gpt-4o')
  expect(priceAttempt({ ...attempt, target }).priceVersion).toBe(catalogVersion())
  expect(priceAttempt({ ...attempt, target, providerCostUsd: 0.1 }).priceVersion).toBe('provider')
  expect(priceAttempt({ ...attempt, target: aTarget(undefined, 'x') })).toEqual({ status: 'unpriced' })
})
