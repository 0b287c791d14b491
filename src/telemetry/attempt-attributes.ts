import type { Attributes } from '@opentelemetry/api'
import type { AttemptRecord, StreamFacts } from '../core/attempt-record.ts'
import { errorTypeOf } from '../core/failure-kind.ts'
import { toUsd, type Cost } from '../core/money.ts'
import type { Operation } from '../core/target.ts'
import type { Usage } from '../core/usage.ts'
import { put, seconds, told, type AttributeDraft } from './attributes.ts'
import { finishReasonsOf, putRequest, type Params } from './request-attributes.ts'
import { OURS, STANDARD } from './semconv.ts'

/** What is known of an attempt beside its record. */
export interface AttemptContext {
  readonly operation: Operation
  readonly params: Params | undefined
  readonly tier: string | undefined
  readonly task: string | undefined
  readonly draftCost: boolean
}

/** Final attributes of an attempt's span. Pure. */
export function attemptAttributes(record: AttemptRecord, context: AttemptContext): Attributes {
  const { operation, params } = context
  const draft: AttributeDraft = {
    [OURS.attemptNumber]: record.number,
    [OURS.attemptReason]: record.reason,
    [OURS.attemptOutcome]: record.outcome,
    [OURS.latency]: seconds(record.latencyMs),
  }
  put(draft, OURS.tier, context.tier)
  put(draft, OURS.task, context.task)
  if (record.retryDelayMs > 0) draft[OURS.retryDelay] = seconds(record.retryDelayMs)
  putRequest(draft, operation, params)
  putStream(draft, record.stream)
  put(draft, STANDARD.responseId, told(record.responseId))
  put(draft, STANDARD.responseModel, told(record.responseModel))
  put(draft, STANDARD.finishReasons, finishReasonsOf(operation, params, record.finishReasons))
  put(draft, OURS.upstreamRequestId, told(record.upstreamRequestId))
  putUsage(draft, operation, record.usage)
  putCost(draft, record.cost, context.draftCost)
  putFailure(draft, record)
  return draft
}

function putStream(draft: AttributeDraft, stream: StreamFacts | undefined): void {
  if (stream === undefined) return
  const { timeToFirstChunkMs: firstMs, malformedCount } = stream
  draft[OURS.chunkCount] = stream.chunkCount
  if (firstMs !== undefined) draft[STANDARD.timeToFirstChunk] = seconds(firstMs)
  if (malformedCount > 0) draft[OURS.malformedParts] = malformedCount
}

function putUsage(draft: AttributeDraft, operation: Operation, usage: Usage | undefined): void {
  if (usage === undefined) return
  draft[STANDARD.inputTokens] = usage.inputTokens
  // An embedding is not made of tokens.
  if (operation === 'chat') draft[STANDARD.outputTokens] = usage.outputTokens
  put(draft, STANDARD.cacheReadTokens, usage.cacheReadTokens)
  put(draft, STANDARD.cacheWriteTokens, usage.cacheWriteTokens)
  put(draft, STANDARD.reasoningTokens, usage.reasoningTokens)
  if (usage.isEstimated) draft[OURS.isUsageEstimated] = true
}

function putCost(draft: AttributeDraft, cost: Cost, draftCost: boolean): void {
  const { amountNanoUsd, status, source } = cost
  draft[OURS.costStatus] = status
  put(draft, OURS.costSource, source)
  if (amountNanoUsd === undefined) return
  const usd = toUsd(amountNanoUsd)
  draft[OURS.costAmount] = usd
  draft[OURS.costCurrency] = 'USD'
  if (!draftCost) return
  draft[STANDARD.costAmount] = usd
  draft[STANDARD.costCurrency] = 'USD'
  draft[STANDARD.costSource] = source === 'provider' ? 'provider' : 'local'
}

function putFailure(draft: AttributeDraft, { failure }: AttemptRecord): void {
  if (failure === undefined) return
  put(draft, STANDARD.errorType, errorTypeOf(failure))
  put(draft, STANDARD.httpStatus, failure.status)
  put(draft, OURS.retryAfter, failure.retryAfterMs === undefined ? undefined : seconds(failure.retryAfterMs))
  // The code of a cancelled attempt says who cancelled it (`AbortCause`).
  if (failure.kind === 'cancelled') put(draft, OURS.abortCause, failure.code)
  if (failure.kind === 'abandoned') draft[OURS.abortCause] = failure.kind
}
