import { AttemptError } from '../core/attempt-failure.ts'
import type { Usage } from '../core/usage.ts'
import { errorInside } from './chat-answer.ts'
import { failedAnswer, type FailureContext, protocolFailure } from './classify-error.ts'
import { fieldOf, isObject, textOf } from '../core/json-shape.ts'
import type { HeaderReader } from './retry-after.ts'

/**
 * What `doGenerate` or `doStream` threw, told by its shape: there may be several copies of the SDK's error classes. Its own message is
 * never used, for it holds the vendor's words.
 */
export function classifyAiSdkError(thrown: unknown, context: FailureContext): AttemptError {
  if (thrown instanceof AttemptError) return thrown
  const { instance } = context
  const status = fieldOf(thrown, 'statusCode')
  if (typeof status === 'number' && status >= 300) {
    const answer = answerOf(thrown, status)
    if (answer.headers !== undefined) context.delivery.onHeaders?.(answer.headers)
    return failedAnswer(answer, context)
  }
  const name = textOf(fieldOf(thrown, 'name')) ?? (thrown instanceof Error ? thrown.name : '')
  // A 200 whose body the SDK could not make sense of.
  if (typeof status === 'number' || UNREADABLE.has(name))
    return protocolFailure(context, 'what the AI SDK cannot read')
  const before = BEFORE_SENDING[name]
  if (before !== undefined) return new AttemptError({ ...before(instance), wasSent: false })
  if (name === 'AI_APICallError' || isNetworkError(thrown)) {
    const code = codeOf(thrown)
    const words = `the connection to ${instance} failed${code === undefined ? '' : ` (${code})`}`
    const isUnsent = code !== undefined && NEVER_SENT.has(code)
    return new AttemptError({ kind: 'connection', wasSent: !isUnsent, message: words, ...(code && { code }) })
  }
  return protocolFailure(context, `through the AI SDK, which threw ${nameOf(thrown)}`)
}

/**
 * The `error` part of a stream. Models put there what they threw, what the vendor's error event held, or just its words.
 *
 * @returns `malformed` for one event that the SDK could not make sense of: the stream goes on after it
 */
export function failureInStream(error: unknown, context: FailureContext): AttemptError | 'malformed' {
  const name = textOf(fieldOf(error, 'name')) ?? (error instanceof Error ? error.name : '')
  const inside = errorInside(fieldOf(error, 'value'))
  if (inside !== undefined) return failedEvent(inside, context)
  if (UNPARSABLE_EVENT.has(name)) return 'malformed'
  // What @ai-sdk/openai-compatible says of a stream that ended without a finish reason.
  const isEnd = name === 'AI_InvalidResponseDataError' && fieldOf(error, 'data') === undefined
  if (isEnd) return interruptedStream(undefined, context)
  const isThrown = error instanceof Error || typeof fieldOf(error, 'statusCode') === 'number'
  if (isThrown) return classifyAiSdkError(error, context)
  return failedEvent({ error: fieldOf(error, 'data') ?? error }, context)
}

const UNPARSABLE_EVENT: ReadonlySet<string> = new Set(['AI_JSONParseError', 'AI_TypeValidationError'])

function failedEvent(body: unknown, context: FailureContext): AttemptError {
  return failedAnswer({ status: undefined, headers: undefined, body }, context)
}

/**
 * The stream ended before its answer did.
 *
 * @param thrown what reading it threw; undefined where it just ended
 */
export function interruptedStream(thrown: unknown, context: FailureContext, usage?: Usage): AttemptError {
  const status = fieldOf(thrown, 'statusCode')
  if (typeof status === 'number' && status >= 300) return classifyAiSdkError(thrown, context)
  const code = codeOf(thrown)
  const how = thrown === undefined ? 'ended too early' : `broke (${code ?? nameOf(thrown)})`
  const message = `the stream of ${context.instance} ${how}`
  return new AttemptError({
    kind: 'stream-interrupted',
    wasSent: true,
    message,
    ...(code && { code }),
    ...(usage && { usage }),
  })
}

function answerOf(thrown: unknown, status: number) {
  return {
    status,
    headers: headerReader(fieldOf(thrown, 'responseHeaders')),
    body: fieldOf(thrown, 'data') ?? parsed(fieldOf(thrown, 'responseBody')),
  }
}

function headerReader(headers: unknown): HeaderReader | undefined {
  return isObject(headers) ? { get: (name) => textOf(headers[name]) ?? null } : undefined
}

function parsed(body: unknown): unknown {
  if (typeof body !== 'string') return undefined
  try {
    return JSON.parse(body)
  } catch {
    // A proxy's page: there is nothing in it that a caller could use.
    return undefined
  }
}

const UNREADABLE: ReadonlySet<string> = new Set([
  'AI_EmptyResponseBodyError',
  'AI_InvalidResponseDataError',
  'AI_JSONParseError',
  'AI_NoContentGeneratedError',
  'AI_TypeValidationError',
])

type Refusal = (instance: string) => Pick<AttemptError['failure'], 'kind' | 'message'>

/** What the SDK throws without asking the vendor. */
const BEFORE_SENDING: Readonly<Record<string, Refusal | undefined>> = {
  AI_InvalidArgumentError: (instance) => ({
    kind: 'invalid-request',
    message: `the AI SDK refused an argument for ${instance}`,
  }),
  AI_InvalidPromptError: (instance) => ({
    kind: 'invalid-request',
    message: `the AI SDK refused the prompt for ${instance}`,
  }),
  AI_LoadAPIKeyError: (instance) => ({ kind: 'auth', message: `the AI SDK found no key for ${instance}` }),
  AI_LoadSettingError: (instance) => ({
    kind: 'auth',
    message: `the AI SDK lacks a setting for ${instance}`,
  }),
  AI_NoSuchModelError: (instance) => ({
    kind: 'not-found',
    message: `the AI SDK has no such model at ${instance}`,
  }),
  AI_UnsupportedFunctionalityError: (instance) => ({
    kind: 'invalid-request',
    message: `${instance} does not do through the AI SDK what the params ask for`,
  }),
}

/** Codes of an address that nobody answered at. */
const NEVER_SENT: ReadonlySet<string> = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'UND_ERR_CONNECT_TIMEOUT',
])

/** fetch throws a TypeError, with the socket's error as its cause. */
function isNetworkError(thrown: unknown): boolean {
  return codeOf(thrown) !== undefined
}

/** The socket's code, down to three causes deep: the SDK wraps what fetch wrapped. */
function codeOf(thrown: unknown): string | undefined {
  let error = thrown
  for (let depth = 0; depth < 4 && error instanceof Error; depth++) {
    const code: unknown = Reflect.get(error, 'code')
    if (typeof code === 'string' && /^[A-Z][A-Z0-9_]{2,40}$/.test(code)) return code
    error = error.cause
  }
  return undefined
}

function nameOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.constructor.name : typeof thrown
}
