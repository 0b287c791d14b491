import {
  context,
  SpanKind,
  SpanStatusCode,
  trace,
  type Context,
  type Span,
  type Tracer,
} from '@opentelemetry/api'
import type { Settlement } from '../core/settlement.ts'
import type { Operation, Skip } from '../core/target.ts'
import {
  SILENT_ATTEMPT,
  startAttempt,
  type AttemptStart,
  type AttemptTelemetry,
} from './attempt-telemetry.ts'
import {
  callEndAttributes,
  callSpanName,
  callStartAttributes,
  moveAttributes,
  skipAttributes,
  type CallStartFacts,
  type Move,
} from './call-attributes.ts'
import { recordMetrics } from './record-metrics.ts'
import type { Safely } from './safely.ts'
import type { Scope } from './scope.ts'
import { EVENT } from './semconv.ts'
import type { RequestTelemetry } from './server-span.ts'
import type { TelemetryConfig } from './telemetry-config.ts'
import { withoutBaggage } from './without-baggage.ts'

/** What is known of a call once it is planned, or refused. */
export interface CallStart extends CallStartFacts {
  readonly operation: Operation
  /** Wall clock, ms since the epoch: the span starts with the call, not with its first attempt. */
  readonly startedAtMs: number
  readonly requestedModel: string | undefined
  /** The HTTP request that makes the call; undefined outside of any. */
  readonly request: RequestTelemetry | undefined
}

/** One call's span and metrics. */
export interface CallTelemetry {
  /** Undefined while no SDK is registered. */
  readonly traceId: string | undefined
  readonly spanId: string | undefined
  startAttempt(input: AttemptStart): AttemptTelemetry
  /** A target that was left out. */
  skipped(skip: Skip): void
  /** The chain goes from a failed attempt to the next one. */
  moved(move: Move): void
  /** Writes the final attributes, ends the span, and records the metrics of the call and its attempts. */
  end(settlement: Settlement): void
}

export interface CallParts {
  readonly scope: Scope
  readonly config: TelemetryConfig
  readonly safely: Safely
}

/** A call that nobody records. */
export const SILENT_CALL: CallTelemetry = {
  traceId: undefined,
  spanId: undefined,
  startAttempt: () => SILENT_ATTEMPT,
  skipped: () => undefined,
  moved: () => undefined,
  end: () => undefined,
}

/** Starts a call's telemetry, as far as an SDK is there to take it. */
export function startCall(parts: CallParts, input: CallStart): CallTelemetry {
  const tracer = parts.scope.tracer()
  if (tracer !== undefined) return tracedCall(parts, input, tracer)
  return parts.scope.instruments() === undefined ? SILENT_CALL : { ...SILENT_CALL, end: metricsOf(parts) }
}

function tracedCall(parts: CallParts, input: CallStart, tracer: Tracer): CallTelemetry {
  const { config, safely } = parts
  const parent = parentOf(input.request)
  const span = tracer.startSpan(
    callSpanName(input.plan),
    {
      kind: SpanKind.INTERNAL,
      startTime: input.startedAtMs,
      attributes: callStartAttributes(input, config.callerAttributes),
    },
    parent,
  )
  const attemptParts = {
    tracer,
    safely,
    parent: trace.setSpan(withoutBaggage(parent), span),
    context: {
      tier: input.plan?.tier,
      task: input.plan?.task,
      draftCost: config.draftCost,
    },
  }
  const { traceId, spanId } = span.spanContext()
  const recordAll = metricsOf(parts)
  return {
    traceId,
    spanId,
    startAttempt: (attempt) =>
      safely('attempt start', () => startAttempt(attemptParts, attempt), SILENT_ATTEMPT),
    skipped: (skip) =>
      safely('event', () => void span.addEvent(EVENT.skipped, skipAttributes(skip)), undefined),
    moved: (move) =>
      safely('event', () => void span.addEvent(EVENT[move.kind], moveAttributes(move)), undefined),
    end(settlement) {
      endSpan(span, settlement, safely)
      recordAll(settlement)
    },
  }
}

/** The app's own active span; where the app lost its context, the request's. */
function parentOf(request: RequestTelemetry | undefined): Context {
  const active = context.active()
  return trace.getSpan(active) === undefined ? (request?.parent ?? active) : active
}

/** A handled failure does not mark the call: its span is ERROR only when the call failed. */
function endSpan(span: Span, settlement: Settlement, safely: Safely): void {
  safely(
    'call',
    () => {
      if (!span.isRecording()) return
      span.setAttributes(callEndAttributes(settlement))
      if (settlement.errorType !== undefined) span.setStatus({ code: SpanStatusCode.ERROR })
    },
    undefined,
  )
  // The same two clocks that the settlement was measured with, so that span and settlement agree on the duration.
  safely('call end', () => span.end(settlement.startedAtMs + settlement.latencyMs), undefined)
}

function metricsOf({ scope, safely }: CallParts): (settlement: Settlement) => void {
  return (settlement) =>
    safely(
      'metrics',
      () => {
        const instruments = scope.instruments()
        if (instruments !== undefined) recordMetrics(instruments, settlement)
      },
      undefined,
    )
}
