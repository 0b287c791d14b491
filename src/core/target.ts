/** What can be asked of a target. */
export type Operation = 'chat' | 'embeddings'

/** What a target can do. `undefined` means nobody said: such a target is tried, not skipped. */
export interface Capabilities {
  /** Takes `tools`, and calls them. */
  readonly tools?: boolean
  /** Takes images in messages. */
  readonly vision?: boolean
  /** Takes a `response_format` with a JSON schema. */
  readonly jsonSchema?: boolean
}

/** USD per million tokens, as vendors print them. Kinds left out cost what input (or output) costs. */
export interface PriceTable {
  /** Input tokens, USD per million. */
  readonly inputUsdPerMTok: number
  /** Output tokens, reasoning included, USD per million. */
  readonly outputUsdPerMTok: number
  /** Input tokens read from the provider's prompt cache, USD per million. @default inputUsdPerMTok */
  readonly cacheReadUsdPerMTok?: number
  /** Input tokens written to that cache, USD per million. @default inputUsdPerMTok */
  readonly cacheWriteUsdPerMTok?: number
  /** Flat fee per request, USD. @default 0 */
  readonly perRequestUsd?: number
}

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

/** One model at one provider instance: what a call can be sent to. */
export interface Target {
  /** `instance/model`, unique in a router. */
  readonly id: string
  readonly instance: string
  /** `gen_ai.provider.name` of the attempt's span. */
  readonly provider: string
  /** The model (or Azure deployment) name that is sent. */
  readonly model: string
  /** The catalog's provider id; undefined when the catalog does not know the provider. */
  readonly priceProvider: string | undefined
  /** The catalog's model id: `priceAs`, else the model. */
  readonly priceModel: string
  /** The user's own price, which wins over the catalog. */
  readonly price: PriceTable | undefined
  readonly contextWindowTokens: number | undefined
  readonly capabilities: Capabilities
  /** Longest wait for one attempt at this target, ms. */
  readonly attemptTimeoutMs: number
  /** Streamed: longest wait for the first content. */
  readonly firstToken: FirstTokenTimeout
  /** Streamed: longest silence after the first content, ms. */
  readonly betweenTokensTimeoutMs: number
  /** What it allows, the widest scope (its instance's) first; empty where nothing is limited. */
  readonly limits: readonly { readonly scope: string; readonly policy: LimitPolicy }[]
  /** Host and port that attempts go to, for spans; undefined for an in-process model. */
  readonly server: { readonly address: string; readonly port: number } | undefined
}

export interface FirstTokenTimeout {
  readonly timeoutMs: number
  /**
   * Nobody asked for this limit: it grows with the prompt, and holds only where another target is left, because to leave
   * a slow model for nothing helps nobody.
   */
  readonly isDefault: boolean
}

/** Why a target is not asked, in a word (for machines) and a sentence (for people). */
export interface Skip {
  readonly target: string
  readonly why: SkipReason
  readonly detail: string
}

export type SkipReason =
  | 'not-allowed'
  | 'capability'
  | 'unsupported-param'
  | 'context-window'
  | 'max-cost'
  | 'unpriced'
  | 'max-latency'
  | 'cooldown'
  | 'breaker-open'
  | 'rate-limited'
  | 'queue-full'
  | 'budget'
