import type { AttemptRecord } from '../core/attempt-record.ts'
import { toUsd } from '../core/money.ts'
import type { Settlement } from '../core/settlement.ts'
import type { Operation } from '../core/target.ts'
import type { Usage } from '../core/usage.ts'
import { seconds } from './attributes.ts'
import type { ChunkInstruments, Instruments, LatestInstruments, OlderInstruments } from './instruments.ts'
import {
  attemptLabels,
  callDurationLabels,
  callLabels,
  chunkLabels,
  costLabels,
  durationLabels,
  fallbackLabels,
  tokenLabels,
  unpricedLabels,
} from './metric-labels.ts'
import { labelsOf, type TargetLabels } from './target-labels.ts'

/**
 * All metrics of one call, from its settlement and nowhere else: so their sums are the sums of the records.
 *
 * Estimated tokens count too; what nobody told is not counted as 0.
 */
export function recordMetrics(instruments: Instruments, settlement: Settlement): void {
  const { operation, records } = settlement
  // A probe is attempts and money, and nobody's call.
  if (!settlement.isOverhead) recordCall(instruments, settlement)
  let previous: AttemptRecord | undefined
  for (const record of records) {
    const labels = labelsOf(record.target, operation)
    if (instruments.latest !== undefined) recordLatest(instruments.latest, { record, labels, operation })
    if (instruments.older !== undefined) recordOlder(instruments.older, { record, labels, operation })
    instruments.attemptCount.add(1, attemptLabels(record))
    if (record.reason === 'fallback' && previous !== undefined) {
      instruments.fallbackCount.add(1, fallbackLabels(previous, record))
    }
    recordCost(instruments, record, settlement)
    previous = record
  }
}

function recordCall(instruments: Instruments, settlement: Settlement): void {
  const { timeToFirstTokenMs } = settlement
  const callTimes = callDurationLabels(settlement)
  instruments.callDuration.record(seconds(settlement.latencyMs), callTimes)
  if (timeToFirstTokenMs !== undefined) {
    instruments.callFirstChunk.record(seconds(timeToFirstTokenMs), callTimes)
  }
  instruments.callAttempts.record(settlement.attemptCount, callLabels(settlement))
}

interface Attempt {
  readonly record: AttemptRecord
  readonly labels: TargetLabels
  readonly operation: Operation
}

function recordLatest(instruments: LatestInstruments, { record, labels, operation }: Attempt): void {
  const isChat = operation === 'chat'
  const duration = isChat ? instruments.inferenceDuration : instruments.embeddingsDuration
  duration.record(seconds(record.latencyMs), durationLabels(record, labels))
  recordChunks(instruments, record, labels)
  const { usage } = record
  if (usage === undefined) return
  const perOperation = tokenLabels(record, labels)
  if (!isChat) {
    instruments.embeddingsInput.record(usage.inputTokens, perOperation)
    return
  }
  instruments.inferenceInput.record(usage.inputTokens, perOperation)
  instruments.inferenceOutput.record(usage.outputTokens, perOperation)
  countUsage(instruments, usage, labels)
}

/**
 * Once per attempt, as a mean: chunks that came with one network read have no times of their own, and a value per chunk
 * would cost more than the stream.
 */
function recordChunks(instruments: ChunkInstruments, record: AttemptRecord, labels: TargetLabels): void {
  const { stream } = record
  if (stream?.timeToFirstChunkMs === undefined) return
  const times = chunkLabels(record, labels)
  instruments.firstChunk.record(seconds(stream.timeToFirstChunkMs), times)
  const lastMs = stream.timeToLastChunkMs
  if (lastMs === undefined || stream.chunkCount < 2) return
  instruments.perChunk.record(seconds(lastMs - stream.timeToFirstChunkMs) / (stream.chunkCount - 1), times)
}

function countUsage(instruments: LatestInstruments, usage: Usage, labels: TargetLabels): void {
  const { cacheReadTokens, cacheWriteTokens, reasoningTokens } = usage
  instruments.usageInput.add(usage.inputTokens, labels.usage)
  instruments.usageOutput.add(usage.outputTokens, labels.usage)
  if (cacheReadTokens !== undefined) instruments.usageCacheRead.add(cacheReadTokens, labels.usage)
  if (cacheWriteTokens !== undefined) instruments.usageCacheWrite.add(cacheWriteTokens, labels.usage)
  if (reasoningTokens !== undefined) instruments.usageReasoning.add(reasoningTokens, labels.usage)
}

function recordOlder(instruments: OlderInstruments, { record, labels, operation }: Attempt): void {
  instruments.operationDuration.record(seconds(record.latencyMs), durationLabels(record, labels))
  recordChunks(instruments, record, labels)
  if (record.usage === undefined) return
  instruments.tokenUsage.record(record.usage.inputTokens, labels.inputType)
  if (operation === 'chat') instruments.tokenUsage.record(record.usage.outputTokens, labels.outputType)
}

function recordCost(instruments: Instruments, record: AttemptRecord, settlement: Settlement): void {
  const { cost, usage } = record
  if (cost.status === 'unpriced') {
    if (usage === undefined) return
    instruments.unpricedTokens.add(usage.inputTokens + usage.outputTokens, unpricedLabels(record))
    return
  }
  // What was free adds nothing but a row.
  if (cost.amountNanoUsd) instruments.costSpent.add(toUsd(cost.amountNanoUsd), costLabels(record, settlement))
}
