import { installProviders, replaceMeterProvider } from '../telemetry/globals.ts'
import type { CapturedMetric, CapturedSpan } from './captured-telemetry-data.ts'
import { createMetricRecorder, type MetricRecorder } from './captured-telemetry-metric-recorder.ts'
import { createSpanRecorder } from './captured-telemetry-span-recorder.ts'
import { treesOf, type SpanTree } from './trace-tree.ts'

/** Everything that the process has recorded since the capture began, or since the last reset. */
export interface CapturedTelemetry {
  /** Finished spans, in the order of their start. */
  spans(): readonly CapturedSpan[]
  /** Finished spans as nested plain data: one tree per root, of one trace or of all. */
  tree(traceId?: string): readonly SpanTree[]
  metrics(): Promise<readonly CapturedMetric[]>
  /** Spans that were started and have not ended: after a test there are none. */
  openSpans(): readonly CapturedSpan[]
  /** Forgets what was captured. Instruments taken before keep counting where nobody looks, except for this package's. */
  reset(): void
  /** Takes the SDK out of the process again. */
  shutdown(): Promise<void>
}

/** A span processor, as every OpenTelemetry SDK makes them. */
export interface SpanProcessorLike {
  onStart(span: unknown, parentContext: unknown): void
  onEnd(span: unknown): void
  forceFlush(): Promise<void>
  shutdown(): Promise<void>
}

export interface CaptureOptions {
  /** Also get every span: to export what is captured. @default none */
  readonly spanProcessors?: readonly SpanProcessorLike[]
}

/**
 * Registers an OpenTelemetry SDK that keeps spans and metrics in memory, for this process. Needs the packages
 * `@opentelemetry/sdk-trace`, `@opentelemetry/sdk-metrics` and `@opentelemetry/context-async-hooks` (3.x).
 *
 * @throws Error when they are not installed, or when an SDK is registered already
 */
export async function captureTelemetry(options: CaptureOptions = {}): Promise<CapturedTelemetry> {
  const sdk = await loadSdk()
  const spans = createSpanRecorder()
  const contextManager = new sdk.AsyncLocalStorageContextManager()
  const tracerProvider = new sdk.TracerProvider({
    spanProcessors: [spans.processor, ...(options.spanProcessors ?? [])],
  })
  let metrics = createMetricRecorder(sdk)
  const retired: MetricRecorder[] = []
  const uninstall = installProviders({
    tracerProvider,
    meterProvider: metrics.provider,
    contextManager: contextManager.enable(),
  })
  if (uninstall === undefined) {
    throw new Error('An OpenTelemetry SDK is registered in this process already, so nothing can be captured.')
  }
  return {
    spans: spans.spans,
    tree: (traceId) =>
      treesOf(spans.spans().filter((span) => traceId === undefined || span.traceId === traceId)),
    metrics: () => metrics.collect(),
    openSpans: spans.openSpans,
    reset() {
      spans.reset()
      retired.push(metrics)
      metrics = createMetricRecorder(sdk)
      replaceMeterProvider(metrics.provider)
    },
    async shutdown() {
      uninstall()
      await tracerProvider.shutdown()
      await Promise.all([...retired, metrics].map(({ provider }) => provider.shutdown()))
    },
  }
}

type Sdk = typeof import('@opentelemetry/sdk-trace') &
  typeof import('@opentelemetry/sdk-metrics') &
  typeof import('@opentelemetry/context-async-hooks')

/** Loaded on demand: who does not capture telemetry needs no SDK. */
async function loadSdk(): Promise<Sdk> {
  try {
    const [traces, metrics, contexts] = await Promise.all([
      import('@opentelemetry/sdk-trace'),
      import('@opentelemetry/sdk-metrics'),
      import('@opentelemetry/context-async-hooks'),
    ])
    return { ...traces, ...metrics, ...contexts }
  } catch (thrown) {
    throw new Error(
      'captureTelemetry() needs an OpenTelemetry SDK: ' +
        'npm install -D @opentelemetry/sdk-trace @opentelemetry/sdk-metrics @opentelemetry/context-async-hooks',
      { cause: thrown },
    )
  }
}
