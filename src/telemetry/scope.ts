import {
  createNoopMeter,
  metrics,
  trace,
  type MeterProvider,
  type Tracer,
  type TracerProvider,
} from '@opentelemetry/api'
import type { GaugeSource } from '../core/gauges.ts'
import { observeGauges } from './gauges.ts'
import { createInstruments, type Instruments } from './instruments.ts'
import { SCHEMA_URL, SCOPE_NAME } from './semconv.ts'
import type { TelemetryConfig } from './telemetry-config.ts'

/** Our tracer and instruments, as the SDK stands at the moment; undefined while there is none. */
export interface Scope {
  tracer(): Tracer | undefined
  instruments(): Instruments | undefined
  /** What is observed as soon as instruments are there, in the place of what was; undefined for nothing. */
  watch(source: GaugeSource | undefined): void
}

/**
 * An SDK may be registered after the router was made, and replaced in tests. The API's proxies cover the first case for
 * traces only: a meter that is taken before an SDK is registered stays dead for ever (API 1.9 and 1.10). So both are
 * taken anew whenever the global provider is another one.
 */
export function createScope(config: TelemetryConfig, version: string): Scope {
  let tracerProvider: TracerProvider | undefined
  let meterProvider: MeterProvider | undefined
  let tracer: Tracer | undefined
  let instruments: Instruments | undefined
  let watched: GaugeSource | undefined
  let stopWatching: (() => void) | undefined
  const observe = (): void => {
    stopWatching?.()
    stopWatching = instruments && watched && observeGauges(instruments, watched)
  }
  return {
    tracer() {
      const current = trace.getTracerProvider()
      if (current !== tracerProvider || tracer === undefined) {
        tracer = liveTracer(current, version)
        tracerProvider = current
      }
      return tracer
    },
    instruments() {
      const current = metrics.getMeterProvider()
      if (current !== meterProvider) {
        const meter = current.getMeter(SCOPE_NAME, version, { schemaUrl: SCHEMA_URL })
        instruments = meter === createNoopMeter() ? undefined : createInstruments(meter, config.semconv)
        meterProvider = current
        observe()
      }
      return instruments
    },
    watch(source) {
      watched = source
      observe()
    },
  }
}

/** Has an SDK been registered for traces in this process? */
export function isTracingRegistered(): boolean {
  return liveTracer(trace.getTracerProvider(), '') !== undefined
}

/** A provider that may have no SDK behind it: the API's global one. */
interface DelegatingProvider extends TracerProvider {
  getDelegateTracer: (...args: Parameters<TracerProvider['getTracer']>) => Tracer | undefined
}

function isDelegating(provider: TracerProvider): provider is DelegatingProvider {
  return 'getDelegateTracer' in provider && typeof provider.getDelegateTracer === 'function'
}

/** Asks past the proxy, to know whether anybody listens. */
function liveTracer(provider: TracerProvider, version: string): Tracer | undefined {
  const options = { schemaUrl: SCHEMA_URL }
  if (isDelegating(provider)) return provider.getDelegateTracer(SCOPE_NAME, version, options)
  return provider.getTracer(SCOPE_NAME, version, options)
}
