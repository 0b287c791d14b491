import { expect, test } from 'vitest'
import { ExpectedSpend, type Work } from '../../../src/budgets/expected-spend.ts'
import { aTarget } from '../../support/targets.ts'

/** A nano-dollar for each token. */
const TARGET = aTarget('fake/a', { price: { inputUsdPerMTok: 0.001, outputUsdPerMTok: 0.001 } })

function work(params: object = {}, parts: Partial<Work> = {}): Work {
  return { operation: 'chat', params, inputTokens: 10, kind: undefined, ...parts }
}

function taught(
  outputTokens: number,
  { inputTokens = 10, kind }: { inputTokens?: number; kind?: string } = {},
) {
  const spend = new ExpectedSpend()
  for (let count = 0; count < 5; count++)
    spend.observe(TARGET, work({}, { kind }), { inputTokens, outputTokens })
  return spend
}

test('before anything is known it is 500 tokens, or what the params allow', () => {
  const spend = new ExpectedSpend()
  const outputs = [
    {},
    { max_tokens: 20 },
    { max_tokens: 9_000 },
    { n: 3 },
    { n: 3, max_completion_tokens: 20 },
  ]
  expect(outputs.map((params) => spend.nanoUsdOf(TARGET, work(params), 0))).toEqual([510, 30, 510, 1_510, 70])
})

test('then it is what answers have had, at most what the params allow', () => {
  const spend = taught(40)
  expect(spend.nanoUsdOf(TARGET, work({ max_tokens: 9_000 }), 0)).toBe(50)
  expect(spend.nanoUsdOf(TARGET, work({ max_tokens: 5 }), 0)).toBe(15)
})

test('what the target counts as input is learned, exactly', () => {
  expect(taught(40, { inputTokens: 13 }).nanoUsdOf(TARGET, work(), 0)).toBe(53)
  expect(taught(40, { inputTokens: 13 }).nanoUsdOf(TARGET, work({}, { inputTokens: 20 }), 0)).toBe(66)
})

test('what a target adds to each input is not taken for a share of long ones', () => {
  // 100 tokens of its own, to ten.
  const spend = taught(40, { inputTokens: 110 })
  expect(spend.nanoUsdOf(TARGET, work(), 0)).toBe(150)
  expect(spend.nanoUsdOf(TARGET, work({}, { inputTokens: 50_000 }), 0)).toBe(50_040)
})

test('an answer of several choices is as many answers', () => {
  const spend = taught(40)
  expect(spend.nanoUsdOf(TARGET, work({ n: 10 }), 0)).toBe(410)
  expect(spend.nanoUsdOf(TARGET, work({ n: 10, max_tokens: 5 }), 0)).toBe(60)
  for (let count = 0; count < 100; count++)
    spend.observe(TARGET, work({ n: 4 }), { inputTokens: 10, outputTokens: 30 })
  expect(spend.nanoUsdOf(TARGET, work(), 0)).toBe(18)
})

test.each([
  { n: 1e308 },
  { max_tokens: 1e308, n: 1e308 },
  { max_tokens: 1e-9 },
  { max_completion_tokens: 0.5 },
])('what a client writes makes no answer free: %o', (params) => {
  const nanoUsd = new ExpectedSpend().nanoUsdOf(TARGET, work(params), 0)
  expect(nanoUsd).toBeGreaterThanOrEqual(510)
  expect(Number.isSafeInteger(nanoUsd)).toBe(true)
})

test('each kind of work is learned for itself', () => {
  const spend = taught(40, { kind: '/ask' })
  expect(spend.nanoUsdOf(TARGET, work({}, { kind: '/ask' }), 0)).toBe(50)
  expect(spend.nanoUsdOf(TARGET, work({}, { kind: '/write' }), 0)).toBe(510)
})

test('embeddings have no output', () => {
  const embed = work({ input: 'x', max_tokens: 7 }, { operation: 'embeddings' })
  expect(new ExpectedSpend().nanoUsdOf(TARGET, embed, 0)).toBe(10)
})

test('is unknown, and not nothing, without a price', () => {
  expect(new ExpectedSpend().nanoUsdOf(aTarget('fake/b'), work(), 0)).toBeUndefined()
})
