import { APIConnectionError, APIConnectionTimeoutError, APIError } from 'openai'
import type { SendListener, SendOptions } from '../core/adapter.ts'
import { AttemptError, type AttemptFailure } from '../core/attempt-failure.ts'
import type { FailureKind } from '../core/failure-kind.ts'
import type { Usage } from '../core/usage.ts'
import type { ProviderConfig } from './provider-config.ts'
import { isKnownCode, kindOfProblem } from './problem-kinds.ts'
import { type ProviderProblem, readProblem } from './provider-problem.ts'
import { readProviderRates } from './provider-rates.ts'
import { type HeaderReader, readRetryAfter } from './retry-after.ts'
import { sanitizeIdentifier, sanitizeReason } from './sanitize.ts'
import type { Delivery } from './transport-contract.ts'
import { TransportError, type TransportErrorCode } from './transport-error.ts'

/** The attempt that failed, as far as its failure needs it. */
export interface FailureContext {
  /** Name of the provider instance. */
  readonly instance: string
  readonly apiKey: string | undefined
  readonly params: unknown
  readonly signal: AbortSignal
  readonly timeoutMs: number
  /** Kept by the transport: whatever ends the attempt, this says whether the provider may have seen it. */
  readonly delivery: Delivery
}

export function contextOf(
  { instance, apiKey }: Pick<ProviderConfig, 'instance' | 'apiKey'>,
  params: unknown,
  { signal, timeoutMs, listener }: SendOptions,
): FailureContext {
  const delivery = listener === undefined ? { isSent: false } : deliveryFor(listener)
  return { instance, apiKey, params, signal, timeoutMs, delivery }
}

function deliveryFor(listener: SendListener): Delivery {
  return {
    isSent: false,
    onSent: () => listener.sent(),
    onHeaders: (headers) => listener.told(readProviderRates(headers, Date.now())),
  }
}

/** An answer that is a failure: by its HTTP status, or by an error object inside a 200. */
export interface FailedAnswer {
  /** Undefined when the body of a 200 holds an error and does not say which status it stands for. */
  readonly status: number | undefined
  readonly headers: HeaderReader | undefined
  readonly body: unknown
  /** What it says that it used. */
  readonly usage?: Usage | undefined
}

/**
 * What sending threw, as a failure of known kind. An aborted signal comes first: whatever was thrown then, the reason
 * is that somebody ended the call.
 */
export function classifyError(thrown: unknown, context: FailureContext): AttemptError {
  if (thrown instanceof AttemptError) return thrown
  if (context.signal.aborted) return cancelled(context)
  if (thrown instanceof APIConnectionTimeoutError) return timedOut(context)
  if (thrown instanceof APIConnectionError) return connectionFailure(thrown.cause, context)
  if (thrown instanceof APIError && typeof thrown.status === 'number') {
    const {
      status,
      headers,
      error: body,
    } = thrown as { status: number; headers?: HeaderReader; error?: unknown }
    return failedAnswer({ status, headers, body }, context)
  }
  if (thrown instanceof TransportError) return connectionFailure(thrown, context)
  // Errors of the network come wrapped, so what is bare was thrown while the request was put together.
  const what = thrown instanceof Error ? thrown.constructor.name : typeof thrown
  return new AttemptError({
    kind: 'invalid-request',
    wasSent: false,
    message: `the request to ${context.instance} could not be put together (${what})`,
  })
}

/** Somebody ended the call. What the provider saw of it may be billed. */
export function cancelled({ instance, delivery }: FailureContext): AttemptError {
  const message = `cancelled while ${instance} was asked`
  return new AttemptError({ kind: 'cancelled', wasSent: delivery.isSent, message })
}

/** The time was up: for the answer, or already for a socket and a connection. */
export function timedOut({ instance, timeoutMs, delivery }: FailureContext): AttemptError {
  const message = delivery.isSent
    ? `${instance} did not answer within ${timeoutMs} ms`
    : `the request to ${instance} could not be sent within ${timeoutMs} ms`
  return new AttemptError({ kind: 'timeout', wasSent: delivery.isSent, message })
}

/**
 * An answer that is not what the protocol promises. No status: it was a 200, and may have been billed.
 *
 * @param usage what the answer says that it used
 */
export function protocolFailure({ instance }: FailureContext, what: string, usage?: Usage): AttemptError {
  const message = `${instance} answered ${what}`
  return new AttemptError({ kind: 'protocol', wasSent: true, message, ...(usage && { usage }) })
}

