/**
 * The kind table: every way an attempt can fail, and what follows from it. The chain, the telemetry, the error
 * handler and `docs/errors.md` all read this one table, so they cannot disagree.
 */

/** What the chain does next. */
export type NextStep =
  /** The same target again if its Retry-After (or our backoff) fits the patience, else the next target. */
  | 'wait-or-next'
  /** The same target once more after a backoff, then the next. */
  | 'retry-once'
  /** The next target, at once. */
  | 'next'
  /** The next target whose context window is larger, at once. */
  | 'next-larger-window'
  /** Nothing: the failure goes to the caller. */
  | 'give-up'
  /** Nothing: the call has its answer. */
  | 'nothing'

/** Who decides how long the target is left alone after this failure. */
export type CooldownRule = 'retry-after' | 'breaker' | 'long' | 'none'

/** `error.type` of spans and metrics: a closed list, plus the HTTP status as a string. */
export type ErrorType =
  | `${number}`
  | 'timeout'
  | 'connection_error'
  | 'cancelled'
  | 'stream_interrupted'
  | 'stream_abandoned'
  | 'invalid_response'
  | 'content_filter'
  | 'budget_exceeded'
  | 'overloaded'
  | 'no_candidate'
  | 'exhausted'
  | '_OTHER'

export interface FailureRule {
  readonly then: NextStep
  readonly cooldown: CooldownRule
  /** `status` means the HTTP status as a string, `_OTHER` where there was none. */
  readonly errorType: ErrorType | 'status' | undefined
  /** A refused answer is not an error of the target: its span stays unset. */
  readonly spanStatus: 'error' | 'unset'
  /** HTTP status that `llmErrorHandler()` answers with when a call ends on this kind. */
  readonly httpStatus: number
  /** Is the operator told at once, because only a human can mend it? */
  readonly isLoud: boolean
  /** What happened, for the docs, for logs and for the app's own errors. */
  readonly meaning: string
  /** What an outsider may know of it: nothing of keys, accounts or whose server it was. */
  readonly publicMeaning: string
}

/** How an attempt can fail. Written out, so that the package's types hold the names and not the whole table. */
export type FailureKind =
  | 'rate-limited'
  | 'overloaded'
  | 'server'
  | 'connection'
  | 'timeout'
  | 'auth'
  | 'quota'
  | 'not-found'
  | 'context-window'
  | 'content-filter'
  | 'invalid-request'
  | 'protocol'
  | 'stream-interrupted'
  | 'abandoned'
  | 'rejected'
  | 'hedge-lost'
  | 'cancelled'

