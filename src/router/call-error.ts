import { AttemptError, type AttemptFailure } from '../core/attempt-failure.ts'
import type { AttemptRecord } from '../core/attempt-record.ts'
import { FAILURE_RULES } from '../core/failure-kind.ts'
import { LlmError, type LlmErrorCode } from '../core/llm-error.ts'
import type { Plan } from '../core/plan.ts'
import type { Skip, SkipReason } from '../core/target.ts'

/** Turns whatever ended a call into the `LlmError` that the caller gets. */
export function callError(thrown: unknown, records: readonly AttemptRecord[]): LlmError {
  if (thrown instanceof LlmError) return thrown.report === undefined ? thrown : ownCopy(thrown)
  if (thrown instanceof AttemptError) return failedCall(thrown.failure, records)
  // A bug of ours, or of a function that the app gave us; its words may hold anything, so they stay in the cause.
  return new LlmError({
    code: 'internal',
    status: 500,
    message: 'The call failed inside the app; see `cause`.',
    cause: thrown,
  })
}

/** An error that another call has failed with (all calls of a request share `identify`'s): each has a report of its own. */
function ownCopy(error: LlmError): LlmError {
  const { code, status, message, kind, retryAfterMs, resetsAt, param, cause } = error
  return new LlmError({
    code,
    status,
    message,
    cause,
    ...(kind === undefined ? {} : { kind }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(resetsAt === undefined ? {} : { resetsAt }),
    ...(param === undefined ? {} : { param }),
  })
}

function failedCall(failure: AttemptFailure, records: readonly AttemptRecord[]): LlmError {
  const rule = FAILURE_RULES[failure.kind]
  const retryAfterMs = soonestRetry(records)
  return new LlmError({
    code: codeOf(failure),
    status: statusOf(failure, rule.httpStatus),
    kind: failure.kind,
    message: messageOf(failure, records),
    ...(failure.param === undefined ? {} : { param: failure.param }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    cause: new AttemptError(failure),
  })
}

function codeOf({ kind, wasSent }: AttemptFailure): LlmErrorCode {
  if (kind === 'content-filter') return 'content_filtered'
  if (kind === 'context-window') return 'context_window_exceeded'
  if (kind !== 'invalid-request') return 'exhausted'
  // Not even a request could be made of it: nobody upstream has seen it.
  return wasSent ? 'upstream_refused' : 'invalid_params'
}

/** A refused request keeps the provider's own 4xx; everything else has the status of its kind. */
function statusOf(failure: AttemptFailure, httpStatus: number): number {
  const { kind, status } = failure
  return kind === 'invalid-request' && status !== undefined && status >= 400 && status < 500
    ? status
    : httpStatus
}

/** What each target said last counts: an earlier wait has been waited for. Who is back first decides when to ask again. */
function soonestRetry(records: readonly AttemptRecord[]): number | undefined {
  const last = new Map(records.map(({ target, failure }) => [target.id, failure?.retryAfterMs]))
  const waits = [...last.values()].filter((wait) => wait !== undefined)
  return waits.length === 0 ? undefined : Math.min(...waits)
}

function messageOf(failure: AttemptFailure, records: readonly AttemptRecord[]): string {
  if (failure.providerMessage !== undefined) return `${failure.message}: ${failure.providerMessage}`
  if (records.length <= 1) return `The call failed: ${failure.message}.`
  const story = records.map((record) => record.failure?.message ?? `${record.target.id} answered`).join('; ')
  return `All ${records.length} attempts failed: ${story}.`
}

/** A stream that broke when the caller had a part of it. */
export function streamInterrupted(failure: AttemptFailure): LlmError {
  return new LlmError({
    code: 'stream_interrupted',
    status: FAILURE_RULES[failure.kind].httpStatus,
    kind: failure.kind,
    message: `The answer broke off: ${failure.message}. What came before is incomplete.`,
    cause: new AttemptError(failure),
  })
}

/** Everybody who could take the call has too much to do, and nobody has room in time. */
export function noRoom(skipped: readonly Skip[], availableInMs: number | undefined): LlmError {
  return new LlmError({
    code: 'no_candidate',
    status: 429,
    message: `No target has room for this call. ${skipped.map(skipText).join('; ')}.`,
    ...(availableInMs ? { retryAfterMs: availableInMs } : {}),
  })
}

/**
 * What the app's own functions threw, for the app's own log. `identify` knows no prompt, so its words may stand; of
 * anything else only the name and the place are told.
 */
export function causeText(error: LlmError): string | undefined {
  const { cause, code } = error
  if (code !== 'identify_failed' && code !== 'internal') return undefined
  if (!(cause instanceof Error)) return cause === undefined ? undefined : typeof cause
  if (code === 'identify_failed') return `${cause.name}: ${cause.message}`
  return placeOf(cause)
}

/** Name and place of an error whose words may hold anything. */
export function placeOf(error: Error): string {
  const frames = (error.stack ?? '').split('\n').filter((line) => line.startsWith('    at '))
  return [error.constructor.name, ...frames.slice(0, 5)].join('\n')
}

/** The reasons that the request itself can be changed for, those that money can, and those that time can. */
const BLAME: Readonly<Record<SkipReason, 'request' | 'money' | 'time' | 'caller'>> = {
  'not-allowed': 'caller',
  capability: 'request',
  'unsupported-param': 'request',
  'context-window': 'request',
  'max-cost': 'money',
  unpriced: 'money',
  budget: 'money',
  'max-latency': 'time',
  cooldown: 'time',
  'breaker-open': 'time',
  'rate-limited': 'time',
  'queue-full': 'time',
}

const BLAME_STATUS = { request: 400, money: 402, caller: 403, time: 503 } as const

/** Every target was skipped: says which, and why. */
export function noCandidate(plan: Plan): LlmError {
  const blames = plan.skipped.map((skip) => BLAME[skip.why])
  const blame = blames.includes('time') ? 'time' : (blames[0] ?? 'time')
  return new LlmError({
    code: 'no_candidate',
    status: BLAME_STATUS[blame],
    message: `No target can take this call. ${plan.skipped.map(skipText).join('; ')}.`,
  })
}

function skipText(skip: Skip): string {
  return `${skip.target}: ${skip.detail} (${skip.why})`
}
