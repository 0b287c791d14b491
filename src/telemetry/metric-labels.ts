import type { Attributes } from '@opentelemetry/api'
import type { AttemptRecord } from '../core/attempt-record.ts'
import { errorTypeOf } from '../core/failure-kind.ts'
import { purposeOf } from '../core/purpose.ts'
import type { Settlement } from '../core/settlement.ts'
import { put, told, type AttributeDraft } from './attributes.ts'
import { OURS, STANDARD } from './semconv.ts'
import type { TargetLabels } from './target-labels.ts'

/** Labels of an attempt's duration. */
export function durationLabels(record: AttemptRecord, labels: TargetLabels): Attributes {
  const draft = chunkLabels(record, labels)
  put(draft, STANDARD.errorType, record.failure && errorTypeOf(record.failure))
  return draft
}

/** Labels of the times of an attempt's chunks: the conventions have no error type there. */
export function chunkLabels(record: AttemptRecord, labels: TargetLabels): AttributeDraft {
  const draft: AttributeDraft = {}
  put(draft, STANDARD.responseModel, told(record.responseModel))
  Object.assign(draft, labels.atStart)
  return draft
}

/** Labels of an attempt's token histograms. */
export function tokenLabels(record: AttemptRecord, labels: TargetLabels): Attributes {
  const errorType = record.failure && errorTypeOf(record.failure)
  return errorType === undefined ? labels.model : { ...labels.model, [STANDARD.errorType]: errorType }
}

/** Labels of `express_llm.attempt.count`. */
export function attemptLabels(record: AttemptRecord): Attributes {
  const draft: AttributeDraft = {
    [STANDARD.providerName]: record.target.provider,
    [STANDARD.requestModel]: record.target.model,
    [OURS.attemptReason]: record.reason,
    [OURS.attemptOutcome]: record.outcome,
  }
  put(draft, STANDARD.errorType, record.failure && errorTypeOf(record.failure))
  return draft
}

/** Labels of `express_llm.fallback.count`: from the attempt that failed to the one that followed. */
export function fallbackLabels(from: AttemptRecord, to: AttemptRecord): Attributes {
  const draft: AttributeDraft = { [OURS.from]: from.target.id, [OURS.to]: to.target.id }
  put(draft, STANDARD.errorType, from.failure && errorTypeOf(from.failure))
  return draft
}

/** Labels of `express_llm.cost.spent`: what the money bought is the answer, or nothing. */
export function costLabels(record: AttemptRecord, settlement: Settlement): Attributes {
  const { plan, route } = settlement
  const draft: AttributeDraft = {
    [STANDARD.providerName]: record.target.provider,
    [STANDARD.requestModel]: record.target.model,
    [OURS.purpose]: purposeOf(record, settlement),
  }
  put(draft, OURS.tier, plan?.tier)
  put(draft, OURS.task, plan?.task)
  put(draft, STANDARD.httpRoute, route)
  return draft
}

/** Labels of `express_llm.cost.unpriced_tokens`. */
export function unpricedLabels({ target }: AttemptRecord): Attributes {
  return { [STANDARD.providerName]: target.provider, [STANDARD.requestModel]: target.model }
}

/** Labels of `express_llm.call.attempts`. */
export function callLabels({ plan, outcome }: Settlement): AttributeDraft {
  const draft: AttributeDraft = { [OURS.outcome]: outcome }
  put(draft, OURS.tier, plan?.tier)
  put(draft, OURS.task, plan?.task)
  return draft
}

/** Labels of `express_llm.call.duration` and `express_llm.call.time_to_first_chunk`. */
export function callDurationLabels(settlement: Settlement): Attributes {
  const draft: AttributeDraft = callLabels(settlement)
  put(draft, STANDARD.httpRoute, settlement.route)
  put(draft, STANDARD.errorType, settlement.errorType)
  return draft
}
