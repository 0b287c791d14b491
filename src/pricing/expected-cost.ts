import type { Operation, Target } from '../core/target.ts'
import { ratesOf } from './price-book.ts'
import { usdOf } from './rates.ts'

export interface ExpectedCostInput {
  readonly target: Target
  readonly operation: Operation
  readonly params: unknown
  readonly inputTokens: number
  /** ms since the epoch */
  readonly atMs: number
}

/** Assumed length of an answer when the params set no limit: a long paragraph or two. */
const ANSWER_TOKENS = 500

/** No answer has so many tokens or choices. Clients may write any number, and what is made of it is to stay one. */
const COUNT_MAX = 1e9

/**
 * What a call is expected to cost at one target, USD: its estimated input, and an answer as long as the params allow
 * (500 tokens where they set no limit). Nothing is assumed to be cached.
 *
 * @returns undefined when no price is known
 */
export function expectedCostUsd(input: ExpectedCostInput): number | undefined {
  const priced = ratesOf(input.target, input.atMs)
  if (priced === undefined) return undefined
  const outputTokens = expectedOutputTokens(input.operation, input.params)
  return usdOf(priced.rates, { inputTokens: input.inputTokens, outputTokens })
}

/** Output of a call as long as its params allow. */
export function expectedOutputTokens(operation: Operation, params: unknown): number {
  const { maxTokens, choices } = answerTokensMax(operation, params)
  return Number.isFinite(maxTokens) ? maxTokens : ANSWER_TOKENS * choices
}

/** The longest output that the params allow, all choices together; infinite where they set no limit. */
export function answerTokensMax(
  operation: Operation,
  params: unknown,
): { readonly maxTokens: number; readonly choices: number } {
  if (operation === 'embeddings' || typeof params !== 'object' || params === null)
    return { maxTokens: 0, choices: 1 }
  const { max_completion_tokens: newer, max_tokens: older, n } = params as Readonly<Record<string, unknown>>
  const choices = countOf(n) ?? 1
  return { maxTokens: (countOf(newer) ?? countOf(older) ?? Number.POSITIVE_INFINITY) * choices, choices }
}

/**
 * What is no whole number is no limit: a service may overlook a millionth of a token, and who writes that is not to have an answer
 * that is expected to cost nothing.
 */
function countOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1
    ? Math.min(value, COUNT_MAX)
    : undefined
}
