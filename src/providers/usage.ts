import type { Usage } from '../core/usage.ts'
import { fieldOf, isObject, type JsonObject } from '../core/json-shape.ts'

/**
 * Reads the `usage` of an answer, in the words of chat completions, of the Responses API or of Anthropic's Messages.
 *
 * @returns undefined when it does not tell both input and output, or nothing but zeros, as servers do that do not count;
 *   counts that are no counts are absent
 */
export function readUsage(usage: unknown): Usage | undefined {
  if (!isObject(usage)) return undefined
  const told = readCounts(usage)
  const inputTokens = count((told.input ?? Number.NaN) + told.apart)
  if (inputTokens === undefined) return undefined
  const outputTokens = totalOutput(told, inputTokens)
  if (outputTokens === undefined || inputTokens + outputTokens === 0) return undefined
  const cacheReadTokens = partOf(inputTokens, told.cacheRead)
  const cacheWriteTokens = partOf(inputTokens, told.cacheWrite)
  const reasoningTokens = partOf(outputTokens, told.reasoning)
  return {
    inputTokens,
    outputTokens,
    ...(cacheReadTokens === undefined ? {} : { cacheReadTokens }),
    ...(cacheWriteTokens === undefined ? {} : { cacheWriteTokens }),
    ...(reasoningTokens === undefined ? {} : { reasoningTokens }),
  }
}

/** Embeddings have no output, so a total or an input is all that there is to know. */
export function readEmbeddingUsage(usage: unknown): Usage | undefined {
  const inputTokens = count(fieldOf(usage, 'prompt_tokens')) ?? count(fieldOf(usage, 'total_tokens'))
  return inputTokens === undefined ? undefined : { inputTokens, outputTokens: 0 }
}

/** What the answer says that it costs, USD: `usage.cost` of OpenRouter (a number) or Perplexity (an object). */
export function readCostUsd(usage: unknown): number | undefined {
  const cost = fieldOf(usage, 'cost')
  if (isObject(cost)) return amount(cost['total_cost'])
  const usd = amount(cost)
  if (usd === undefined || fieldOf(usage, 'is_byok') !== true) return usd
  // With one's own key at the vendor, `cost` is OpenRouter's fee only; the vendor sends its bill for the rest.
  const upstream = amount(fieldOf(fieldOf(usage, 'cost_details'), 'upstream_inference_cost'))
  return upstream === undefined ? undefined : usd + upstream
}

/** Counts as told, before the kinds are brought together. */
interface ToldCounts {
  readonly input: number | undefined
  readonly output: number | undefined
  readonly total: number | undefined
  readonly cacheRead: number | undefined
  readonly cacheWrite: number | undefined
  readonly reasoning: number | undefined
  /** Tokens of the cache that the input was told without. */
  readonly apart: number
}

function readCounts(usage: JsonObject): ToldCounts {
  const inputDetails = usage['prompt_tokens_details'] ?? usage['input_tokens_details']
  const outputDetails = usage['completion_tokens_details'] ?? usage['output_tokens_details']
  const counts = {
    input: count(usage['prompt_tokens']) ?? count(usage['input_tokens']),
    output: count(usage['completion_tokens']) ?? count(usage['output_tokens']),
    total: count(usage['total_tokens']),
    cacheRead:
      count(fieldOf(inputDetails, 'cached_tokens')) ??
      // DeepSeek; its prompt_tokens is the sum of hits and misses.
      count(usage['prompt_cache_hit_tokens']) ??
      count(usage['cache_read_input_tokens']),
    cacheWrite:
      count(fieldOf(inputDetails, 'cache_write_tokens')) ?? count(usage['cache_creation_input_tokens']),
    reasoning: count(fieldOf(outputDetails, 'reasoning_tokens')) ?? count(usage['reasoning_tokens']),
  }
  return { ...counts, apart: tokensApart(usage, counts) }
}

/**
 * How much of the cache is not in the input. OpenAI's details are always parts of it. Anthropic's fields stand beside
 * its `input_tokens`; beside OpenAI's words, gateways mean either, and the total tells which. Without one they repeat a
 * part of the input, as most do, unless they are larger than the whole.
 */
function tokensApart(
  usage: JsonObject,
  { input, output, total, reasoning }: Omit<ToldCounts, 'apart'>,
): number {
  const read = count(usage['cache_read_input_tokens']) ?? 0
  const write = count(usage['cache_creation_input_tokens']) ?? 0
  const both = read + write
  if (input === undefined || both === 0) return 0
  const isAnthropic = usage['prompt_tokens'] === undefined && usage['input_tokens_details'] === undefined
  if (isAnthropic) return both
  const rest = (total ?? Number.NaN) - input - (output ?? Number.NaN)
  // Some gateways add only one of the two to their prompt_tokens; and the total may hold reasoning of its own.
  const told = [both, read, write].find(
    (part) => part > 0 && (rest === part || rest === part + (reasoning ?? 0)),
  )
  return told ?? (both > input ? both : 0)
}

/**
 * Some services (Gemini, xAI) leave reasoning out of `completion_tokens` and count it in `total_tokens` only. It is
 * billed as output all the same.
 */
function totalOutput({ output, total, apart }: ToldCounts, inputTokens: number): number | undefined {
  if (total === undefined || total < inputTokens) return output
  // Where the input had to be put together, a total alone does not tell the output.
  if (output === undefined && apart > 0) return undefined
  return Math.max(output ?? 0, total - inputTokens)
}

function partOf(whole: number, part: number | undefined): number | undefined {
  return part !== undefined && part <= whole ? part : undefined
}

function count(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined
}

function amount(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined
}
