import type { Attributes } from '@opentelemetry/api'
import { CallAborted } from '../core/abort.ts'
import type { AttemptFailure } from '../core/attempt-failure.ts'
import type { Caller } from '../core/caller.ts'
import { errorTypeOf } from '../core/failure-kind.ts'
import { toUsd } from '../core/money.ts'
import type { Plan } from '../core/plan.ts'
import type { CallSummary } from '../core/report.ts'
import type { Settlement } from '../core/settlement.ts'
import type { Skip } from '../core/target.ts'
import { put, seconds, type AttributeDraft } from './attributes.ts'
import { OURS, STANDARD } from './semconv.ts'

/** What is known when a call's span starts. */
export interface CallStartFacts {
  readonly callId: string
  /** Undefined for a call that was refused before it could be planned. */
  readonly plan: Plan | undefined
  readonly caller: Caller | undefined
  readonly route: string | undefined
  readonly isStreamed: boolean
  readonly isOverhead: boolean
}

/** `route {tier|task|target}`: names of the config only, never what a request asked for. */
export function callSpanName(plan: Plan | undefined): string {
  const name = plan?.tier ?? plan?.task ?? plan?.steps[0]?.id ?? plan?.skipped[0]?.target
  return name === undefined ? 'route' : `route ${name}`
}

/** Attributes of a call's span at its creation, so that samplers see them. Pure. */
export function callStartAttributes(facts: CallStartFacts, hasCallerAttributes: boolean): Attributes {
  const { plan, caller } = facts
  const draft: AttributeDraft = { [OURS.callId]: facts.callId }
  put(draft, OURS.tier, plan?.tier)
  put(draft, OURS.task, plan?.task)
  // Once it is planned, the model's name is one of the config's; before that it may be any text of a request.
  put(draft, OURS.requestedModel, plan?.requestedModel)
  put(draft, STANDARD.httpRoute, facts.route)
  if (facts.isStreamed) draft[OURS.isStreamed] = true
  if (facts.isOverhead) draft[OURS.purpose] = 'overhead'
  if (hasCallerAttributes) {
    put(draft, STANDARD.userId, caller?.user)
    put(draft, OURS.tenantId, caller?.tenant)
    put(draft, OURS.feature, caller?.feature)
  }
  return draft
}

/** Final attributes of a call's span. Pure. */
export function callEndAttributes(settlement: Settlement): Attributes {
  const { final, cost, wasted, usage, error } = settlement
  const draft: AttributeDraft = {
    [OURS.outcome]: settlement.outcome,
    [OURS.attemptCount]: settlement.attemptCount,
    [OURS.retryCount]: settlement.retryCount,
    [OURS.isFallbackUsed]: settlement.fallbackDepth > 0,
    [OURS.fallbackDepth]: settlement.fallbackDepth,
    [OURS.costStatus]: cost.status,
    [OURS.latency]: seconds(settlement.latencyMs),
    [OURS.retryWait]: seconds(settlement.retryWaitMs),
  }
  put(draft, OURS.hedgeCount, settlement.hedgeCount || undefined)
  put(draft, OURS.finalProvider, final?.target.provider)
  put(draft, OURS.finalModel, final?.target.model)
  put(draft, OURS.costTotal, usdOf(cost.amountNanoUsd))
  put(draft, OURS.costWasted, usdOf(wasted.amountNanoUsd))
  put(draft, OURS.inputTokens, usage.inputTokens)
  put(draft, OURS.outputTokens, usage.outputTokens)
  put(draft, OURS.decisionReason, settlement.plan?.reason)
  const { timeToFirstTokenMs: firstMs } = settlement
  if (firstMs !== undefined) draft[OURS.timeToFirstChunk] = seconds(firstMs)
  put(draft, STANDARD.errorType, settlement.errorType)
  if (error instanceof CallAborted) draft[OURS.abortCause] = error.abortCause
  return draft
}

/** Attributes of `express_llm.candidate.skipped`. */
export function skipAttributes(skip: Skip): Attributes {
  return { [OURS.skippedTarget]: skip.target, [OURS.skippedWhy]: skip.why }
}

/** One step of the chain, from a failed attempt to the next one. */
export interface Move {
  readonly kind: 'retry' | 'fallback'
  /** Target ids. */
  readonly from: string
  readonly to: string
  readonly failure: AttemptFailure
  readonly delayMs: number
}

/** Attributes of `express_llm.retry` and `express_llm.fallback`. */
export function moveAttributes(move: Move): Attributes {
  const draft: AttributeDraft = {
    [OURS.from]: move.from,
    [OURS.to]: move.to,
    [OURS.retryDelay]: seconds(move.delayMs),
  }
  put(draft, STANDARD.errorType, errorTypeOf(move.failure))
  return draft
}

/** Roll-up of a request's calls on its server span. */
export function requestAttributes(summary: CallSummary): Attributes {
  const draft: AttributeDraft = {
    [OURS.requestCallCount]: summary.calls,
    [OURS.requestAttemptCount]: summary.attempts,
    [OURS.requestInputTokens]: summary.inputTokens,
    [OURS.requestOutputTokens]: summary.outputTokens,
  }
  put(draft, OURS.requestCostTotal, summary.costUsd)
  return draft
}

function usdOf(nanoUsd: number | undefined): number | undefined {
  return nanoUsd === undefined ? undefined : toUsd(nanoUsd)
}
