/**
 * Names of attributes and metrics. The npm constants package is frozen on older names, so they are copied here.
 *
 * Source of everything under `gen_ai.`: open-telemetry/semantic-conventions-genai 1.42.0-dev (status Development), read
 * 2026-11-21. `error.type`, `http.*`, `server.*` and `user.id`: open-telemetry/semantic-conventions 1.44.0. What stands
 * under `express_llm.` is ours.
 */

export const SCOPE_NAME = 'express-llm'
export const SCHEMA_URL = 'https://opentelemetry.io/schemas/gen-ai-dev/1.42.0-dev'

/** Attributes of the conventions. */
export const STANDARD = {
  operationName: 'gen_ai.operation.name',
  providerName: 'gen_ai.provider.name',
  requestModel: 'gen_ai.request.model',
  maxTokens: 'gen_ai.request.max_tokens',
  temperature: 'gen_ai.request.temperature',
  topP: 'gen_ai.request.top_p',
  frequencyPenalty: 'gen_ai.request.frequency_penalty',
  presencePenalty: 'gen_ai.request.presence_penalty',
  stopSequences: 'gen_ai.request.stop_sequences',
  seed: 'gen_ai.request.seed',
  choiceCount: 'gen_ai.request.choice.count',
  reasoningLevel: 'gen_ai.request.reasoning.level',
  stream: 'gen_ai.request.stream',
  outputType: 'gen_ai.output.type',
  dimensionCount: 'gen_ai.embeddings.dimension.count',
  responseId: 'gen_ai.response.id',
  responseModel: 'gen_ai.response.model',
  finishReasons: 'gen_ai.response.finish_reasons',
  timeToFirstChunk: 'gen_ai.response.time_to_first_chunk',
  inputTokens: 'gen_ai.usage.input_tokens',
  outputTokens: 'gen_ai.usage.output_tokens',
  cacheReadTokens: 'gen_ai.usage.cache_read.input_tokens',
  cacheWriteTokens: 'gen_ai.usage.cache_write.input_tokens',
  reasoningTokens: 'gen_ai.usage.reasoning.output_tokens',
  tokenModality: 'gen_ai.token.modality',
  /** Of the older metrics, 1.41. */
  tokenType: 'gen_ai.token.type',
  /** Drafts of pull 443 of semantic-conventions-genai, behind `telemetry.draftCost`. */
  costAmount: 'gen_ai.usage.cost.amount',
  costCurrency: 'gen_ai.usage.cost.currency',
  costSource: 'gen_ai.usage.cost.source',
  errorType: 'error.type',
  httpRoute: 'http.route',
  httpStatus: 'http.response.status_code',
  serverAddress: 'server.address',
  serverPort: 'server.port',
  userId: 'user.id',
} as const

/** Our own attributes. Times are seconds, amounts USD. */
export const OURS = {
  tier: 'express_llm.tier',
  task: 'express_llm.task',
  latency: 'express_llm.latency',
  outcome: 'express_llm.outcome',
  purpose: 'express_llm.purpose',
  abortCause: 'express_llm.abort.cause',
  callId: 'express_llm.call.id',
  isStreamed: 'express_llm.call.stream',
  timeToFirstChunk: 'express_llm.time_to_first_chunk',
  requestedModel: 'express_llm.requested.model',
  decisionReason: 'express_llm.decision.reason',
  tenantId: 'express_llm.tenant.id',
  feature: 'express_llm.feature',

  attemptNumber: 'express_llm.attempt.number',
  attemptReason: 'express_llm.attempt.reason',
  attemptOutcome: 'express_llm.attempt.outcome',
  retryDelay: 'express_llm.retry.delay',
  retryAfter: 'express_llm.retry_after',
  upstreamRequestId: 'express_llm.upstream.request_id',
  chunkCount: 'express_llm.stream.chunk_count',
  malformedParts: 'express_llm.stream.malformed_parts',
  isUsageEstimated: 'express_llm.usage.is_estimated',
  costAmount: 'express_llm.cost.amount',
  costCurrency: 'express_llm.cost.currency',
  costSource: 'express_llm.cost.source',
  costStatus: 'express_llm.cost.status',

  attemptCount: 'express_llm.attempt.count',
  retryCount: 'express_llm.retry.count',
  retryWait: 'express_llm.retry.wait',
  hedgeCount: 'express_llm.hedge.count',
  isFallbackUsed: 'express_llm.fallback.used',
  fallbackDepth: 'express_llm.fallback.depth',
  finalProvider: 'express_llm.final.provider',
  finalModel: 'express_llm.final.model',
  costTotal: 'express_llm.cost.total',
  costWasted: 'express_llm.cost.wasted',
  inputTokens: 'express_llm.usage.input_tokens',
  outputTokens: 'express_llm.usage.output_tokens',

  from: 'express_llm.from.target',
  to: 'express_llm.to.target',
  skippedTarget: 'express_llm.candidate.target',
  skippedWhy: 'express_llm.candidate.why',

  circuitTarget: 'express_llm.circuit.target',
  circuitState: 'express_llm.circuit.state',
  circuitFrom: 'express_llm.circuit.from_state',
  circuitTo: 'express_llm.circuit.to_state',
  budgetName: 'express_llm.budget.name',
  budgetIsDryRun: 'express_llm.budget.dry_run',
  limitScope: 'express_llm.limit.scope',
  ledgerResult: 'express_llm.ledger.result',

  requestCostTotal: 'express_llm.request.cost.total',
  requestCallCount: 'express_llm.request.call.count',
  requestAttemptCount: 'express_llm.request.attempt.count',
  requestInputTokens: 'express_llm.request.input_tokens',
  requestOutputTokens: 'express_llm.request.output_tokens',
} as const

