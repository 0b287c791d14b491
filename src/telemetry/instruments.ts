import type { Counter, Histogram, Meter, ObservableGauge } from '@opentelemetry/api'
import { ATTEMPT_BUCKETS, DURATION_BUCKETS_S, METRIC, TOKEN_BUCKETS } from './semconv.ts'
import type { TelemetryConfig } from './telemetry-config.ts'

/** Times of a stream's chunks. */
export interface ChunkInstruments {
  readonly firstChunk: Histogram
  readonly perChunk: Histogram
}

/** Metrics of the conventions, newest names. */
export interface LatestInstruments extends ChunkInstruments {
  readonly inferenceDuration: Histogram
  readonly inferenceInput: Histogram
  readonly inferenceOutput: Histogram
  readonly usageInput: Counter
  readonly usageOutput: Counter
  readonly usageCacheRead: Counter
  readonly usageCacheWrite: Counter
  readonly usageReasoning: Counter
  readonly embeddingsDuration: Histogram
  readonly embeddingsInput: Histogram
}

/** Metrics of the conventions as of 1.41. */
export interface OlderInstruments extends ChunkInstruments {
  readonly tokenUsage: Histogram
  readonly operationDuration: Histogram
}

/** Read when the SDK collects. */
export interface GaugeInstruments {
  readonly circuitState: ObservableGauge
  readonly queueDepth: ObservableGauge
  readonly inFlight: ObservableGauge
  readonly retryQuota: ObservableGauge
  readonly sharedStateUp: ObservableGauge
  readonly ledgerQueueDepth: ObservableGauge
  readonly budgetUtilization: ObservableGauge
}

export interface Instruments extends GaugeInstruments {
  readonly latest: LatestInstruments | undefined
  readonly older: OlderInstruments | undefined
  readonly callDuration: Histogram
  readonly callFirstChunk: Histogram
  readonly callAttempts: Histogram
  readonly attemptCount: Counter
  readonly fallbackCount: Counter
  readonly costSpent: Counter
  readonly unpricedTokens: Counter
  readonly circuitTransitions: Counter
  readonly sharedStateErrors: Counter
  readonly ledgerRows: Counter
  readonly budgetRejections: Counter
  readonly budgetOvershoot: Counter
  readonly ledgerWriteFailures: Counter
}

/** Makes the instruments of one meter. Their buckets are advice: an app's own views win. */
export function createInstruments(meter: Meter, semconv: TelemetryConfig['semconv']): Instruments {
  return {
    latest: semconv === 'v1.41' ? undefined : createLatest(meter),
    older: semconv === 'latest' ? undefined : createOlder(meter),
    callDuration: duration(
      meter,
      METRIC.callDuration,
      'Duration of a routed call, retries and waits included',
    ),
    callFirstChunk: duration(
      meter,
      METRIC.callFirstChunk,
      'Time until a streamed call gave its caller the first chunk, retries and waits included',
    ),
    callAttempts: meter.createHistogram(METRIC.callAttempts, {
      unit: '{attempt}',
      description: 'Attempts that a call made',
      advice: { explicitBucketBoundaries: ATTEMPT_BUCKETS },
    }),
    attemptCount: meter.createCounter(METRIC.attemptCount, {
      unit: '{attempt}',
      description: 'Attempts, by how they ended',
    }),
    fallbackCount: meter.createCounter(METRIC.fallbackCount, {
      unit: '{fallback}',
      description: 'Moves of a call from a failed target to the next',
    }),
    costSpent: meter.createCounter(METRIC.costSpent, {
      unit: '{USD}',
      description: 'Known cost of attempts',
    }),
    unpricedTokens: meter.createCounter(METRIC.unpricedTokens, {
      unit: '{token}',
      description: 'Tokens of attempts whose price is not known',
    }),
    ...createGauges(meter),
    circuitTransitions: meter.createCounter(METRIC.circuitTransitions, {
      unit: '{transition}',
      description: 'Changes of the state of a target',
    }),
    sharedStateErrors: meter.createCounter(METRIC.sharedStateErrors, {
      unit: '{operation}',
      description: 'Operations on the shared state that failed',
    }),
    ...createLedgerCounters(meter),
    ...createBudgetCounters(meter),
  }
}

function createBudgetCounters(meter: Meter): Pick<Instruments, 'budgetRejections' | 'budgetOvershoot'> {
  return {
    budgetRejections: meter.createCounter(METRIC.budgetRejections, {
      unit: '{call}',
      description: 'Calls that a budget refused, or would have',
    }),
    budgetOvershoot: meter.createCounter(METRIC.budgetOvershoot, {
      unit: '{USD}',
      description: 'What attempts have cost above what was reserved for them',
    }),
  }
}

