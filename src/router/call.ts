/** One call, top to bottom: identify → plan → attempts → settle. The only place that knows this order. */
import { CallAborted, untilAborted } from '../core/abort.ts'
import type { OperationTypes, ProviderAnswer } from '../core/adapter.ts'
import { toMicroseconds } from '../core/clock.ts'
import type { Caller } from '../core/caller.ts'
import { invalidParams, LlmError } from '../core/llm-error.ts'
import type { Plan } from '../core/plan.ts'
import type { CallReport } from '../core/report.ts'
import type { Settlement } from '../core/settlement.ts'
import type { Operation } from '../core/target.ts'
import { callLogFields } from '../telemetry/call-log.ts'
import { runAttempts } from './attempts.ts'
import { callError, causeText, noCandidate } from './call-error.ts'
import { checkCallOptions } from './call-options.ts'
import { checkParams } from './check-params.ts'
import { joinEndings, openCall, type CallEnding, type CallInput, type OpenCall } from './open-call.ts'
import { planFor } from './plan-for.ts'
import { reportOf } from './report.ts'
import type { RouterState } from './router-state.ts'
import { settle } from './settle.ts'

/** An answered call. */
export interface CallResult<O extends Operation> {
  readonly answer: ProviderAnswer<O>
  /** Made on demand: most calls never look. */
  readonly report: () => CallReport
}

/**
 * Runs one call and settles it, however it ends.
 *
 * @throws LlmError with the report; nothing else
 */
export async function runCall<O extends Operation>(
  state: RouterState,
  input: CallInput<O>,
): Promise<CallResult<O>> {
  const call = openCall(state, input)
  let answer: ProviderAnswer<O>
  try {
    answer = await answerOf(call, input)
  } catch (thrown) {
    const error = callError(thrown, call.records)
    const settlement = finish(call, error)
    error.report = reportOf(settlement, call.telemetry?.traceId)
    throw error
  } finally {
    call.ending?.release()
  }
  const settlement = finish(call, undefined)
  return { answer, report: () => reportOf(settlement, call.telemetry?.traceId) }
}

async function answerOf<O extends Operation>(
  call: OpenCall<O>,
  input: CallInput<O>,
): Promise<ProviderAnswer<O>> {
  if (call.state.isClosed) throw routerClosed()
  const plan = await prepare(call, input)
  startTelemetry(call)
  for (const skip of plan.skipped) call.telemetry?.skipped(skip)
  if (plan.steps.length === 0) throw noCandidate(plan)
  return await runAttempts(call, plan, endingOf(call))
}

/**
 * Everything before the first attempt: checks, who is asking, the plan.
 *
 * @throws LlmError when the call is refused
 */
export async function prepare<O extends Operation>(call: OpenCall<O>, input: CallInput<O>): Promise<Plan> {
  checkCallOptions(input.options)
  call.options = input.options
  if (call.operation !== 'chat' && call.options.accept !== undefined) {
    throw invalidParams('Call option "accept" checks chat answers only.', 'accept')
  }
  checkParams(call.operation, input.params)
  input.validate?.()
  takeParams(call, input.params)
  const ending = endingOf(call)
  ending.signal.throwIfAborted()
  const caller = call.binding.caller()
  call.caller = withOptions(
    caller instanceof Promise ? await untilAborted(caller, ending.signal) : caller,
    call,
  )
  // The timer may be late where the app has kept the event loop busy; nothing is sent after the deadline all the same.
  if (ending.remainingMs() <= 0) throw new CallAborted('deadline')
  call.plan = planFor(call, call.caller)
  return call.plan
}

/** From the first check on, everything that the call waits for ends with it; `release` belongs to who runs the call. */
function endingOf(call: OpenCall): CallEnding {
  call.ending ??= joinEndings(call)
  return call.ending
}

/** `model` steers the router; what is left is for the provider. */
function takeParams<O extends Operation>(call: OpenCall<O>, params: Record<string, unknown>): void {
  const { model, stream: _stream, ...rest } = params
  call.requestedModel = typeof model === 'string' ? model : undefined
  call.params = rest as OperationTypes[O]['params']
}

/** What the app's code says of this call wins over what `identify` says of the request. */
function withOptions(caller: Caller, call: OpenCall): Caller {
  const { user, tenant, feature } = call.options
  if (user === undefined && tenant === undefined && feature === undefined) return caller
  return {
    ...caller,
    ...(user === undefined ? {} : { user }),
    ...(tenant === undefined ? {} : { tenant }),
    ...(feature === undefined ? {} : { feature }),
  }
}

/** Looks the route up once, so that span and settlement cannot differ about it. */
function startTelemetry(call: OpenCall): void {
  if (call.telemetry !== undefined) return
  call.route = call.binding.route()
  call.telemetry = call.state.telemetry.startCall({
    operation: call.operation,
    callId: call.callId,
    startedAtMs: call.startedAtMs,
    plan: call.plan,
    requestedModel: call.requestedModel,
    caller: call.caller,
    route: call.route,
    request: call.binding.telemetry,
  })
}

/** Settles the call and tells everybody who keeps count. Runs once per call. */
function finish(call: OpenCall, error: LlmError | undefined): Settlement {
  const { clock } = call.state.config
  startTelemetry(call)
  const settlement = settle({
    callId: call.callId,
    operation: call.operation,
    plan: call.plan,
    caller: call.caller,
    route: call.route,
    requestedModel: call.requestedModel,
    error,
    records: call.records,
    skipped: [...(call.plan?.skipped ?? []), ...call.skipped],
    startedAtMs: call.startedAtMs,
    latencyMs: toMicroseconds(clock.monotonic() - call.startedMonotonicMs),
    timeToFirstTokenMs: undefined,
    isStreamed: false,
    retryWaitMs: toMicroseconds(call.retryWaitMs),
    metadata: call.options.metadata,
  })
  call.state.totals.add(settlement)
  call.binding.settled(settlement)
  call.telemetry?.end(settlement)
  tellLog(call, settlement)
  return settlement
}

/** One line per call; at `error` where it failed on our side, so that it is seen without any logger of the app's own. */
function tellLog(call: OpenCall, settlement: Settlement): void {
  const { logger } = call.state.config
  const { error, outcome } = settlement
  const fields = callLogFields(settlement, call.telemetry?.traceId)
  if (error === undefined || error.status < 500 || outcome === 'cancelled') {
    logger.info('llm call', fields)
    return
  }
  const cause = causeText(error)
  logger.error('llm call', { ...fields, error: error.message, ...(cause === undefined ? {} : { cause }) })
}

function routerClosed(): LlmError {
  return new LlmError({
    code: 'router_closed',
    status: 503,
    message: 'The router has been closed and takes no more calls.',
  })
}
