/** OpenTelemetry around the app: HTTP and Express instrumentation, spans kept in memory and sent to a collector. */
import { register } from 'node:module'
import { registerInstrumentations } from '@opentelemetry/instrumentation'
import { ExpressInstrumentation, ExpressLayerType } from '@opentelemetry/instrumentation-express'
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http'
import { captureTelemetry, type CapturedTelemetry } from 'express-llm/testing'
import { createCollector, type Collector } from './collector.ts'

export interface Tracing extends CapturedTelemetry {
  /** Where the same spans go as well. */
  readonly collector: Collector | undefined
}

/** Must run before Express is loaded. */
export async function startTracing(env: NodeJS.ProcessEnv): Promise<Tracing> {
  register('@opentelemetry/instrumentation/hook.mjs', import.meta.url)
  const endpoint = env['OTEL_EXPORTER_OTLP_ENDPOINT']
  const collector = endpoint ? createCollector(endpoint) : undefined
  const captured = await captureTelemetry({ spanProcessors: collector ? [collector.processor] : [] })
  registerInstrumentations({
    instrumentations: [
      // The fakes live in this process too; their side of a request is not the app's. The dashboard asks every other second.
      new HttpInstrumentation({
        ignoreIncomingRequestHook: ({ url = '' }) => url.startsWith('/v1/') || url.startsWith('/llm'),
      }),
      new ExpressInstrumentation({
        ignoreLayersType: [
          ExpressLayerType.MIDDLEWARE,
          ExpressLayerType.REQUEST_HANDLER,
          ExpressLayerType.ROUTER,
        ],
      }),
    ],
  })
  return { ...captured, collector }
}