function createLedgerCounters(meter: Meter): Pick<Instruments, 'ledgerRows' | 'ledgerWriteFailures'> {
  return {
    ledgerRows: meter.createCounter(METRIC.ledgerRows, {
      unit: '{row}',
      description: 'Rows of the ledger, by what became of them',
    }),
    ledgerWriteFailures: meter.createCounter(METRIC.ledgerWriteFailures, {
      unit: '{operation}',
      description: 'Writes of the ledger that failed; each is tried again',
    }),
  }
}

function createGauges(meter: Meter): GaugeInstruments {
  return {
    circuitState: gauge(
      meter,
      METRIC.circuitState,
      '1',
      'The state of a target: 1 for the one that it is in, 0 for the others',
    ),
    queueDepth: gauge(meter, METRIC.queueDepth, '{call}', 'Calls that wait for room at a limit'),
    inFlight: gauge(meter, METRIC.inFlight, '{call}', 'Calls under way, streams included'),
    retryQuota: gauge(
      meter,
      METRIC.retryQuota,
      '{retry}',
      'Retries that all calls together may still make at a target',
    ),
    budgetUtilization: gauge(
      meter,
      METRIC.budgetUtilization,
      '1',
      'Share that is spent of the fullest counter of a budget',
    ),
    ledgerQueueDepth: gauge(
      meter,
      METRIC.ledgerQueueDepth,
      '{row}',
      'Rows of the ledger that wait to be written',
    ),
    sharedStateUp: gauge(meter, METRIC.sharedStateUp, '1', 'Whether the shared state answers: 1 or 0'),
  }
}

function createLatest(meter: Meter): LatestInstruments {
  return {
    inferenceDuration: duration(meter, METRIC.inferenceDuration, 'GenAI client inference operation duration'),
    ...createChunks(meter, METRIC.inferenceFirstChunk, METRIC.inferencePerChunk),
    inferenceInput: tokens(meter, METRIC.inferenceInput, 'Input tokens per inference operation'),
    inferenceOutput: tokens(meter, METRIC.inferenceOutput, 'Output tokens per inference operation'),
    usageInput: usage(meter, METRIC.inferenceUsageInput, 'Input tokens used, cached ones included'),
    usageOutput: usage(meter, METRIC.inferenceUsageOutput, 'Output tokens used, reasoning included'),
    usageCacheRead: usage(meter, METRIC.inferenceUsageCacheRead, 'Input tokens read from a prompt cache'),
    usageCacheWrite: usage(meter, METRIC.inferenceUsageCacheWrite, 'Input tokens written to a prompt cache'),
    usageReasoning: usage(meter, METRIC.inferenceUsageReasoning, 'Output tokens used for reasoning'),
    embeddingsDuration: duration(
      meter,
      METRIC.embeddingsDuration,
      'GenAI client embeddings operation duration',
    ),
    embeddingsInput: tokens(meter, METRIC.embeddingsInput, 'Input tokens per embeddings operation'),
  }
}

function createOlder(meter: Meter): OlderInstruments {
  return {
    tokenUsage: tokens(meter, METRIC.tokenUsage, 'Tokens per operation, input and output apart'),
    operationDuration: duration(meter, METRIC.operationDuration, 'GenAI operation duration'),
    ...createChunks(meter, METRIC.operationFirstChunk, METRIC.operationPerChunk),
  }
}

function createChunks(meter: Meter, firstChunk: string, perChunk: string): ChunkInstruments {
  return {
    firstChunk: duration(meter, firstChunk, 'Time from the sending of the request to the first chunk'),
    perChunk: duration(meter, perChunk, 'Time per chunk after the first; a mean per attempt'),
  }
}

function duration(meter: Meter, name: string, description: string): Histogram {
  const advice = { explicitBucketBoundaries: DURATION_BUCKETS_S }
  return meter.createHistogram(name, { unit: 's', description, advice })
}

// oxlint-disable-next-line max-params -- as its neighbours, and the unit
function gauge(meter: Meter, name: string, unit: string, description: string): ObservableGauge {
  return meter.createObservableGauge(name, { unit, description })
}

function tokens(meter: Meter, name: string, description: string): Histogram {
  const advice = { explicitBucketBoundaries: TOKEN_BUCKETS }
  return meter.createHistogram(name, { unit: '{token}', description, advice })
}

function usage(meter: Meter, name: string, description: string): Counter {
  return meter.createCounter(name, { unit: '{token}', description })
}
