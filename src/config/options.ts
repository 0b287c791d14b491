import type { BudgetEvent } from '../core/budget.ts'
import type { SharedState } from '../core/shared-state.ts'
import type { LedgerStore } from '../core/ledger-store.ts'
import type { HealthChange } from '../core/target-health.ts'
import type { Logger } from '../core/logger.ts'
import type { AppRequest, Identify } from '../core/identify.ts'
import type { Clock, Random } from '../core/clock.ts'
import type { StrategyName } from '../core/strategy.ts'
import type { Capabilities, PriceTable } from '../core/target.ts'
import type { AiSdkTarget } from '../providers/ai-sdk.ts'
import type { TlsOptions } from '../providers/provider-config.ts'
import type { BudgetOptions } from './budget-options.ts'
import type { FastestOptions, ProbeOptions, TaskOptions, TierOptions } from './choice-options.ts'
import type { LedgerOptions } from './ledger-options.ts'
import type {
  HealthOptions,
  HedgeOptions,
  LimitOptions,
  RetryOptions,
  SheddingOptions,
} from './resilience-options.ts'

/** What an app says about its router. Unknown keys, wrong values and names that lead nowhere are errors at creation. */
export interface RouterOptions<Req = AppRequest> {
  /**
   * Tiers, best first, each an ordered list of targets `instance/model`, or options with one in them. The first is tried
   * first, the others are its fallbacks.
   */
  readonly tiers: Readonly<Record<string, readonly string[] | TierOptions>>
  /** Used when neither call nor caller names a tier. @default the only tier; required when there are several */
  readonly defaultTier?: string
  /** Tasks: a tier's name, an ordered list of targets, or options with one of these in them. @default {} */
  readonly tasks?: Readonly<Record<string, string | readonly string[] | TaskOptions>>
  /** Other names for a tier, a task or a target. @default {} */
  readonly aliases?: Readonly<Record<string, string>>
  /** What is to be known about single targets, by `instance/model`. @default {} */
  readonly targets?: Readonly<Record<string, TargetOptions>>
  /** Provider instances by name; presets need no entry. @default {} */
  readonly providers?: Readonly<Record<string, ProviderOptions | AiSdkTarget>>
  /** In which order targets are tried: `in-order` as listed, or `fastest` first; see `docs/strategies.md`. @default 'in-order' */
  readonly strategy?: StrategyName
  /** How `fastest` goes about it. */
  readonly fastest?: FastestOptions
  /** Tiny requests to targets of `fastest` choices that nobody has asked for a while; `{}` turns them on. @default off */
  readonly probes?: ProbeOptions
  /** Says who a request is for and what they may use; runs once per request, at its first call. @default everybody is anonymous */
  readonly identify?: Identify<Req>
  /** A missing key is an error instead of a warning that leaves its targets out. @default false */
  readonly strictKeys?: boolean
  /** Retries, backoff and waits. */
  readonly retry?: RetryOptions
  /** Time limits of attempts, calls and `identify`. */
  readonly timeouts?: TimeoutOptions
  /** What streams do. */
  readonly streams?: StreamOptions
  /** When targets that fail are left alone, and for how long. */
  readonly health?: HealthOptions
  /** Told when the state of a target's breaker changes. Must not throw; what it throws is logged. */
  readonly onHealthChange?: (change: HealthChange) => void
  /**
   * What several processes share: `redisState(client)` of `express-llm/redis`, or `memoryState()` for several routers of
   * one process; see `docs/many-processes.md`. @default each router for itself
   */
  readonly sharedState?: SharedState
  /**
   * Where what calls cost is written down: a store such as `sqliteLedger(file)`, or options with one in them; false: nowhere.
   * See `docs/ledger.md`. @default the last 10,000 rows, in memory
   */
  readonly ledger?: false | LedgerStore | LedgerOptions
  /** Whose hours, days and months the ledger and budgets go by: a name of the IANA database. @default 'UTC' */
  readonly timeZone?: string
  /**
   * A model, `instance/model`, that answers are priced at as well, to tell what has been saved against always using it. Nothing is
   * sent to it, so it needs no key and need not be in a tier. @default none
   */
  readonly baseline?: string
  /**
   * What may be spent: by each user, tenant, route, feature, tier, provider, or all together, in an hour, a day or a month. By
   * name; see `docs/budgets.md`. @default {}
   */
  readonly budgets?: Readonly<Record<string, BudgetOptions>>
  /** What all calls of one HTTP request may cost together, USD. @default no ceiling */
  readonly maxRequestCostUsd?: number
  /** Told when a budget reaches a mark. Must not throw; what it throws is logged. */
  readonly onBudget?: (event: BudgetEvent) => void
  /**
   * A request that makes more calls than this is told of in the log, once an hour for each route: it may be a loop. False: never.
   * @default 10
   */
  readonly manyCalls?: number | false
  /** When calls are refused at once, so that those under way get done. */
  readonly shedding?: SheddingOptions
  /** When a slow attempt gets company: the next target is asked as well; `{}` turns it on. @default off */
  readonly hedge?: HedgeOptions
  /** How bytes get to providers; `'fetch'` is short for `{ kind: 'fetch' }`. @default 'undici' */
  readonly transport?: 'undici' | 'fetch' | TransportOptions
  /** Spans and metrics. */
  readonly telemetry?: TelemetryOptions
  /** Response headers on the app's answers. @default none */
  readonly responseHeaders?: ResponseHeaderOptions
  /**
   * Gets warnings, and one line per call: at `error` where it failed on the server's side, else at `info`.
   * @default warnings and errors to the console
   */
  readonly logger?: Logger
  /** Where keys are read from. @default process.env */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Time, for tests. @default the system's */
  readonly clock?: Clock
  /** Chance, for tests. @default Math.random */
  readonly random?: Random
}

