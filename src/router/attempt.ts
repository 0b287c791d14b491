import { CallAborted, untilAborted } from '../core/abort.ts'
import type { OperationTypes, ProviderAnswer } from '../core/adapter.ts'
import { AttemptError, type AttemptFailure } from '../core/attempt-failure.ts'
import type { AttemptOutcome, AttemptReason, AttemptRecord } from '../core/attempt-record.ts'
import { toMicroseconds } from '../core/clock.ts'
import type { ChatCompletion } from '../core/openai-types.ts'
import type { Operation, Target } from '../core/target.ts'
import type { Usage } from '../core/usage.ts'
import { estimateUsage } from '../pricing/estimate.ts'
import { priceAttempt } from '../pricing/price-attempt.ts'
import type { OpenCall } from './open-call.ts'

/** What the chain decided about the next attempt. */
export interface AttemptStep {
  readonly target: Target
  readonly reason: AttemptReason
  readonly retryDelayMs: number
}

/**
 * One request to one target. Its record is kept before this returns or throws.
 *
 * @throws AttemptError, nothing else
 */
export async function attemptOnce<O extends Operation>(
  call: OpenCall<O>,
  step: AttemptStep,
): Promise<ProviderAnswer<O>> {
  const { clock } = call.state.config
  const number = call.records.length + 1
  const span = call.telemetry?.startAttempt({
    ...step,
    number,
    operation: call.operation,
    params: call.params,
  })
  const startedAtMs = clock.now()
  const startedMonotonicMs = clock.monotonic()
  let answer: ProviderAnswer<O> | undefined
  let failure: AttemptFailure | undefined
  try {
    const sending = (): Promise<ProviderAnswer<O>> => send(call, step.target)
    const received = await (span === undefined ? sending() : span.run(sending))
    answer = received
    await checkAnswer(call, received)
  } catch (thrown) {
    failure = failureOf(thrown, answer?.usage)
  }
  const latencyMs = toMicroseconds(clock.monotonic() - startedMonotonicMs)
  const record = recordOf(call, { step, number, startedAtMs, latencyMs, answer, failure })
  call.records.push(record)
  span?.end(record)
  observe(call, record)
  if (failure !== undefined) throw new AttemptError(failure)
  if (answer === undefined) throw new TypeError('an attempt without failure has an answer')
  return answer
}

function send<O extends Operation>(call: OpenCall<O>, target: Target): Promise<ProviderAnswer<O>> {
  const { state, operation, params, options, ending } = call
  const adapter = state.adapters.get(target.instance)
  if (adapter === undefined || params === undefined || ending === undefined) {
    throw new TypeError(`no adapter for ${target.id}`)
  }
  return adapter.send(operation, params, {
    target,
    signal: ending.signal,
    timeoutMs: options.attemptTimeoutMs ?? target.attemptTimeoutMs,
    headers: plainHeaders(options.headers),
    idempotencyKey: options.idempotencyKey,
  })
}

function plainHeaders(headers: OpenCall['options']['headers']): Readonly<Record<string, string>> | undefined {
  if (headers === undefined) return undefined
  const entries = headers instanceof Headers ? [...headers] : Object.entries(headers)
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}

/**
 * The call's own checks: `.parse()`'s schema, then `accept`. A refusal is the failure kind `rejected`. A check that
 * never ends does not outlive the call.
 */
async function checkAnswer<O extends Operation>(call: OpenCall<O>, answer: ProviderAnswer<O>): Promise<void> {
  const { options, ending } = call
  if ((call.check === undefined && options.accept === undefined) || ending === undefined) return
  let isAccepted: boolean
  try {
    isAccepted = await untilAborted(runChecks(call, answer), ending.signal)
  } catch (thrown) {
    if (ending.signal.aborted) {
      throw new AttemptError({
        kind: 'cancelled',
        wasSent: true,
        message: 'the call ended during its own check',
      })
    }
    // Its message may quote the answer, so only its name goes on.
    const name = thrown instanceof Error ? thrown.constructor.name : typeof thrown
    throw rejected(`the call's own check threw ${name}`)
  }
  if (!isAccepted) throw rejected('`accept` returned false')
}

