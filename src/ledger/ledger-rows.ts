import { errorTypeOf } from '../core/failure-kind.ts'
import type { AttemptRecord } from '../core/attempt-record.ts'
import type { InputEstimate } from '../core/input-estimate.ts'
import type { LedgerRow } from '../core/ledger-row.ts'
import type { Plan } from '../core/plan.ts'
import { purposeOf } from '../core/purpose.ts'
import type { Settlement } from '../core/settlement.ts'
import type { Usage } from '../core/usage.ts'
import { baselineNanoUsd, type Baseline } from './baseline.ts'

/** A row while it is written. */
type Draft = { -readonly [K in keyof LedgerRow]: LedgerRow[K] }

/**
 * The ledger's view of a settlement: one row for each attempt, or one for a call that made none. Pure; keeps nothing of the
 * call's params.
 *
 * @param baseline what the answer is priced at as well
 */
export function ledgerRows(settlement: Settlement, baseline: Baseline | undefined): readonly LedgerRow[] {
  const { records } = settlement
  if (records.length === 0) return [refusalRow(settlement)]
  const standsForCall = settlement.isOverhead ? undefined : callRecordOf(settlement)
  return records.map((record) => {
    const draft = attemptRow(settlement, record)
    if (record === settlement.final) putBaseline(draft, record, baseline)
    if (record === standsForCall) putCall(draft, settlement)
    return draft
  })
}

/** The attempt that answered, else the last one. */
function callRecordOf({ final, records }: Settlement): AttemptRecord | undefined {
  if (final !== undefined) return final
  let last = records[0]
  for (const record of records) if (last === undefined || record.number > last.number) last = record
  return last
}

function refusalRow(settlement: Settlement): LedgerRow {
  const draft: Draft = {
    ...rowParts(settlement, undefined),
    id: `${settlement.callId}/0`,
    attempt: 0,
    kind: 'refusal',
    atMs: settlement.startedAtMs,
    isUsageEstimated: false,
    costNanoUsd: 0,
    costStatus: 'free',
    latencyMs: settlement.latencyMs,
  }
  put(draft, 'spanId', settlement.spanId)
  putNames(draft, settlement)
  if (!settlement.isOverhead) putCall(draft, settlement)
  return draft
}

function attemptRow(settlement: Settlement, record: AttemptRecord): Draft {
  const { target, failure, cost, stream } = record
  const draft: Draft = {
    ...rowParts(settlement, record),
    id: `${settlement.callId}/${record.number}`,
    attempt: record.number,
    kind: 'attempt',
    atMs: record.startedAtMs,
    target: target.id,
    provider: target.provider,
    model: target.model,
    reason: record.reason,
    outcome: record.outcome,
    isUsageEstimated: record.usage?.isEstimated === true,
    costStatus: cost.status,
    latencyMs: record.latencyMs,
  }
  put(draft, 'spanId', record.spanId)
  putNames(draft, settlement)
  put(draft, 'responseModel', told(record.responseModel))
  put(draft, 'errorKind', failure?.kind)
  put(draft, 'errorType', failure && errorTypeOf(failure))
  if (record.usage !== undefined) putUsage(draft, record.usage, settlement.inputEstimate)
  put(draft, 'costNanoUsd', cost.amountNanoUsd)
  put(draft, 'costSource', cost.source)
  put(draft, 'priceVersion', cost.priceVersion)
  put(draft, 'timeToFirstChunkMs', stream?.timeToFirstChunkMs)
  put(draft, 'queuedMs', record.queuedMs || undefined)
  put(draft, 'retryDelayMs', record.retryDelayMs || undefined)
  return draft
}

function rowParts(settlement: Settlement, record: AttemptRecord | undefined) {
  return {
    callId: settlement.callId,
    purpose: purposeOf(record, settlement),
    isCall: false,
    operation: settlement.operation,
    isStreamed: settlement.isStreamed,
    callOutcome: settlement.outcome,
  } as const
}

/** Who asked for what, and what was decided. */
function putNames(draft: Draft, { traceId, caller, route, plan, requestedModel }: Settlement): void {
  put(draft, 'traceId', traceId)
  put(draft, 'user', caller?.user || undefined)
  put(draft, 'tenant', caller?.tenant || undefined)
  put(draft, 'feature', caller?.feature || undefined)
  put(draft, 'route', route)
  put(draft, 'requestedModel', told(requestedModel))
  if (plan === undefined) return
  put(draft, 'tier', plan.tier)
  put(draft, 'task', plan.task)
  put(draft, 'decision', plan.reason)
  put(draft, 'propensity', propensityOf(plan))
}

/** Certain where no lots were drawn; where they were, nobody has computed how likely this was. */
function propensityOf({ strategy, reason }: Plan): number | undefined {
  return strategy === 'in-order' || reason === 'explicit-target' ? 1 : undefined
}

function putUsage(draft: Draft, usage: Usage, estimate: InputEstimate | undefined): void {
  draft.inputTokens = usage.inputTokens
  draft.outputTokens = usage.outputTokens
  put(draft, 'cacheReadTokens', usage.cacheReadTokens)
  put(draft, 'cacheWriteTokens', usage.cacheWriteTokens)
  put(draft, 'reasoningTokens', usage.reasoningTokens)
  if (draft.operation !== 'chat' || estimate === undefined) return
  draft.systemTokens = partOf(usage.inputTokens, estimate.systemTokens, estimate.tokens)
  draft.toolTokens = partOf(usage.inputTokens, estimate.toolTokens, estimate.tokens)
}

/** The same share of what the provider counted: the estimate may be twice as much, or half, its parts in proportion are not. */
function partOf(inputTokens: number, partTokens: number, tokens: number): number {
  return tokens === 0 ? 0 : Math.floor((inputTokens * partTokens) / tokens)
}

function putBaseline(draft: Draft, { usage, cost }: AttemptRecord, baseline: Baseline | undefined): void {
  if (baseline === undefined || usage === undefined || cost.amountNanoUsd === undefined) return
  if (draft.purpose !== 'answer' || draft.operation !== 'chat') return
  const nanoUsd = baselineNanoUsd(baseline, usage, draft.atMs)
  if (nanoUsd === undefined) return
  draft.baseline = baseline.name
  draft.baselineNanoUsd = nanoUsd
}

/** What is told once for each call. */
function putCall(draft: Draft, settlement: Settlement): void {
  draft.isCall = true
  draft.callLatencyMs = settlement.latencyMs
  put(draft, 'callTimeToFirstTokenMs', settlement.timeToFirstTokenMs)
  put(draft, 'errorType', draft.errorType ?? settlement.errorType)
  put(draft, 'errorCode', settlement.error?.code)
}

/** What somebody outside has written, characters: a model that does not exist may have a name of megabytes. */
const TOLD_MAX = 256

function told(text: string | undefined): string | undefined {
  return text?.slice(0, TOLD_MAX) || undefined
}

function put<K extends keyof Draft>(draft: Draft, name: K, value: Draft[K] | undefined): void {
  if (value !== undefined) draft[name] = value
}