/** Events on the call's span. */
export const EVENT = {
  retry: 'express_llm.retry',
  fallback: 'express_llm.fallback',
  skipped: 'express_llm.candidate.skipped',
} as const

/** Metrics. Those of the conventions count attempts, ours count calls unless their name says otherwise. */
export const METRIC = {
  inferenceDuration: 'gen_ai.client.inference.duration',
  inferenceFirstChunk: 'gen_ai.client.inference.time_to_first_chunk',
  inferencePerChunk: 'gen_ai.client.inference.time_per_output_chunk',
  inferenceUsageInput: 'gen_ai.client.inference.usage.input_tokens',
  inferenceUsageOutput: 'gen_ai.client.inference.usage.output_tokens',
  inferenceUsageCacheRead: 'gen_ai.client.inference.usage.cache_read.input_tokens',
  inferenceUsageCacheWrite: 'gen_ai.client.inference.usage.cache_write.input_tokens',
  inferenceUsageReasoning: 'gen_ai.client.inference.usage.reasoning.output_tokens',
  inferenceInput: 'gen_ai.client.inference.operation.input_tokens',
  inferenceOutput: 'gen_ai.client.inference.operation.output_tokens',
  embeddingsDuration: 'gen_ai.client.embeddings.duration',
  embeddingsInput: 'gen_ai.client.embeddings.operation.input_tokens',
  /** The older ones, 1.41. */
  tokenUsage: 'gen_ai.client.token.usage',
  operationDuration: 'gen_ai.client.operation.duration',
  operationFirstChunk: 'gen_ai.client.operation.time_to_first_chunk',
  operationPerChunk: 'gen_ai.client.operation.time_per_output_chunk',
  callDuration: 'express_llm.call.duration',
  callFirstChunk: 'express_llm.call.time_to_first_chunk',
  callAttempts: 'express_llm.call.attempts',
  attemptCount: 'express_llm.attempt.count',
  fallbackCount: 'express_llm.fallback.count',
  costSpent: 'express_llm.cost.spent',
  unpricedTokens: 'express_llm.cost.unpriced_tokens',
  budgetUtilization: 'express_llm.budget.utilization',
  budgetRejections: 'express_llm.budget.rejections',
  budgetOvershoot: 'express_llm.budget.overshoot',
  circuitState: 'express_llm.circuit.state',
  circuitTransitions: 'express_llm.circuit.transitions',
  sharedStateUp: 'express_llm.shared_state.up',
  sharedStateErrors: 'express_llm.shared_state.errors',
  queueDepth: 'express_llm.queue.depth',
  inFlight: 'express_llm.inflight',
  retryQuota: 'express_llm.retry.quota',
  ledgerRows: 'express_llm.ledger.rows',
  ledgerWriteFailures: 'express_llm.ledger.write_failures',
  ledgerQueueDepth: 'express_llm.ledger.queue.depth',
} as const

/** 10 ms · 2ⁿ, as the conventions advise. */
export const DURATION_BUCKETS_S = [
  0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
]
/** 4ⁿ, as the conventions advise. */
export const TOKEN_BUCKETS = Array.from({ length: 14 }, (_, power) => 4 ** power)
export const ATTEMPT_BUCKETS = [1, 2, 3, 4, 5, 8, 13]
