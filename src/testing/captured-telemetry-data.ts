/** Attributes by name. */
export type CapturedAttributes = Readonly<Record<string, unknown>>

export interface CapturedEvent {
  readonly name: string
  readonly attributes: CapturedAttributes
}

/** A span, as plain data. */
export interface CapturedSpan {
  readonly name: string
  readonly kind: 'internal' | 'server' | 'client' | 'producer' | 'consumer'
  readonly status: 'unset' | 'ok' | 'error'
  readonly attributes: CapturedAttributes
  readonly events: readonly CapturedEvent[]
  /** Ids of the spans that it is linked to. */
  readonly links: readonly string[]
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string | undefined
  /** Name of the instrumentation that made it: `express-llm` for ours. */
  readonly scope: string
  readonly schemaUrl: string | undefined
  /** Ms since the epoch, with a fraction. */
  readonly startedAtMs: number
  /** 0 while the span is open. */
  readonly durationMs: number
  readonly isOpen: boolean
}

/** One point of a metric: a name, a set of attributes, and what was recorded under them since the last reset. */
export interface CapturedMetric {
  readonly name: string
  readonly unit: string
  readonly kind: 'sum' | 'histogram' | 'gauge'
  readonly attributes: CapturedAttributes
  /** The counter's or gauge's value; of a histogram, the sum of what was recorded. */
  readonly value: number
  /** Histograms: how many values were recorded. */
  readonly count?: number
  /** Histograms: upper bounds of the buckets. */
  readonly boundaries?: readonly number[]
}
