import type {
  CollectionResult,
  DataPoint,
  Histogram,
  MeterProvider,
  MetricData,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import type { CapturedMetric } from './captured-telemetry-data.ts'

/** A meter provider and the reader behind it. */
export interface MetricRecorder {
  readonly provider: MeterProvider
  collect(): Promise<readonly CapturedMetric[]>
}

/** Nothing is exported on a timer: a test asks when it wants to know. Longest time that a timer can hold, ms. */
const NEVER_MS = 2 ** 31 - 1

type MetricsSdk = typeof import('@opentelemetry/sdk-metrics')

export function createMetricRecorder(sdk: MetricsSdk): MetricRecorder {
  const exporter = new sdk.InMemoryMetricExporter(sdk.AggregationTemporality.CUMULATIVE)
  const reader: PeriodicExportingMetricReader = new sdk.PeriodicExportingMetricReader({
    exporter,
    exportIntervalMillis: NEVER_MS,
    exportTimeoutMillis: NEVER_MS,
  })
  const provider = new sdk.MeterProvider({ readers: [reader] })
  return { provider, collect: async () => pointsOf(await reader.collect()) }
}

function pointsOf({ resourceMetrics }: CollectionResult): readonly CapturedMetric[] {
  return resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics.flatMap(capturedPoints))
}

function capturedPoints(metric: MetricData): readonly CapturedMetric[] {
  const { name, unit } = metric.descriptor
  return metric.dataPoints.map((point: DataPoint<unknown>) => ({
    name,
    unit,
    attributes: { ...point.attributes },
    ...valueOf(point.value, 'isMonotonic' in metric),
  }))
}

function valueOf(value: unknown, isSum: boolean): Omit<CapturedMetric, 'name' | 'unit' | 'attributes'> {
  if (typeof value === 'number') return { kind: isSum ? 'sum' : 'gauge', value }
  const { sum = 0, count, buckets } = value as Histogram
  return { kind: 'histogram', value: sum, count, boundaries: buckets.boundaries }
}
