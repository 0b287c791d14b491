/** Begin of a call's telemetry, and the one settlement at its end. */
import { toMicroseconds } from '../core/clock.ts'
import type { LlmError } from '../core/llm-error.ts'
import type { Settlement } from '../core/settlement.ts'
import { callLogFields } from '../telemetry/call-log.ts'
import { callError, causeText } from './call-error.ts'
import { hasTransaction, writeInTransaction } from './in-transaction.ts'
import type { OpenCall } from './open-call.ts'
import { reportOf } from './report.ts'
import { settle } from './settle.ts'

/** Looks the route up once, so that span and settlement cannot differ about it. */
export function startTelemetry(call: OpenCall): void {
  if (call.telemetry !== undefined) return
  call.route ??= call.binding.route()
  call.telemetry = call.state.telemetry.startCall({
    operation: call.operation,
    callId: call.callId,
    isStreamed: call.isStreamed,
    startedAtMs: call.startedAtMs,
    plan: call.plan,
    requestedModel: call.requestedModel,
    caller: call.caller,
    route: call.route,
    isOverhead: call.binding.isOverhead,
    request: call.binding.telemetry,
  })
}

/** Settles the call and tells everybody who keeps count. Runs once per call. */
export function finishCall(call: OpenCall, error: LlmError | undefined): Settlement {
  const { clock } = call.state.config
  startTelemetry(call)
  const settlement = settle({
    callId: call.callId,
    traceId: call.telemetry?.traceId,
    spanId: call.telemetry?.spanId,
    operation: call.operation,
    plan: call.plan,
    caller: call.caller,
    route: call.route,
    requestedModel: call.requestedModel,
    error,
    records: call.records,
    inputEstimate: call.inputEstimate,
    skipped: [...(call.plan?.skipped ?? []), ...call.skipped],
    startedAtMs: call.startedAtMs,
    latencyMs: toMicroseconds(clock.monotonic() - call.startedMonotonicMs),
    timeToFirstTokenMs: call.timeToFirstTokenMs,
    isStreamed: call.isStreamed,
    isOverhead: call.binding.isOverhead,
    retryWaitMs: toMicroseconds(call.retryWaitMs),
    metadata: call.options.metadata,
  })
  call.state.totals.add(settlement)
  if (!hasTransaction(call)) call.state.ledger.record(settlement)
  call.binding.settled(settlement)
  call.telemetry?.end(settlement)
  tellLog(call, settlement)
  return settlement
}

/** Settles a call that failed. @returns what its caller is thrown: it carries the report */
export async function failCall(call: OpenCall, thrown: unknown): Promise<LlmError> {
  const error = callError(thrown, call.records)
  const settlement = finishCall(call, error)
  error.report = reportOf(settlement)
  // Its own error is what the caller has to know of; that the ledger failed too stands in the log.
  await writeInTransaction(call, settlement)?.catch(() => undefined)
  call.ending?.release()
  return error
}

/** One line per call; at `error` where it failed on our side, so that it is seen without any logger of the app's own. */
function tellLog(call: OpenCall, settlement: Settlement): void {
  const { logger } = call.state.config
  const { error, outcome } = settlement
  const fields = callLogFields(settlement)
  if (settlement.isOverhead) {
    logger.debug('llm call', { ...fields, purpose: 'overhead' })
    return
  }
  if (error === undefined || error.status < 500 || outcome === 'cancelled') {
    logger.info('llm call', fields)
    return
  }
  const cause = causeText(error)
  logger.error('llm call', { ...fields, error: error.message, ...(cause === undefined ? {} : { cause }) })
}
