import { LlmError } from '../core/llm-error.ts'
import { publicDetail, publicRetryAfterMs, retryAfterSeconds, whySkipped } from './public-problem.ts'
import { WireRefusal } from './wire-refusal.ts'

/** `error` of an answer in OpenAI's words. */
export interface WireErrorBody {
  readonly error: {
    readonly message: string
    readonly type: string
    readonly param: string | null
    readonly code: string | null
  }
}

/** A failed or refused request, ready to be sent. */
export interface WireError {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: WireErrorBody
}

/** What an outsider may know of a failure, in OpenAI's words; nothing at all of one that nobody expected. */
export function wireErrorBody(thrown: unknown): WireErrorBody {
  return wireError(thrown).body
}

export function wireError(thrown: unknown): WireError {
  if (thrown instanceof WireRefusal) return answerOf(thrown, thrown)
  const error =
    thrown instanceof LlmError ? thrown : new LlmError({ code: 'internal', status: 500, message: '' })
  return answerOf(error, { message: publicDetail(error), code: codeOf(error), headers: headersOf(error) })
}

function answerOf(
  { status, param }: LlmError | WireRefusal,
  { message, code, headers }: Pick<WireRefusal, 'message' | 'code' | 'headers'>,
): WireError {
  const body = { error: { message, type: typeOf(status, code), param: param ?? null, code } }
  return { status, headers: { ...repeating(status, headers), ...headers }, body }
}

/** OpenAI's clients come back at once when they are told to wait longer than this. */
const LONGEST_HEEDED_MS = 60_000

/**
 * OpenAI's clients repeat 429 and 5xx by themselves. The router has made its own retries, so that would only multiply
 * what is asked of the providers, and the bill; where waiting helps, and the client will wait, it may.
 */
function repeating(status: number, headers: WireRefusal['headers']): WireRefusal['headers'] {
  const isWaitHeeded = Number(headers['retry-after-ms'] ?? 0) <= LONGEST_HEEDED_MS
  const isWorthwhile = status < 500 || status === 503
  return isWorthwhile && isWaitHeeded ? {} : { 'x-should-retry': 'false' }
}

const TYPES: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  402: 'insufficient_quota',
  403: 'permission_error',
  429: 'rate_limit_error',
}

function typeOf(status: number, code: string): string {
  if (code === 'budget_exceeded') return 'insufficient_quota'
  return TYPES[status] ?? (status < 500 ? 'invalid_request_error' : 'server_error')
}

/** Where OpenAI has a code of its own, clients branch on that one. */
function codeOf(error: LlmError): string {
  const { code, status } = error
  const isTooLong = code === 'no_candidate' && whySkipped(error) === 'context-window'
  if (code === 'budget_exceeded') return code
  if (status === 429) return 'rate_limit_exceeded'
  if (code === 'context_window_exceeded' || isTooLong) return 'context_length_exceeded'
  if (code === 'content_filtered') return 'content_filter'
  return code === 'identify_failed' && status === 401 ? 'invalid_api_key' : code
}

function headersOf(error: LlmError): Record<string, string> {
  const headers: Record<string, string> = {}
  const callId = error.report?.callId
  if (callId !== undefined) Object.assign(headers, { 'x-request-id': callId, 'x-llm-call-id': callId })
  if (error.status === 401) headers['www-authenticate'] = 'Bearer'
  const isRate = error.status === 429 && error.code !== 'budget_exceeded'
  if (isRate) headers['x-ratelimit-remaining-requests'] = '0'
  const retryAfterMs = publicRetryAfterMs(error)
  if (retryAfterMs === undefined) return headers
  headers['retry-after'] = String(retryAfterSeconds(retryAfterMs))
  headers['retry-after-ms'] = String(Math.ceil(retryAfterMs))
  if (isRate) headers['x-ratelimit-reset-requests'] = `${retryAfterSeconds(retryAfterMs)}s`
  return headers
}
