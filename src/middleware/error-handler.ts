import type { IncomingMessage, ServerResponse } from 'node:http'
import { LedgerError } from '../core/ledger-error.ts'
import { LlmError } from '../core/llm-error.ts'
import { OpenAIError } from '../providers/client-stream.ts'
import {
  publicDetail,
  publicRetryAfterMs,
  publicTitle,
  retryAfterSeconds,
} from '../surface/public-problem.ts'

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
  /** Why the ledger cannot be read; with `ledger_unavailable`. */
  readonly reason?: string
}

/**
 * Error handler that answers an `LlmError` with its HTTP status and problem JSON; a wait that a provider asked for
 * becomes `retry-after`. So it answers the `OpenAIError` that the client's helper behind `.stream()` wraps around one.
 * Other errors go on to the next handler. Mount it after your routes.
 *
 * What lies on the server's side stays inside: answers about it name neither targets nor providers nor prices.
 */
export function llmErrorHandler(): LlmErrorMiddleware {
  // oxlint-disable-next-line max-params
  return function llmErrorMiddleware(error, req, res, next) {
    const failure = failureOf(error)
    if (failure === undefined) {
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
    // Who comes back should come to another process; with a body on its way, to close would take the answer from them.
    if (failure.code === 'router_closed' && req.complete) res.shouldKeepAlive = false
    sendProblem(res, failure)
  }
}

function failureOf(error: unknown): LlmError | undefined {
  const failure = error instanceof OpenAIError ? error.cause : error
  return failure instanceof LlmError ? failure : undefined
}

/** Answers with the problem JSON of a failure; headers that are set stay. */
export function sendProblem(res: ServerResponse, error: LlmError): void {
  const problem = problemOf(error)
  res.statusCode = error.status
  const retryAfterMs = publicRetryAfterMs(error)
  if (retryAfterMs !== undefined) res.setHeader('retry-after', retryAfterSeconds(retryAfterMs))
  res.setHeader('content-type', 'application/problem+json; charset=utf-8')
  res.setHeader('cache-control', 'no-store')
  res.end(JSON.stringify(problem))
}

function problemOf(error: LlmError): LlmProblem {
  return {
    type: `urn:express-llm:error:${error.code}`,
    title: publicTitle(error),
    status: error.status,
    detail: publicDetail(error),
    code: error.code,
    ...(error.report === undefined ? {} : { callId: error.report.callId }),
    ...(error.param === undefined ? {} : { param: error.param }),
    ...(error.cause instanceof LedgerError ? { reason: error.cause.code } : {}),
  }
}