/** Kinds for which the caller is told the provider's reason, because only the request itself can be changed. */
const KINDS_WITH_REASON: ReadonlySet<FailureKind> = new Set([
  'invalid-request',
  'content-filter',
  'context-window',
])

/** An answer with an error in it. */
export function failedAnswer(answer: FailedAnswer, context: FailureContext): AttemptError {
  const problem = readProblem(answer.body)
  const status = answer.status ?? problem.status
  const kind = kindOfProblem(status, problem)
  const code = firstIdentifier(problem.codes, context)
  const param = sanitizeIdentifier(problem.param, context)
  const retryAfterMs = answer.headers && readRetryAfter(answer.headers, Date.now())
  const upstreamRequestId = answer.headers && readRequestId(answer.headers)
  const providerMessage = reasonOf(kind, problem, context)
  return new AttemptError({
    kind,
    wasSent: true,
    message: wordsFor(context.instance, status, code),
    ...(status === undefined ? {} : { status }),
    ...(code === undefined ? {} : { code }),
    ...(param === undefined ? {} : { param }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(upstreamRequestId === undefined ? {} : { upstreamRequestId }),
    ...(answer.usage === undefined ? {} : { usage: answer.usage }),
    ...(providerMessage === undefined ? {} : { providerMessage }),
  } satisfies AttemptFailure)
}

function wordsFor(instance: string, status: number | undefined, code: string | undefined): string {
  return `${instance} answered ${status ?? 'an error'}${code === undefined ? '' : ` (${code})`}`
}

function firstIdentifier(codes: readonly string[], context: FailureContext): string | undefined {
  for (const code of codes) {
    const identifier = isKnownCode(code) ? code : sanitizeIdentifier(code, context)
    if (identifier !== undefined) return identifier
  }
  return undefined
}

function reasonOf(kind: FailureKind, problem: ProviderProblem, context: FailureContext): string | undefined {
  if (!KINDS_WITH_REASON.has(kind) || problem.message === undefined) return undefined
  return sanitizeReason(problem.message, context)
}

/** Bytes came, and were not an answer. */
const ANSWER_CODES: ReadonlySet<TransportErrorCode> = new Set([
  'bad-encoding',
  'bad-http',
  'event-too-large',
  'response-too-large',
])

function connectionFailure(cause: unknown, { instance, delivery }: FailureContext): AttemptError {
  if (!(cause instanceof TransportError)) {
    return new AttemptError({
      kind: 'connection',
      wasSent: delivery.isSent,
      message: `the connection to ${instance} failed`,
    })
  }
  const { code, wasSent } = cause
  if (ANSWER_CODES.has(code)) {
    return new AttemptError({
      kind: 'protocol',
      wasSent,
      code,
      message: `${instance} answered what cannot be read (${code})`,
    })
  }
  const words = wasSent ? `the connection to ${instance} broke` : `no connection to ${instance}`
  return new AttemptError({ kind: 'connection', wasSent, code, message: `${words} (${code})` })
}

/** What the reading of a stream threw: what came cannot be read, or nothing comes any more. */
export function brokenStream(thrown: unknown, context: FailureContext): AttemptError {
  if (thrown instanceof AttemptError) return thrown
  const code = thrown instanceof TransportError ? thrown.code : undefined
  if (code !== undefined && ANSWER_CODES.has(code)) return connectionFailure(thrown, context)
  return interruptedStream(
    context.instance,
    `broke its stream off${code === undefined ? '' : ` (${code})`}`,
    code,
  )
}

/** @param what goes after the name of the provider */
export function interruptedStream(instance: string, what: string, code?: TransportErrorCode): AttemptError {
  const message = `${instance} ${what}`
  return new AttemptError({ kind: 'stream-interrupted', wasSent: true, message, ...(code && { code }) })
}

/** Names under which services send the id of a request. */
const REQUEST_ID_HEADERS = [
  'x-request-id',
  'request-id', // Anthropic
  'x-amzn-requestid',
  'apim-request-id', // Azure
  'mistral-correlation-id',
] as const

/** The provider's id of the request, when it looks like one. */
export function readRequestId(headers: HeaderReader): string | undefined {
  for (const name of REQUEST_ID_HEADERS) {
    const id = headers.get(name)
    if (id !== null && /^[\x21-\x7e]{1,128}$/.test(id)) return id
  }
  return undefined
}