/** One provider instance: a preset with another key, region or address; or any OpenAI-compatible server. */
export interface ProviderOptions {
  /** A preset's name. @default the instance's name when it is a preset; `compatible` when `baseUrl` is given */
  readonly preset?: string
  /** Base URL of the API, up to and without `/chat/completions` (Azure: up to and with `/openai`). @default the preset's */
  readonly baseUrl?: string
  /** The key itself. @default read from the variable in `apiKeyEnv` */
  readonly apiKey?: string
  /** Name of the environment variable with the key. @default the preset's */
  readonly apiKeyEnv?: string
  /** Sent with every request to this instance. @default {} */
  readonly headers?: Readonly<Record<string, string>>
  /** OpenAI organization. */
  readonly organization?: string
  /** OpenAI project. */
  readonly project?: string
  /** Azure: `https://{resource}.openai.azure.com`. @default AZURE_OPENAI_ENDPOINT */
  readonly endpoint?: string
  /** Azure API version. @default OPENAI_API_VERSION, else '2024-10-21' */
  readonly apiVersion?: string
  /** Bedrock: AWS region. @default AWS_REGION, AWS_DEFAULT_REGION */
  readonly region?: string
  /** What may be asked of all targets of this instance together. @default no limits */
  readonly limits?: LimitOptions
}

export interface TargetOptions {
  /** The catalog's model name, where the model is an own deployment name (Azure). @default the model */
  readonly priceAs?: string
  /** Own price, USD per million tokens; wins over the catalog. */
  readonly price?: PriceTable
  /** Longest prompt that the target reads, tokens. @default the catalog's, where it knows one */
  readonly contextWindowTokens?: number
  /** What the target can do; what is not said is assumed. @default {} */
  readonly capabilities?: Capabilities
  /** A reasoning model may take ten minutes. @default guessed from well-known names (o1, o3, gpt-5, …-thinking) */
  readonly isReasoning?: boolean
  /** Longest wait for one attempt, ms. @default timeouts.attemptMs, or timeouts.reasoningAttemptMs */
  readonly attemptTimeoutMs?: number
  /**
   * Streamed: longest wait for the first content, ms.
   * @default timeouts.firstTokenMs, or timeouts.reasoningFirstTokenMs
   */
  readonly firstTokenTimeoutMs?: number
  /**
   * Streamed: longest silence after the first content, ms.
   * @default timeouts.betweenTokensMs, or timeouts.reasoningBetweenTokensMs
   */
  readonly betweenTokensTimeoutMs?: number
  /** What may be asked of this target; its instance's limits hold beside them. @default no limits */
  readonly limits?: LimitOptions
}

