import type { FakeResponse } from './response.ts'
import { wholeFault } from './response.ts'
import type { ErrorStep } from './step.ts'

interface ErrorFields {
  readonly message: string
  readonly type: string | null
  readonly param: string | null
  readonly code: string | null
}

/** What OpenAI's error body says with each status, read from its error guide and real answers, 2026-11. */
const DEFAULTS: Readonly<Record<number, ErrorFields>> = {
  400: { message: 'The request is not valid.', type: 'invalid_request_error', param: null, code: null },
  401: {
    message: 'Incorrect API key provided.',
    type: 'invalid_request_error',
    param: null,
    code: 'invalid_api_key',
  },
  402: {
    message: 'Insufficient balance.',
    type: 'insufficient_quota',
    param: null,
    code: 'insufficient_quota',
  },
  403: {
    message: 'You are not allowed to sample from this model.',
    type: 'invalid_request_error',
    param: null,
    code: 'permission_denied',
  },
  404: {
    message: 'The model does not exist or you do not have access to it.',
    type: 'invalid_request_error',
    param: null,
    code: 'model_not_found',
  },
  429: {
    message: 'Rate limit reached for requests.',
    type: 'requests',
    param: null,
    code: 'rate_limit_exceeded',
  },
  503: {
    message: 'The server is overloaded.',
    type: 'server_error',
    param: null,
    code: 'service_unavailable',
  },
  529: { message: 'Overloaded.', type: 'overloaded_error', param: null, code: null },
}
const OTHER_4XX: ErrorFields = {
  message: 'The request was refused.',
  type: 'invalid_request_error',
  param: null,
  code: null,
}
const OTHER_5XX: ErrorFields = {
  message: 'The server had an error.',
  type: 'server_error',
  param: null,
  code: null,
}

export function errorResponse(step: ErrorStep): FakeResponse {
  return wholeFault(
    { error: errorFields(step) },
    { ...step, headers: { ...retryAfterHeader(step.retryAfter), ...step.headers } },
  )
}

/** The error object of a body. */
export function errorFields(step: Pick<ErrorStep, 'status'> & Partial<ErrorFields>): ErrorFields {
  const fields = DEFAULTS[step.status] ?? (step.status < 500 ? OTHER_4XX : OTHER_5XX)
  const { message = fields.message, type = fields.type, param = fields.param, code = fields.code } = step
  return { message, type, param, code }
}

function retryAfterHeader(retryAfter: ErrorStep['retryAfter']): Record<string, string> {
  if (retryAfter === undefined) return {}
  if (typeof retryAfter === 'number') return { 'retry-after': String(retryAfter) }
  if (typeof retryAfter === 'string') return { 'retry-after': retryAfter }
  if (retryAfter instanceof Date) return { 'retry-after': retryAfter.toUTCString() }
  return { 'retry-after-ms': String(retryAfter.ms) }
}
