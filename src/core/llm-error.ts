import type { FailureKind } from './failure-kind.ts'
import type { CallReport } from './report.ts'

/** Stable codes; each has a heading in `docs/errors.md`. */
export type LlmErrorCode =
  | 'config_invalid'
  | 'invalid_params'
  | 'unsupported'
  | 'model_not_found'
  | 'not_allowed'
  | 'no_candidate'
  | 'identify_failed'
  | 'mounted_twice'
  | 'upstream_refused'
  | 'content_filtered'
  | 'context_window_exceeded'
  | 'exhausted'
  | 'stream_interrupted'
  | 'stream_abandoned'
  | 'deadline_exceeded'
  | 'cancelled'
  | 'budget_exceeded'
  | 'ledger_unavailable'
  | 'overloaded'
  | 'router_closed'
  | 'ledger_failed'
  | 'internal'

export interface LlmErrorOptions {
  readonly code: LlmErrorCode
  /** What went wrong, which rule, and the way out. Never a prompt, an answer or a key. */
  readonly message: string
  /** HTTP status that `llmErrorHandler()` answers with. */
  readonly status: number
  /** The failure kind of the last attempt, when attempts were made. */
  readonly kind?: FailureKind
  readonly retryAfterMs?: number
  /** When a budget begins anew, ISO. */
  readonly resetsAt?: string
  /** The name of the param or option that is wrong. */
  readonly param?: string
  readonly cause?: unknown
}

/**
 * The one error family. Branch on `code`, never on the message.
 *
 * A failed call's error carries its `report` (with every attempt) and the last failure as `cause`.
 */
export class LlmError extends Error {
  override readonly name = 'LlmError'
  readonly code: LlmErrorCode
  readonly status: number
  readonly kind: FailureKind | undefined
  /** How long to wait before asking again, ms; set where somebody said so. */
  readonly retryAfterMs: number | undefined
  /** When the budget that is used up begins anew, ISO 8601. */
  readonly resetsAt: string | undefined
  readonly param: string | undefined
  /** How the call went; set once the call has settled. */
  report: CallReport | undefined

  constructor(options: LlmErrorOptions) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = options.code
    this.status = options.status
    this.kind = options.kind
    this.retryAfterMs = options.retryAfterMs
    this.resetsAt = options.resetsAt
    this.param = options.param
  }

  /** Express and http-errors read this name. */
  get statusCode(): number {
    return this.status
  }

  /** Safe to log: no cause, whose text is not ours. */
  toJSON(): object {
    const { name, code, status, message, kind, retryAfterMs, resetsAt, param } = this
    return { name, code, status, message, kind, retryAfterMs, resetsAt, param, callId: this.report?.callId }
  }
}

/** Wrong options: a mistake in the app's own code, found before anything begins. */
export function invalidConfig(message: string, param?: string): LlmError {
  return new LlmError({
    code: 'config_invalid',
    status: 500,
    message,
    ...(param === undefined ? {} : { param }),
  })
}

/** Bad params or options of a call: the caller's mistake, found before any attempt. */
export function invalidParams(message: string, param?: string): LlmError {
  return new LlmError({
    code: 'invalid_params',
    status: 400,
    message,
    ...(param === undefined ? {} : { param }),
  })
}
