import type { Usage } from '../core/usage.ts'
import { fieldOf, isObject, type JsonObject } from './json-shape.ts'

/**
 * Reads the `usage` of an answer, in the words of chat completions, of the Responses API or of Anthropic's Messages.
 *
 * @returns undefined when it does not tell both input and output; counts that are no counts are absent
 */
export function readUsage(usage: unknown): Usage | undefined {
  if (!isObject(usage)) return undefined
  const told = readCounts(usage)
  const inputTokens = totalInput(told)
  const outputTokens = totalOutput(told)
  if (inputTokens === undefined || outputTokens === undefined) return undefined
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
  /** Is the input told without the cache's part? So does Anthropic, and who passes its words on. */
  readonly isCacheApart: boolean
}

function readCounts(usage: JsonObject): ToldCounts {
  const inputDetails = usage['prompt_tokens_details'] ?? usage['input_tokens_details']
  const outputDetails = usage['completion_tokens_details'] ?? usage['output_tokens_details']
  const apartRead = count(usage['cache_read_input_tokens'])
  const apartWrite = count(usage['cache_creation_input_tokens'])
  const prompt = count(usage['prompt_tokens'])
  const input = prompt ?? count(usage['input_tokens'])
  const apart = (apartRead ?? 0) + (apartWrite ?? 0)
  return {
    input,
    output: count(usage['completion_tokens']) ?? count(usage['output_tokens']),
    total: count(usage['total_tokens']),
    cacheRead:
      count(fieldOf(inputDetails, 'cached_tokens')) ??
      // DeepSeek; its prompt_tokens is the sum of hits and misses.
      count(usage['prompt_cache_hit_tokens']) ??
      apartRead,
    cacheWrite: count(fieldOf(inputDetails, 'cache_write_tokens')) ?? apartWrite,
    reasoning: count(fieldOf(outputDetails, 'reasoning_tokens')) ?? count(usage['reasoning_tokens']),
    // Beside `prompt_tokens` these fields mostly repeat a part of it; a part that is larger than the whole is no part.
    isCacheApart: apart > 0 && (prompt === undefined || apart > prompt),
  }
}

function totalInput({ input, isCacheApart, cacheRead, cacheWrite }: ToldCounts): number | undefined {
  if (input === undefined || !isCacheApart) return input
  return input + (cacheRead ?? 0) + (cacheWrite ?? 0)
}

/**
 * Some services (Gemini, xAI) leave reasoning out of `completion_tokens` and count it in `total_tokens` only. It is
 * billed as output all the same.
 */
function totalOutput({ input, output, total, isCacheApart }: ToldCounts): number | undefined {
  if (input === undefined || total === undefined || isCacheApart || total < input) return output
  return Math.max(output ?? 0, total - input)
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