async function runChecks<O extends Operation>(
  call: OpenCall<O>,
  answer: ProviderAnswer<O>,
): Promise<boolean> {
  await call.check?.(answer.data)
  // Calls that are no chat have been refused with this option.
  return (await call.options.accept?.(answer.data as ChatCompletion)) ?? true
}

function rejected(message: string): AttemptError {
  return new AttemptError({ kind: 'rejected', wasSent: true, message })
}

function failureOf(thrown: unknown, usage: Usage | undefined): AttemptFailure {
  if (thrown instanceof AttemptError)
    return usage === undefined ? thrown.failure : { ...thrown.failure, usage }
  const name = thrown instanceof Error ? thrown.constructor.name : typeof thrown
  return { kind: 'protocol', wasSent: true, message: `the adapter threw ${name}` }
}

interface AttemptFacts<O extends Operation> {
  readonly step: AttemptStep
  readonly number: number
  readonly startedAtMs: number
  readonly latencyMs: number
  readonly answer: ProviderAnswer<O> | undefined
  readonly failure: AttemptFailure | undefined
}

function recordOf<O extends Operation>(call: OpenCall<O>, facts: AttemptFacts<O>): AttemptRecord {
  const { step, answer, failure } = facts
  const usage = answer?.usage ?? failure?.usage ?? estimatedUsage(call, answer, failure)
  return {
    number: facts.number,
    reason: step.reason,
    target: step.target,
    outcome: outcomeOf(failure),
    failure: abortNamed(call, failure),
    startedAtMs: facts.startedAtMs,
    latencyMs: facts.latencyMs,
    retryDelayMs: step.retryDelayMs,
    usage,
    cost: priceAttempt({
      target: step.target,
      usage,
      providerCostUsd: answer?.costUsd,
      atMs: facts.startedAtMs,
      wasBilled: failure === undefined || usage !== undefined,
    }),
    responseId: answer?.responseId,
    responseModel: answer?.responseModel,
    finishReasons: answer?.finishReasons,
    upstreamRequestId: answer?.upstreamRequestId ?? failure?.upstreamRequestId,
    droppedParams: answer?.droppedParams ?? [],
    stream: undefined,
  }
}

/**
 * What was billed without anybody telling how much: an answer without usage, and a request that was sent and never
 * answered. An HTTP error is not billed.
 */
function estimatedUsage<O extends Operation>(
  call: OpenCall<O>,
  answer: ProviderAnswer<O> | undefined,
  failure: AttemptFailure | undefined,
): Usage | undefined {
  if (answer !== undefined) return estimateUsage(call.operation, call.params, deliveredText(answer.data))
  if (failure === undefined || !failure.wasSent || failure.status !== undefined) return undefined
  return estimateUsage(call.operation, call.params)
}

function deliveredText(data: OperationTypes[Operation]['answer']): string {
  if (!('choices' in data)) return ''
  return data.choices
    .map(({ message: { content, tool_calls: toolCalls } }) => {
      return `${content ?? ''}${toolCalls === undefined ? '' : JSON.stringify(toolCalls)}`
    })
    .join('')
}

function outcomeOf(failure: AttemptFailure | undefined): AttemptOutcome {
  if (failure === undefined) return 'success'
  return failure.kind === 'cancelled' || failure.kind === 'rejected' ? failure.kind : 'failed'
}

/** Says who aborted, in place of the adapter's general word. */
function abortNamed(call: OpenCall, failure: AttemptFailure | undefined): AttemptFailure | undefined {
  const reason: unknown = call.ending?.signal.reason
  if (failure?.kind !== 'cancelled' || !(reason instanceof CallAborted)) return failure
  return { ...failure, code: reason.abortCause }
}

function observe(call: OpenCall, record: AttemptRecord): void {
  const { health, latency, warnings } = call.state
  health.observe(record.target, record.failure)
  if (record.failure === undefined) latency.observe(record.target, record.latencyMs)
  else warnings.observe(record.target, record.failure)
}
