/** An OpenTelemetry SDK as apps run it: every span recorded, batched and exported; metrics every second. */
import { context, metrics, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import {
  MeterProvider,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
} from '@opentelemetry/sdk-metrics'
import { BatchSpanProcessor, TracerProvider, type SpanExporter } from '@opentelemetry/sdk-trace'

/**
 * Registers it.
 *
 * @param kind `discard` throws away what it is given, at once · `otlp` sends it to `upstream`
 * @returns how many spans have reached the exporter. Under `otlp` that is fewer than were recorded: the SDK sends one
 *   batch at a time and drops what its queue (2,048 spans, the default) cannot hold.
 */
export function startSdk(kind: 'discard' | 'otlp', upstream: string): () => number {
  let spanCount = 0
  const exporter: SpanExporter =
    kind === 'otlp' ? new OTLPTraceExporter({ url: `${upstream}/v1/traces` }) : discardSpans
  const counted: SpanExporter = {
    export(spans, done) {
      spanCount += spans.length
      exporter.export(spans, done)
    },
    shutdown: () => exporter.shutdown(),
  }
  const metricExporter =
    kind === 'otlp' ? new OTLPMetricExporter({ url: `${upstream}/v1/metrics` }) : discardMetrics
  const reader = new PeriodicExportingMetricReader({ exporter: metricExporter, exportIntervalMillis: 1_000 })

  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  trace.setGlobalTracerProvider(
    new TracerProvider({ spanProcessors: [new BatchSpanProcessor({ exporter: counted })] }),
  )
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }))
  return () => spanCount
}

/** `ExportResultCode.SUCCESS` */
const SUCCESS = { code: 0 }

const discardSpans: SpanExporter = {
  export: (_spans, done) => done(SUCCESS),
  shutdown: () => Promise.resolve(),
}

const discardMetrics: PushMetricExporter = {
  export: (_metrics, done) => done(SUCCESS),
  forceFlush: () => Promise.resolve(),
  shutdown: () => Promise.resolve(),
}
