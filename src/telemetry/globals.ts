import {
  context,
  metrics,
  trace,
  type ContextManager,
  type MeterProvider,
  type TracerProvider,
} from '@opentelemetry/api'

/** What an SDK puts under the API. */
export interface GlobalProviders {
  readonly tracerProvider: TracerProvider
  readonly meterProvider: MeterProvider
  readonly contextManager: ContextManager
}

/**
 * Puts an SDK under the API, for the whole process.
 *
 * @returns how to take it out again; undefined when there is one already, which is left as it is
 */
export function installProviders(providers: GlobalProviders): (() => void) | undefined {
  if (!trace.setGlobalTracerProvider(providers.tracerProvider)) return undefined
  metrics.setGlobalMeterProvider(providers.meterProvider)
  context.setGlobalContextManager(providers.contextManager)
  return () => {
    trace.disable()
    metrics.disable()
    context.disable()
  }
}

/** Puts another meter provider in the place of the present one; instruments are made anew from it. */
export function replaceMeterProvider(provider: MeterProvider): void {
  metrics.disable()
  metrics.setGlobalMeterProvider(provider)
}

/** Sends what has been recorded so far, where the registered providers know how. */
export async function flushProviders(): Promise<void> {
  const tracerProvider: object = trace.getTracerProvider()
  const delegate: unknown =
    'getDelegate' in tracerProvider && typeof tracerProvider.getDelegate === 'function'
      ? tracerProvider.getDelegate()
      : tracerProvider
  await Promise.all([flush(delegate), flush(metrics.getMeterProvider())])
}

async function flush(provider: unknown): Promise<void> {
  if (typeof provider !== 'object' || provider === null) return
  if ('forceFlush' in provider && typeof provider.forceFlush === 'function') await provider.forceFlush()
}
