/**
 * An OpenTelemetry SDK that keeps nothing but sums and what is open: a capture of all spans would grow with the soak.
 */
import { context, metrics, SpanKind, trace, type Attributes, type Span } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { TracerProvider, type ReadableSpan } from '@opentelemetry/sdk-trace'
import { add, NO_SUM, type Sum } from './facts.ts'

export interface SoakTelemetry {
  /** A server span, current while `work` runs. */
  inServerSpan(work: () => void): Span
  openSpans(): readonly string[]
  /** What the spans of attempts tell. */
  attempts(): Sum
  /** What the server spans tell of their requests. */
  rollUps(): Sum
  metrics(): Promise<Sum>
}

export function startTelemetry(): SoakTelemetry {
  const open = new Map<string, string>()
  let attempts = NO_SUM
  let rollUps = NO_SUM
  const processor = {
    onStart: (span: ReadableSpan) => void open.set(span.spanContext().spanId, span.name),
    onEnd(span: ReadableSpan): void {
      open.delete(span.spanContext().spanId)
      if (span.kind === SpanKind.CLIENT) attempts = add(attempts, attemptOf(span.attributes))
      if (span.kind === SpanKind.SERVER) rollUps = add(rollUps, rollUpOf(span.attributes))
    },
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  }
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [processor] }))
  const reader = createReader()
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }))
  const tracer = trace.getTracer('soak')
  return {
    inServerSpan(work) {
      const span = tracer.startSpan('request', { kind: SpanKind.SERVER })
      context.with(trace.setSpan(context.active(), span), work)
      return span
    },
    openSpans: () => [...open.values()],
    attempts: () => attempts,
    rollUps: () => rollUps,
    metrics: () => sumMetrics(reader),
  }
}

function attemptOf(attributes: Attributes): Partial<Sum> {
  return {
    attempts: 1,
    inputTokens: number(attributes['gen_ai.usage.input_tokens']),
    outputTokens: number(attributes['gen_ai.usage.output_tokens']),
    costUsd: number(attributes['express_llm.cost.amount']),
  }
}

function rollUpOf(attributes: Attributes): Partial<Sum> {
  return {
    calls: number(attributes['express_llm.request.call.count']),
    attempts: number(attributes['express_llm.request.attempt.count']),
    inputTokens: number(attributes['express_llm.request.input_tokens']),
    outputTokens: number(attributes['express_llm.request.output_tokens']),
    costUsd: number(attributes['express_llm.request.cost.total']),
  }
}

/** What is not there adds nothing. */
function number(value: unknown): number {
  return typeof value === 'number' ? value : 0
}

/** Nothing is exported on a timer; the longest time that one can hold, ms. */
const NEVER_MS = 2 ** 31 - 1

function createReader(): PeriodicExportingMetricReader {
  return new PeriodicExportingMetricReader({
    exporter: new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE),
    exportIntervalMillis: NEVER_MS,
    exportTimeoutMillis: NEVER_MS,
  })
}

async function sumMetrics(reader: PeriodicExportingMetricReader): Promise<Sum> {
  const { resourceMetrics } = await reader.collect()
  const all = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics)
  const values = (name: string): unknown[] =>
    all.flatMap((metric) =>
      metric.descriptor.name === name ? metric.dataPoints.map(({ value }) => value) : [],
    )
  const total = (name: string): number => values(name).reduce<number>((sum, value) => sum + number(value), 0)
  return {
    calls: values('express_llm.call.duration').reduce<number>((sum, value) => sum + countOf(value), 0),
    attempts: total('express_llm.attempt.count'),
    inputTokens: total('gen_ai.client.inference.usage.input_tokens'),
    outputTokens: total('gen_ai.client.inference.usage.output_tokens'),
    costUsd: total('express_llm.cost.spent'),
  }
}

function countOf(histogram: unknown): number {
  return typeof histogram === 'object' && histogram !== null && 'count' in histogram
    ? number(histogram.count)
    : 0
}
