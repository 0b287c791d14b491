/** What one scope (an instance, a target) allows. What is absent is not limited. */
export interface LimitPolicy {
  /** Attempts under way at once. */
  readonly concurrency?: number
  /** Attempts begun within any 60 seconds. */
  readonly requestsPerMinute?: number
  /** Tokens, input and output, of the attempts begun within any 60 seconds. */
  readonly tokensPerMinute?: number
  /** Calls that may wait at once. */
  readonly queueMax: number
  /** Longest wait of one call, ms. */
  readonly queueMaxWaitMs: number
}

/** What became of an attempt, as far as limits are concerned. */
export interface LimitUse {
  /** Input and output together; undefined when nobody said, and then the estimate stands. */
  readonly tokens: number | undefined
  /** The provider answered 429. */
  readonly isRateLimited: boolean
  /** How long it wants to be left alone, ms. */
  readonly retryAfterMs?: number
}
