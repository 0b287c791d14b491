import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace'
import type { CapturedSpan } from './captured-telemetry-data.ts'

/** Keeps every span from its start: so that the ones that never end can be told. */
export interface SpanRecorder {
  readonly processor: SpanProcessor
  readonly spans: () => readonly CapturedSpan[]
  readonly openSpans: () => readonly CapturedSpan[]
  readonly reset: () => void
}

/** Spans are kept for a test's or a demo's length; beyond this the oldest go. */
const SPANS_MAX = 50_000

export function createSpanRecorder(): SpanRecorder {
  const kept = new Map<string, ReadableSpan>()
  const captured = (isWanted: (span: ReadableSpan) => boolean): readonly CapturedSpan[] =>
    [...kept.values()].filter(isWanted).map(capturedSpan)
  return {
    processor: {
      onStart(span) {
        kept.set(span.spanContext().spanId, span)
        const [oldest] = kept.keys()
        if (kept.size > SPANS_MAX && oldest !== undefined) kept.delete(oldest)
      },
      onEnd: () => undefined,
      forceFlush: () => Promise.resolve(),
      shutdown: () => Promise.resolve(),
    },
    spans: () => captured((span) => span.ended),
    openSpans: () => captured((span) => !span.ended),
    reset: () => kept.clear(),
  }
}

/** By the numbers of `SpanKind` and `SpanStatusCode`. */
const KINDS = ['internal', 'server', 'client', 'producer', 'consumer'] as const
const STATUSES = ['unset', 'ok', 'error'] as const

function capturedSpan(span: ReadableSpan): CapturedSpan {
  const { traceId, spanId } = span.spanContext()
  return {
    name: span.name,
    kind: KINDS[span.kind],
    status: STATUSES[span.status.code],
    attributes: { ...span.attributes },
    events: span.events.map(({ name, attributes }) => ({ name, attributes: { ...attributes } })),
    links: span.links.map((link) => link.context.spanId),
    traceId,
    spanId,
    parentSpanId: span.parentSpanContext?.spanId,
    scope: span.instrumentationScope.name,
    schemaUrl: span.instrumentationScope.schemaUrl,
    startedAtMs: ms(span.startTime),
    durationMs: span.ended ? ms(span.duration) : 0,
    isOpen: !span.ended,
  }
}

function ms([seconds, nanoseconds]: readonly [number, number]): number {
  return seconds * 1000 + nanoseconds / 1e6
}
