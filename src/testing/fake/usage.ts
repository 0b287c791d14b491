import type { CompletionUsage } from '../../core/openai-types.ts'
import type { FakeRequestBody } from './request.ts'

/** Tokens (and, where a service tells it, the cost) that an answer reports. */
export interface FakeUsage {
  /** All input tokens, cached ones included. */
  readonly promptTokens: number
  /** All output tokens, reasoning included. */
  readonly completionTokens: number
  /** Input tokens read from the prompt cache. Not sent when left out. */
  readonly cachedTokens?: number
  /** Input tokens written to the prompt cache. Not sent when left out. */
  readonly cacheWriteTokens?: number
  /** Output tokens spent on reasoning. Not sent when left out. */
  readonly reasoningTokens?: number
  /** USD, sent as `usage.cost` as OpenRouter does. Not sent when left out. */
  readonly costUsd?: number
}

/** How many tokens the fake takes a text for: a quarter of its length, rounded up, at least one. */
export function fakeTokensOf(text: string): number {
  return tokensOfLength(text.length)
}

function tokensOfLength(length: number): number {
  return Math.max(1, Math.ceil(length / 4))
}

/** Input tokens of a request, derived from the length of its messages or inputs. */
export function fakePromptTokens(body: FakeRequestBody | undefined): number {
  return tokensOfLength(textLength(body?.messages) + textLength(body?.input))
}

/** Length of all text in messages, parts and inputs, whatever their nesting. Images and tool definitions do not count. */
function textLength(value: unknown): number {
  if (typeof value === 'string') return value.length
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + textLength(item), 0)
  if (typeof value !== 'object' || value === null) return 0
  return ('content' in value ? textLength(value.content) : 0) + ('text' in value ? textLength(value.text) : 0)
}

/** The protocol's `usage` object. */
export function toCompletionUsage(usage: FakeUsage): CompletionUsage & { cost?: number } {
  const { promptTokens, completionTokens, cachedTokens, cacheWriteTokens, reasoningTokens, costUsd } = usage
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    ...((cachedTokens !== undefined || cacheWriteTokens !== undefined) && {
      prompt_tokens_details: {
        ...(cachedTokens !== undefined && { cached_tokens: cachedTokens }),
        ...(cacheWriteTokens !== undefined && { cache_write_tokens: cacheWriteTokens }),
      },
    }),
    ...(reasoningTokens !== undefined && {
      completion_tokens_details: { reasoning_tokens: reasoningTokens },
    }),
    ...(costUsd !== undefined && { cost: costUsd }),
  }
}

/** The other way round, for an answer that brings its own `usage`. */
export function fromCompletionUsage(usage: CompletionUsage): FakeUsage {
  const { prompt_tokens: promptTokens, completion_tokens: completionTokens } = usage
  const cachedTokens = usage.prompt_tokens_details?.cached_tokens
  const cacheWriteTokens = usage.prompt_tokens_details?.cache_write_tokens
  const reasoningTokens = usage.completion_tokens_details?.reasoning_tokens
  return {
    promptTokens,
    completionTokens,
    ...(cachedTokens !== undefined && { cachedTokens }),
    ...(cacheWriteTokens !== undefined && { cacheWriteTokens }),
    ...(reasoningTokens !== undefined && { reasoningTokens }),
  }
}

/** A usage in two parts: the wire's early part has no output tokens and its late part no input tokens. */
export function toUsagePieces(wire: CompletionUsage, { promptTokens, completionTokens, ...rest }: FakeUsage) {
  const { prompt_tokens, prompt_tokens_details, total_tokens: _sum, ...late } = wire
  const early = { prompt_tokens, ...(prompt_tokens_details && { prompt_tokens_details }) }
  return {
    first: { wire: early, usage: { promptTokens, completionTokens: 0 } },
    last: { wire: late, usage: { ...rest, promptTokens: 0, completionTokens } },
  }
}

/** What several parts of an answer tell. */
export function sumUsage(told: FakeUsage | undefined, more: FakeUsage | undefined): FakeUsage | undefined {
  if (!told || !more) return told ?? more
  const promptTokens = told.promptTokens + more.promptTokens
  return { ...told, ...more, promptTokens, completionTokens: told.completionTokens + more.completionTokens }
}
