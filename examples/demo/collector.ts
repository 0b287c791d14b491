import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  BatchSpanProcessor,
  type ReadableSpan,
  type SpanExporter,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace'

/** An OpenTelemetry collector, or Jaeger itself. */
export interface Collector {
  readonly endpoint: string
  readonly serviceName: string
  readonly processor: SpanProcessor
  /** Sends what is left; false when nobody took it. */
  flush(): Promise<boolean>
}

const SERVICE_NAME = 'express-llm-demo'

export function createCollector(endpoint: string): Collector {
  let hasFailed = false
  // Reads OTEL_EXPORTER_OTLP_ENDPOINT and its kin.
  const otlp = new OTLPTraceExporter()
  const resource = resourceFromAttributes({ 'service.name': SERVICE_NAME })
  const exporter: SpanExporter = {
    export(spans, done) {
      otlp.export(
        spans.map((span): ReadableSpan => Object.create(span, { resource: { value: resource } })),
        (result) => {
          hasFailed ||= result.error !== undefined
          done(result)
        },
      )
    },
    shutdown: () => otlp.shutdown(),
  }
  const processor = new BatchSpanProcessor({ exporter })
  return {
    endpoint,
    serviceName: SERVICE_NAME,
    processor,
    async flush() {
      await processor.forceFlush().catch(() => (hasFailed = true))
      return !hasFailed
    },
  }
}
