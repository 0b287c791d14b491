import type { ServerResponse } from 'node:http'
import type { ResponseHeaderOptions } from '../config/options.ts'
import { toUsd } from '../core/money.ts'
import type { Settlement } from '../core/settlement.ts'
import type { CommittedFacts } from '../router/committed-facts.ts'
import { headerText, usdText } from '../surface/header-text.ts'
import type { Totals } from '../router/totals.ts'

interface HeaderContext {
  readonly totals: Totals
  readonly options: Required<ResponseHeaderOptions>
}

/** Puts the request's totals and its latest call on the response, as long as headers can still be set. */
export function writeResponseHeaders(
  res: ServerResponse,
  settlement: Settlement,
  context: HeaderContext,
): void {
  if (res.headersSent) return
  if (context.options.report) writeReport(res, settlement, context.totals)
  if (context.options.serverTiming) writeServerTiming(res, settlement)
}

/** What a streamed call can say before its answer: who gives it. What it costs is not known yet. */
export function writeCommittedHeaders(
  res: ServerResponse,
  { callId, target, tier, attemptCount }: CommittedFacts,
  options: Required<ResponseHeaderOptions>,
): void {
  if (res.headersSent || !options.report) return
  res.setHeader('x-llm-call-id', callId)
  setOrRemove(res, 'x-llm-target', target)
  setOrRemove(res, 'x-llm-tier', tier)
  res.setHeader('x-llm-attempts', attemptCount)
}

/** `x-llm-*`: the last call's target and tier; calls, attempts and cost of the whole request. */
function writeReport(res: ServerResponse, settlement: Settlement, totals: Totals): void {
  const summary = totals.summary()
  res.setHeader('x-llm-call-id', settlement.callId)
  setOrRemove(res, 'x-llm-target', settlement.final?.target.id)
  setOrRemove(res, 'x-llm-tier', settlement.plan?.tier)
  res.setHeader('x-llm-calls', summary.calls)
  res.setHeader('x-llm-attempts', summary.attempts)
  res.setHeader('x-llm-cost-status', summary.costStatus)
  setOrRemove(res, 'x-llm-cost-usd', summary.costUsd === undefined ? undefined : usdText(summary.costUsd))
}

/** What an earlier call of the request has set must not stand beside this one's id. */
function setOrRemove(res: ServerResponse, name: string, value: string | undefined): void {
  if (value === undefined) res.removeHeader(name)
  else res.setHeader(name, headerText(value))
}

/** One `Server-Timing` metric per call, beside whatever the app has set itself. */
function writeServerTiming(res: ServerResponse, settlement: Settlement): void {
  const { attemptCount, cost } = settlement
  const usd = cost.amountNanoUsd === undefined ? 'cost unknown' : `$${usdText(toUsd(cost.amountNanoUsd))}`
  const target = settlement.final?.target.id ?? settlement.outcome
  const description = `${target}, ${attemptCount} attempt${attemptCount === 1 ? '' : 's'}, ${usd}`
  const metric = `llm;dur=${settlement.latencyMs.toFixed(1)};desc="${headerText(description)}"`
  const existing = res.getHeader('server-timing')
  res.setHeader('server-timing', existing === undefined ? metric : [existing, metric].flat().join(', '))
}