export interface TimeoutOptions {
  /** One attempt, ms. @default 120000 */
  readonly attemptMs?: number
  /** One attempt at a reasoning model, ms. @default 600000 */
  readonly reasoningAttemptMs?: number
  /** The whole call, waits and fallbacks included, ms. @default 600000 (the client's own) */
  readonly callMs?: number
  /** `identify` and `authorize`, ms; they fail closed. @default 10000 */
  readonly identifyMs?: number
  /**
   * Streamed: longest wait for the first content, ms.
   * @default 12000 and 1000 more for each 10,000 input tokens, and only where another target is left
   */
  readonly firstTokenMs?: number
  /** The same for a reasoning model, ms. @default 90000, and only where another target is left */
  readonly reasoningFirstTokenMs?: number
  /** Streamed: longest silence of the provider after the first content, ms. @default 30000 */
  readonly betweenTokensMs?: number
  /** The same for a reasoning model, ms. @default 120000 */
  readonly reasoningBetweenTokensMs?: number
  /** Streamed: a stream that nobody reads for longer than this is ended, ms. @default 120000 */
  readonly abandonedMs?: number
}

/** What a call does when a stream breaks after its first content; see `docs/streaming.md`. */
export type AfterCut = 'error' | 'buffer'

export interface StreamOptions {
  /**
   * `error`: content reaches the caller as it comes, and a stream that breaks after that ends with an error.
   * `buffer`: the answer is held back until it is complete, so that any failure can start over at the next target.
   * @default 'error'
   */
  readonly afterCut?: AfterCut
  /** Longest answer that `buffer` holds back, bytes of JSON; a longer one is let through from there on. @default 4194304 (4 MiB) */
  readonly bufferMaxBytes?: number
}

export interface TransportOptions {
  /** `fetch` is slower, and visible to interceptors such as msw. @default 'undici' */
  readonly kind?: 'undici' | 'fetch'
  /** Asked instead of the global fetch; needs `kind: 'fetch'`. */
  readonly fetch?: typeof globalThis.fetch
  /** Most sockets per provider, so most requests and streams at a time; further ones wait. @default 4096 */
  readonly connections?: number
  /** Idle sockets are closed after this, ms. @default 30000 */
  readonly keepAliveTimeoutMs?: number
  /** Longest wait for a connection, ms. @default 10000 */
  readonly connectTimeoutMs?: number
  /** Longest answer body, bytes. @default 67108864 (64 MiB) */
  readonly responseMaxBytes?: number
  /** Proxy for all providers. @default HTTPS_PROXY, HTTP_PROXY and NO_PROXY of the environment */
  readonly proxyUrl?: string
  /** TLS towards providers. */
  readonly tls?: TlsOptions
}

export interface TelemetryOptions {
  /** False: no span, no metric. @default true */
  readonly enabled?: boolean
  /** Which names for the standard metrics. @default 'latest' */
  readonly semconv?: 'latest' | 'v1.41' | 'both'
  /** Also write the drafted `gen_ai.usage.cost.*`. @default true */
  readonly draftCost?: boolean
  /** Put user, tenant and feature on the call's span. @default false */
  readonly callerAttributes?: boolean
}

export interface ResponseHeaderOptions {
  /** `Server-Timing: llm;dur=85.1;desc="mistral/mistral-small-latest, 1 attempt, $0.0000092"`. @default false */
  readonly serverTiming?: boolean
  /** `x-llm-target`, `x-llm-attempts`, `x-llm-cost-usd`, … @default false */
  readonly report?: boolean
}
