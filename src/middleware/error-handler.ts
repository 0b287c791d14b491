import type { IncomingMessage, ServerResponse } from 'node:http'
import { FAILURE_RULES } from '../core/failure-kind.ts'
import { LlmError } from '../core/llm-error.ts'

// Express knows an error handler by its four parameters.
// oxlint-disable-next-line max-params
export type LlmErrorMiddleware = (
  error: unknown,
  req: IncomingMessage,
  res: ServerResponse,
  next: (error?: unknown) => void,
) => void

/** `application/problem+json` (RFC 9457) of a failed call. */
export interface LlmProblem {
  /** `urn:express-llm:error:{code}`; each code has a heading in `docs/errors.md`. */
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: string
  readonly callId?: string
  readonly param?: string
}

/**
 * Error handler that answers an `LlmError` with its HTTP status and problem JSON; a wait that a provider asked for
 * becomes `retry-after`. Other errors go on to the next handler. Mount it after your routes.
 *
 * What lies on the server's side stays inside: answers about it name neither targets nor providers nor prices.
 */
export function llmErrorHandler(): LlmErrorMiddleware {
  // oxlint-disable-next-line max-params
  return function llmErrorMiddleware(error, _req, res, next) {
    if (!(error instanceof LlmError)) {
      next(error)
      return
    }
    // The client is gone: nobody to answer, and nothing to report that the call's own log line has not said.
    if (res.closed) return
    // It has part of another answer: nothing true can be said any more. Express closes the connection.
    if (res.headersSent) {
      next(error)
      return
    }
    send(res, error)
  }
}

function send(res: ServerResponse, error: LlmError): void {
  const problem = problemOf(error)
  res.statusCode = error.status
  if (error.retryAfterMs !== undefined && (error.status === 429 || error.status === 503)) {
    // Whole seconds, rounded up: a client that comes back a moment early is refused again.
    res.setHeader('retry-after', Math.ceil(error.retryAfterMs / 1000))
  }
  res.setHeader('content-type', 'application/problem+json; charset=utf-8')
  res.setHeader('cache-control', 'no-store')
  res.end(JSON.stringify(problem))
}

function problemOf(error: LlmError): LlmProblem {
  return {
    type: `urn:express-llm:error:${error.code}`,
    title: TITLES[error.code],
    status: error.status,
    detail: ABOUT_THE_REQUEST.has(error.code) ? error.message : inside(error),
    code: error.code,
    ...(error.report === undefined ? {} : { callId: error.report.callId }),
    ...(error.param === undefined ? {} : { param: error.param }),
  }
}

/** Their messages speak of the request only; the others name targets, prices or our own set-up. */
const ABOUT_THE_REQUEST: ReadonlySet<LlmError['code']> = new Set([
  'invalid_params',
  'unsupported',
  'model_not_found',
  'not_allowed',
  'upstream_refused',
  'content_filtered',
  'context_window_exceeded',
])

/** What an outsider may know of a failure on our side. */
function inside(error: LlmError): string {
  if (error.kind === undefined) return `${TITLES[error.code]}.`
  return `${TITLES[error.code]}: ${FAILURE_RULES[error.kind].publicMeaning}.`
}

const TITLES: Readonly<Record<LlmError['code'], string>> = {
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
  router_closed: 'The server is shutting down',
  internal: 'The server failed',
}