/** The kind table by kind. */
export const FAILURE_RULES: Readonly<Record<FailureKind, FailureRule>> = {
  'rate-limited': {
    then: 'wait-or-next',
    cooldown: 'retry-after',
    errorType: 'status',
    spanStatus: 'error',
    httpStatus: 429,
    isLoud: false,
    meaning: 'the provider refused for now because too much was asked of it (429)',
    publicMeaning: 'too much is being asked of the models at the moment',
  },
  overloaded: {
    then: 'retry-once',
    cooldown: 'breaker',
    errorType: 'status',
    spanStatus: 'error',
    httpStatus: 503,
    isLoud: false,
    meaning: 'the provider has no capacity at the moment (503, 529)',
    publicMeaning: 'the models have no capacity at the moment',
  },
  server: {
    then: 'retry-once',
    cooldown: 'breaker',
    errorType: 'status',
    spanStatus: 'error',
    httpStatus: 502,
    isLoud: false,
    meaning: 'the provider failed (5xx)',
    publicMeaning: 'the models could not be reached',
  },
  connection: {
    then: 'retry-once',
    cooldown: 'breaker',
    errorType: 'connection_error',
    spanStatus: 'error',
    httpStatus: 502,
    isLoud: false,
    meaning: 'no connection to the provider, or it broke',
    publicMeaning: 'the models could not be reached',
  },
  timeout: {
    then: 'next',
    cooldown: 'breaker',
    errorType: 'timeout',
    spanStatus: 'error',
    httpStatus: 504,
    isLoud: false,
    meaning: 'the provider did not answer in time',
    publicMeaning: 'the models did not answer in time',
  },
  auth: {
    then: 'next',
    cooldown: 'long',
    errorType: 'status',
    spanStatus: 'error',
    httpStatus: 502,
    isLoud: true,
    meaning: 'the provider refused our key (401, 403)',
    publicMeaning: 'the models are not available',
  },
  quota: {
    then: 'next',
    cooldown: 'long',
    errorType: 'status',
    spanStatus: 'error',
    httpStatus: 502,
    isLoud: true,
    meaning: 'our account at the provider has no credit left (402)',
    publicMeaning: 'the models are not available',
  },
  'not-found': {
    then: 'next',
    cooldown: 'long',
    errorType: 'status',
    spanStatus: 'error',
    httpStatus: 502,
    isLoud: true,
    meaning: 'the provider does not know the model or the path (404)',
    publicMeaning: 'the models are not available',
  },
  'context-window': {
    then: 'next-larger-window',
    cooldown: 'none',
    errorType: 'status',
    spanStatus: 'error',
    httpStatus: 400,
    isLoud: false,
    meaning: 'the prompt is longer than the model can read',
    publicMeaning: 'the request is longer than the model can read',
  },
  'content-filter': {
    then: 'give-up',
    cooldown: 'none',
    errorType: 'content_filter',
    spanStatus: 'error',
    httpStatus: 400,
    isLoud: false,
    meaning: "the provider's content filter refused the prompt",
    publicMeaning: 'the content filter refused the request',
  },
  'invalid-request': {
    then: 'give-up',
    cooldown: 'none',
    errorType: 'status',
    spanStatus: 'error',
    httpStatus: 400,
    isLoud: false,
    meaning: 'the provider refused the request as invalid (400, 422)',
    publicMeaning: 'the request is not valid',
  },
  protocol: {
    then: 'next',
    cooldown: 'breaker',
    errorType: 'invalid_response',
    spanStatus: 'error',
    httpStatus: 502,
    isLoud: false,
    meaning: 'the answer was not what the protocol promises',
    publicMeaning: 'the models gave no proper answer',
  },
  'stream-interrupted': {
    then: 'next',
    cooldown: 'breaker',
    errorType: 'stream_interrupted',
    spanStatus: 'error',
    httpStatus: 502,
    isLoud: false,
    meaning: 'the stream broke before its end',
    publicMeaning: 'the answer broke off',
  },
  abandoned: {
    then: 'give-up',
    cooldown: 'none',
    errorType: 'stream_abandoned',
    spanStatus: 'error',
    httpStatus: 499,
    isLoud: false,
    meaning: 'nobody read the stream, so it was ended',
    publicMeaning: 'the request was ended',
  },
  rejected: {
    then: 'next',
    cooldown: 'none',
    errorType: undefined,
    spanStatus: 'unset',
    httpStatus: 502,
    isLoud: false,
    meaning: "the call's own check refused the answer",
    publicMeaning: 'no answer passed the checks of the server',
  },
  'hedge-lost': {
    then: 'nothing',
    cooldown: 'none',
    errorType: undefined,
    spanStatus: 'unset',
    httpStatus: 499,
    isLoud: false,
    meaning: 'two targets were asked at a time, and the other one answered first',
    publicMeaning: 'the request was ended',
  },
  cancelled: {
    then: 'give-up',
    cooldown: 'none',
    errorType: 'cancelled',
    spanStatus: 'error',
    httpStatus: 499,
    isLoud: false,
    meaning: 'the client went away, or the caller or the deadline ended the call',
    publicMeaning: 'the request was ended',
  },
}

/**
 * `error.type` of a failed attempt.
 *
 * @returns undefined where the attempt's span is not an error (a refused answer)
 */
export function errorTypeOf(failure: {
  readonly kind: FailureKind
  readonly status?: number
}): ErrorType | undefined {
  const { errorType } = FAILURE_RULES[failure.kind]
  if (errorType !== 'status') return errorType
  return failure.status === undefined ? '_OTHER' : `${failure.status}`
}
