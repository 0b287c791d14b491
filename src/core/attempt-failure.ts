import type { FailureKind } from './failure-kind.ts'
import type { Usage } from './usage.ts'

/** What is known of a failed attempt. Never holds a prompt, an answer or a key. */
export interface AttemptFailure {
  readonly kind: FailureKind
  /** HTTP status, when an answer came. */
  readonly status?: number
  /** The provider's error code (`context_length_exceeded`) or the socket's (`ECONNREFUSED`), when it is a short identifier. */
  readonly code?: string
  /** The param the provider complained about, when it named one. */
  readonly param?: string
  /** How long the provider asks us to stay away, ms from the moment of the answer. */
  readonly retryAfterMs?: number
  /** The provider's request id. */
  readonly upstreamRequestId?: string
  /** True when the request (or part of it) left this process, so that it may have been billed. */
  readonly wasSent: boolean
  /** Real usage, where a failed or refused answer told one. */
  readonly usage?: Usage
  /** Our own words: what happened. Shown to callers and logs. */
  readonly message: string
  /**
   * The provider's reason, for the kinds that give up on the request itself (`invalid-request`, `content-filter`,
   * `context-window`). Shown to the caller, never logged; withheld when it repeats part of the prompt, keys masked.
   */
  readonly providerMessage?: string
}

/**
 * The only thing an attempt may throw. It has no `cause` on purpose: the client's own errors hold response bodies and
 * headers, and whoever prints an error prints its causes.
 */
export class AttemptError extends Error {
  override readonly name = 'AttemptError'
  readonly failure: AttemptFailure

  constructor(failure: AttemptFailure) {
    super(failure.message)
    this.failure = failure
  }
}
