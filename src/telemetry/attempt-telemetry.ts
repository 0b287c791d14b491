import {
  SpanKind,
  SpanStatusCode,
  trace,
  type Context,
  type Span,
  type SpanContext,
  type Tracer,
} from '@opentelemetry/api'
import type { AttemptReason, AttemptRecord } from '../core/attempt-record.ts'
import { errorTypeOf } from '../core/failure-kind.ts'
import type { Operation, Target } from '../core/target.ts'
import { attemptAttributes, type AttemptContext } from './attempt-attributes.ts'
import type { Params } from './request-attributes.ts'
import type { Safely } from './safely.ts'
import { STANDARD } from './semconv.ts'
import { labelsOf } from './target-labels.ts'
import { runIn, runWithoutBaggage } from './without-baggage.ts'

/** What is known of an attempt before it is sent. */
export interface AttemptStart {
  /** 1 for the first attempt of a call. */
  readonly number: number
  readonly reason: AttemptReason
  readonly target: Target
  readonly operation: Operation
  readonly params: Params | undefined
  readonly isStreamed: boolean
  readonly retryDelayMs: number
}

/** One attempt's span. */
export interface AttemptTelemetry {
  /** Undefined where nobody records it. */
  readonly spanContext: SpanContext | undefined
  /** Says that this attempt ran beside the other one. */
  link(other: AttemptTelemetry): void
  /**
   * Runs the sending inside the attempt's span, so that the HTTP client's span nests there, and without baggage. Of a
   * stream also each read: may be called again until `end`.
   */
  run<T>(fn: () => Promise<T>): Promise<T>
  /** Writes the final attributes and ends the span; of a stream when it has settled. */
  end(record: AttemptRecord): void
}

export interface AttemptParts {
  readonly tracer: Tracer
  readonly safely: Safely
  /** Holds the call's span, and no baggage. */
  readonly parent: Context
  readonly context: Omit<AttemptContext, 'operation' | 'params'>
}

/** An attempt that nobody records. Baggage stays here all the same. */
export const SILENT_ATTEMPT: AttemptTelemetry = {
  spanContext: undefined,
  link: () => undefined,
  run: runWithoutBaggage,
  end: () => undefined,
}

/** Starts an attempt's span (`chat {model}`, CLIENT). */
export function startAttempt(parts: AttemptParts, input: AttemptStart): AttemptTelemetry {
  const { tracer, safely, parent } = parts
  const { operation, params } = input
  const facts: AttemptContext = { ...parts.context, operation, params }
  const { spanName, atStart } = labelsOf(input.target, operation)
  const attributes = input.isStreamed ? { ...atStart, [STANDARD.stream]: true } : atStart
  const span = tracer.startSpan(spanName, { kind: SpanKind.CLIENT, attributes }, parent)
  const inside = trace.setSpan(parent, span)
  return {
    spanContext: span.spanContext(),
    link({ spanContext }) {
      if (spanContext !== undefined)
        safely('link', () => void span.addLink({ context: spanContext }), undefined)
    },
    run: (fn) => runIn(inside, fn),
    end(record) {
      if (span.isRecording()) safely('attempt', () => describe(span, record, facts), undefined)
      safely('attempt end', () => span.end(), undefined)
    },
  }
}

/** UNSET on success, ERROR on failure, never OK; an answer that the call's own check refused is no error. */
function describe(span: Span, record: AttemptRecord, facts: AttemptContext): void {
  span.setAttributes(attemptAttributes(record, facts))
  if (record.failure !== undefined && errorTypeOf(record.failure) !== undefined) {
    span.setStatus({ code: SpanStatusCode.ERROR })
  }
}
