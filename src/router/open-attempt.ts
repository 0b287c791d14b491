/** Begin and end of every attempt, streamed or not: its span, its clocks and its one record. */
import { CallAborted } from '../core/abort.ts'
import type { ProviderAnswer } from '../core/adapter.ts'
import type { AttemptFailure } from '../core/attempt-failure.ts'
import type { AttemptOutcome, AttemptRecord, StreamFacts } from '../core/attempt-record.ts'
import { toMicroseconds } from '../core/clock.ts'
import type { Usage } from '../core/usage.ts'
import { priceAttempt } from '../pricing/price-attempt.ts'
import type { AttemptTelemetry } from '../telemetry/attempt-telemetry.ts'
import type { LimitUse } from '../resilience/limit-policy.ts'
import type { Wait } from '../resilience/target-loads.ts'
import type { AdmittedStep } from './attempt-step.ts'
import { HEDGE_LOST } from './contender.ts'
import { waitFor, workOf, type OpenCall } from './open-call.ts'

/** An attempt under way. */
export interface OpenAttempt {
  readonly step: AdmittedStep
  readonly number: number
  readonly span: AttemptTelemetry | undefined
  /** Of the target's load. */
  readonly wait: Wait
  readonly startedAtMs: number
  readonly startedMonotonicMs: number
}

export function openAttempt(call: OpenCall, step: AdmittedStep): OpenAttempt {
  const { clock } = call.state.config
  const number = (call.attemptsBegun += 1)
  const { operation, params, isStreamed } = call
  const span = call.telemetry?.startAttempt({ ...step, number, operation, params, isStreamed })
  if (step.contender !== undefined) {
    step.contender.span = span
    linkToRival(step, span)
  }
  call.intent?.end()
  const wait = call.state.loads.begin(step.target, workOf(call))
  return { step, number, span, wait, startedAtMs: clock.now(), startedMonotonicMs: clock.monotonic() }
}

function linkToRival({ contender }: AdmittedStep, span: AttemptTelemetry | undefined): void {
  const other = contender?.rival()?.span
  if (other !== undefined) span?.link(other)
}

/** What the caller waits for is there; for a stream, its end may be minutes away. */
export function answerBegan({ step, wait }: OpenAttempt): void {
  wait.answered()
  step.permit.begun()
}

/** What an answer told beside its content. */
export type ToldFacts = Pick<
  ProviderAnswer,
  'costUsd' | 'responseId' | 'responseModel' | 'finishReasons' | 'upstreamRequestId' | 'droppedParams'
>

export interface AttemptEnd {
  readonly failure: AttemptFailure | undefined
  /** Undefined when no answer came. */
  readonly told: ToldFacts | undefined
  /** Told or estimated; undefined when nothing can have been used. */
  readonly usage: Usage | undefined
  readonly stream: StreamFacts | undefined
}

/** Keeps the attempt's record, ends its span and tells who watches targets. Once per attempt. */
export function endAttempt(call: OpenCall, attempt: OpenAttempt, end: AttemptEnd): AttemptRecord {
  const record = recordOf(call, attempt, end)
  call.records.push(record)
  // The later one was linked when it began.
  if (record.outcome === 'hedge_lost' && record.reason !== 'hedge') linkToRival(attempt.step, attempt.span)
  attempt.span?.end(record)
  attempt.step.permit.end(record.failure)
  attempt.step.money.settle(record)
  attempt.step.place.end(useOf(record))
  attempt.wait.end(record.failure)
  observe(call, record)
  return record
}

/** What limits count: what was used; nothing where the provider refused. */
function useOf({ usage, failure }: AttemptRecord): LimitUse {
  const nothing = failure === undefined ? undefined : 0
  return {
    tokens: usage === undefined ? nothing : usage.inputTokens + usage.outputTokens,
    isRateLimited: failure?.kind === 'rate-limited',
    ...(failure?.retryAfterMs === undefined ? {} : { retryAfterMs: failure.retryAfterMs }),
  }
}

function recordOf(call: OpenCall, attempt: OpenAttempt, end: AttemptEnd): AttemptRecord {
  const { step, number, startedAtMs, startedMonotonicMs } = attempt
  const { told, usage, stream } = end
  const failure = endNamed(step, end.failure)
  return {
    number,
    reason: step.reason,
    target: step.target,
    outcome: outcomeOf(failure),
    failure,
    startedAtMs,
    latencyMs: toMicroseconds(call.state.config.clock.monotonic() - startedMonotonicMs),
    retryDelayMs: step.retryDelayMs,
    queuedMs: toMicroseconds(step.queuedMs),
    usage,
    cost: priceAttempt({
      target: step.target,
      usage,
      providerCostUsd: told?.costUsd,
      atMs: startedAtMs,
      wasBilled: failure === undefined || usage !== undefined,
    }),
    responseId: told?.responseId,
    responseModel: told?.responseModel,
    finishReasons: told?.finishReasons,
    upstreamRequestId: told?.upstreamRequestId ?? failure?.upstreamRequestId,
    droppedParams: told?.droppedParams ?? [],
    spanId: attempt.span?.spanContext?.spanId,
    stream,
  }
}

function outcomeOf(failure: AttemptFailure | undefined): AttemptOutcome {
  switch (failure?.kind) {
    case undefined:
      return 'success'
    case 'rejected':
      return 'rejected'
    case 'hedge-lost':
      return 'hedge_lost'
    case 'cancelled':
    case 'abandoned':
      return 'cancelled'
    default:
      return 'failed'
  }
}

/** Says what ended it, or who, in place of the adapter's general word. */
function endNamed(
  { signal, target }: AdmittedStep,
  failure: AttemptFailure | undefined,
): AttemptFailure | undefined {
  if (failure?.kind !== 'cancelled') return failure
  const reason: unknown = signal.reason
  if (reason === HEDGE_LOST) {
    return { ...failure, kind: 'hedge-lost', message: `another target answered before ${target.instance}` }
  }
  if (failure.code !== undefined || !(reason instanceof CallAborted)) return failure
  return { ...failure, code: reason.abortCause }
}

function observe(call: OpenCall, record: AttemptRecord): void {
  const { latency, warnings, waits, quota } = call.state
  if (record.failure !== undefined) {
    if (record.outcome === 'hedge_lost') waits.observeAtLeast(record.target, waitFor(call), record.latencyMs)
    warnings.observe(record.target, record.failure)
    return
  }
  quota.earn(record.target)
  // Of a stream it is its commit that ends the wait.
  if (record.stream === undefined) waits.observe(record.target, 'whole', record.latencyMs)
  // What a stream's reader waits for is its begin; how long it lasts is also the reader's doing.
  const latencyMs = record.stream === undefined ? record.latencyMs : record.stream.timeToFirstChunkMs
  if (latencyMs !== undefined) latency.observe(record.target, latencyMs, call.isStreamed)
}
