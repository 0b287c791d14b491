/** Tokens of one attempt, as the GenAI conventions count them. A kind that the provider did not tell is absent, never 0. */
export interface Usage {
  /** All input tokens, those read from and written to the provider's prompt cache included. */
  readonly inputTokens: number
  /** All output tokens, reasoning included. */
  readonly outputTokens: number
  readonly cacheReadTokens?: number
  readonly cacheWriteTokens?: number
  readonly reasoningTokens?: number
  /** True when we estimated the counts because the provider never told (timeout, reset, abort). */
  readonly isEstimated?: boolean
}
