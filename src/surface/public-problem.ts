import { AttemptError } from '../core/attempt-failure.ts'
import { FAILURE_RULES } from '../core/failure-kind.ts'
import type { LlmError, LlmErrorCode } from '../core/llm-error.ts'
import type { SkipReason } from '../core/target.ts'

/** The failure in a phrase that fits any outsider. */
export function publicTitle({ code }: LlmError): string {
  return TITLES[code]
}

/**
 * What an outsider may know of a failed call, in a sentence: the error's own message, or a provider's reason, where that
 * speaks of the request alone, else nothing of targets, providers, prices and accounts.
 */
export function publicDetail(error: LlmError): string {
  const { code, kind, message, status } = error
  if (code === 'identify_failed' && status === 403) return 'This is not open to you.'
  const title = TITLES[code]
  if (code === 'budget_exceeded') return told(title, beginsAnew(error))
  if (code === 'no_candidate') return told(title, reasonSkipped(error))
  if (ABOUT_THE_REQUEST.has(code)) return kind === undefined ? message : told(title, providersReason(error))
  return kind === undefined || code === 'stream_interrupted'
    ? told(title, undefined)
    : told(title, `${FAILURE_RULES[kind].publicMeaning}.`)
}

/** Why all targets were left out; undefined where that differs. */
export function whySkipped({ report }: LlmError): SkipReason | undefined {
  const [why, ...others] = new Set(report?.skipped.map((skip) => skip.why))
  return others.length === 0 ? why : undefined
}

function reasonSkipped(error: LlmError): string | undefined {
  const why = whySkipped(error)
  if (why !== 'capability') return why === undefined ? undefined : SKIP_REASONS[why]
  // `cannot use tools`
  const details = new Set(error.report?.skipped.map(({ detail }) => detail))
  return `they ${[...details].join(', ')}.`
}

/** How much it is, and of whom, is nobody's business; when it ends is. */
function beginsAnew({ resetsAt }: LlmError): string | undefined {
  return resetsAt === undefined ? undefined : `it begins anew at ${resetsAt}.`
}

function told(title: string, reason: string | undefined): string {
  return reason === undefined ? `${title}.` : `${title}: ${reason}`
}

/** Without the words around it, which name whose it is. */
function providersReason({ cause }: LlmError): string | undefined {
  return cause instanceof AttemptError ? cause.failure.providerMessage : undefined
}

/** How long an outsider is asked to stay away, ms; undefined where nobody said so, or where waiting does not help. */
export function publicRetryAfterMs({ code, status, retryAfterMs }: LlmError): number | undefined {
  return status === 429 || status === 503 || code === 'budget_exceeded' ? retryAfterMs : undefined
}

/** `retry-after` in whole seconds, rounded up: a client that comes back a moment early is refused again. */
export function retryAfterSeconds(retryAfterMs: number): number {
  return Math.ceil(retryAfterMs / 1000)
}

/** They are about the request; the messages of the others name targets, prices or our own set-up. */
const ABOUT_THE_REQUEST: ReadonlySet<LlmErrorCode> = new Set([
  'invalid_params',
  'unsupported',
  'model_not_found',
  'not_allowed',
  'upstream_refused',
  'content_filtered',
  'context_window_exceeded',
])

/** Those that the request itself can be changed for. */
const SKIP_REASONS: Partial<Readonly<Record<SkipReason, string>>> = {
  'context-window': 'it is too long.',
  'unsupported-param': 'it has a param that they do not take.',
  'max-cost': 'it would cost more than it may.',
}

const TITLES: Readonly<Record<LlmErrorCode, string>> = {
  config_invalid: 'The server is not set up correctly',
  invalid_params: 'The request is not valid',
  unsupported: 'This is not supported',
  model_not_found: 'There is no such model',
  not_allowed: 'This model is not open to you',
  no_candidate: 'No model can take this request',
  identify_failed: 'The server could not tell who is asking',
  mounted_twice: 'The server is not set up correctly',
  upstream_refused: 'The model provider refused the request',
  content_filtered: 'The content filter refused the request',
  context_window_exceeded: 'The request is too long for the model',
  exhausted: 'No model could answer',
  stream_interrupted: 'The answer broke off',
  stream_abandoned: 'The answer was not read',
  deadline_exceeded: 'The answer took too long',
  cancelled: 'The request was cancelled',
  budget_exceeded: 'The budget is used up',
  ledger_unavailable: 'The ledger cannot be read now',
  overloaded: 'The server has too much to do',
  router_closed: 'The server is shutting down',
  ledger_failed: 'The server failed',
  internal: 'The server failed',
}
