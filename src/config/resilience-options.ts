/** What an app says about staying up: retries, health, hedges, limits, shedding. */

/** How much may be asked; see `docs/limits.md`. What is left out is not limited. */
export interface LimitOptions {
  /** Attempts under way at once. */
  readonly concurrency?: number
  /** Attempts begun within any 60 seconds. */
  readonly requestsPerMinute?: number
  /** Tokens, input and output, of the attempts begun within any 60 seconds. */
  readonly tokensPerMinute?: number
  /** Calls that may wait for room at once; the next goes on to the next target. @default 1000 */
  readonly queueMax?: number
  /** Longest wait of one call for room, ms; then the next target is tried. @default 10000 */
  readonly queueMaxWaitMs?: number
}

export interface RetryOptions {
  /** Most attempts of one call, retries and fallbacks together. @default targets × (1 + retriesPerTarget) */
  readonly maxAttempts?: number
  /** How often a target that failed in passing is asked again before the next one. @default 1 */
  readonly retriesPerTarget?: number
  /** A rate-limited target is waited for when it asks for no more than this, ms. @default 3000 */
  readonly patienceMs?: number
  /** Most time that one call may spend waiting between attempts, ms. @default 10000 */
  readonly retryWaitMaxMs?: number
  /** Backoff starts here, ms; doubles with each retry, fully jittered. @default 500 */
  readonly backoffBaseMs?: number
  /** Backoff never exceeds this, ms. @default 8000 */
  readonly backoffMaxMs?: number
  /** Retries that all calls together may make at one target before its answers have earned any; also the most that can be saved up. @default 100 */
  readonly quotaReserve?: number
  /** Retries that each answer of a target earns. Going on to another target is always free. @default 0.2 */
  readonly quotaPerAnswer?: number
}

/** See `docs/health.md`. */
export interface HealthOptions {
  /** False: every call finds out for itself who fails. @default true */
  readonly enabled?: boolean
  /** Failures in a row after which a target is left alone. @default 5 */
  readonly consecutiveFailures?: number
  /** Failed share of the attempts in the window, more than 0 and at most 1, from which on it is left alone. @default 0.5 */
  readonly failureRate?: number
  /** Attempts that the window must hold for that share to count. @default 10 */
  readonly minAttempts?: number
  /** The window, ms. @default 30000 */
  readonly windowMs?: number
  /** How long a target is left alone before one attempt probes it, ms. @default 5000 */
  readonly openMs?: number
  /** How long a target is left alone whose key, account or model only a human can mend, ms. @default 600000 */
  readonly longCooldownMs?: number
  /** Longest Retry-After that is believed, ms. @default 3600000 */
  readonly cooldownMaxMs?: number
}

/** See `docs/limits.md`. */
export interface SheddingOptions {
  /** Calls under way at once, streams included; further ones are refused, those of low priority from four fifths on. @default 10000 */
  readonly maxInFlight?: number
  /** How late the event loop may be before calls of low priority are refused, ms. @default 250 */
  readonly maxLagMs?: number
  /** Calls of a lower priority than this are of low priority. @default 0 */
  readonly lowPriorityBelow?: number
}

/** See `docs/hedging.md`. Where neither tiers, tasks nor routes are named, all calls are meant. */
export interface HedgeOptions {
  /** False: only calls that say `hedge: true`. @default false (true where `hedge` is given) */
  readonly enabled?: boolean
  /** Tiers whose calls are hedged. */
  readonly tiers?: readonly string[]
  /** Tasks whose calls are hedged. */
  readonly tasks?: readonly string[]
  /** Express routes whose calls are hedged, as reports name them: `/ask/:id`, or with the method `POST /ask/:id`. */
  readonly routes?: readonly string[]
  /**
   * How long an attempt may take before another one is begun, ms; streamed: until its first content.
   * @default what 19 of 20 attempts at the target have needed of late; until 20 are known, there is no hedge
   */
  readonly afterMs?: number
  /** Never sooner than this, where `afterMs` is not given, ms. @default 50 */
  readonly minAfterMs?: number
  /** Most calls that are hedged, as a share of those that may be; more than 0 and at most 1. @default 0.05 */
  readonly maxShare?: number
}
