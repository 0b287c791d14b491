/** What an attempt will probably cost: its input, and an answer as long as those of late. */
import { COUNTER_MAX_NANO_USD } from '../core/budget-store.ts'
import { toNanoUsd } from '../core/money.ts'
import type { Operation, Target } from '../core/target.ts'
import type { Usage } from '../core/usage.ts'
import { answerTokensMax } from '../pricing/expected-cost.ts'
import { ratesOf } from '../pricing/price-book.ts'
import { usdOf } from '../pricing/rates.ts'
import { RecentQuantile } from './recent-quantile.ts'

/** One piece of work, as far as its cost goes. */
export interface Work {
  readonly operation: Operation
  readonly params: unknown
  /** Estimate from the length of the params. */
  readonly inputTokens: number
  /** Answers of one task, or on one route, have much in common. */
  readonly kind: string | undefined
}

/** Assumed length of an answer before any are known, unless the params allow less. */
const FIRST_ANSWER_TOKENS = 500

/**
 * Inputs of which the largest is so many times the smallest are learned together. What a service adds to each input (its own
 * prompt, a template) is most of a short one and nothing of a long one, so that the short ones must not speak for the long.
 */
const INPUT_CLASS = 8

/** Targets × kinds of work that are remembered; the one that was new longest ago goes first. */
const KINDS_MAX = 1_000

export class ExpectedSpend {
  /** Output tokens of answers, each choice for itself. */
  readonly #outputs = new Map<string, RecentQuantile>()
  /** Input tokens that were billed, for each that was estimated. */
  readonly #inputs = new Map<string, RecentQuantile>()

  /** Whole nano-USD; undefined where no price is known. */
  nanoUsdOf(target: Target, work: Work, atMs: number): number | undefined {
    const rates = ratesOf(target, atMs)?.rates
    if (rates === undefined) return undefined
    const ratio = this.#inputs.get(inputKey(target, work))?.p95 ?? 1
    const usage = {
      inputTokens: Math.ceil(work.inputTokens * ratio),
      outputTokens: this.#outputTokens(target, work),
    }
    const usd = usdOf(rates, usage)
    return usd === undefined ? undefined : Math.min(COUNTER_MAX_NANO_USD, toNanoUsd(usd))
  }

  /** A whole answer has told what it used. */
  observe(target: Target, work: Work, usage: Usage): void {
    const { choices } = answerTokensMax(work.operation, work.params)
    if (work.operation === 'chat')
      quantileAt(this.#outputs, outputKey(target, work)).add(usage.outputTokens / choices)
    if (usage.isEstimated !== true && work.inputTokens > 0)
      quantileAt(this.#inputs, inputKey(target, work)).add(usage.inputTokens / work.inputTokens)
  }

  #outputTokens(target: Target, work: Work): number {
    const { choices, maxTokens } = answerTokensMax(work.operation, work.params)
    const learned = this.#outputs.get(outputKey(target, work))?.p95
    return Math.min(maxTokens, Math.ceil((learned ?? FIRST_ANSWER_TOKENS) * choices))
  }
}

function outputKey({ id }: Target, { kind }: Work): string {
  return `${id} ${kind ?? ''}`
}

function inputKey({ id }: Target, { operation, inputTokens }: Work): string {
  const size = Math.floor(Math.log(Math.max(1, inputTokens)) / Math.log(INPUT_CLASS))
  return `${operation} ${size} ${id}`
}

function quantileAt(quantiles: Map<string, RecentQuantile>, key: string): RecentQuantile {
  const known = quantiles.get(key)
  if (known !== undefined) return known
  const [oldest] = quantiles.keys()
  if (quantiles.size >= KINDS_MAX && oldest !== undefined) quantiles.delete(oldest)
  const quantile = new RecentQuantile()
  quantiles.set(key, quantile)
  return quantile
}
