import type { CallEntry } from '../core/costs.ts'
import type { LedgerRow } from '../core/ledger-row.ts'
import { sumCosts, toUsd, type Cost, type CostTotal } from '../core/money.ts'
import { known } from './known.ts'
import type { TraceUrl } from './trace-url.ts'

/**
 * One call, from all of its rows.
 *
 * @param rows by attempt; at least one
 */
export function callEntry(rows: readonly [LedgerRow, ...LedgerRow[]], traceUrl?: TraceUrl): CallEntry {
  const [first] = rows
  // The one that stands for the call knows how it ended; the router's own requests have none.
  const call = rows.find(({ isCall }) => isCall) ?? rows.at(-1) ?? first
  const attempts = rows.filter(({ kind }) => kind === 'attempt')
  const target = (attempts.find(isAnswer) ?? attempts.at(-1) ?? call).target
  const cost = sumCosts(rows.map(costOf))
  return {
    callId: first.callId,
    at: new Date(first.atMs).toISOString(),
    operation: first.operation,
    outcome: call.callOutcome,
    isStreamed: first.isStreamed,
    isOverhead: !rows.some(({ isCall }) => isCall),
    ...whoOf(call),
    ...known({ target, errorType: call.errorType, errorCode: call.errorCode }),
    attempts: attempts.length,
    ...known({
      inputTokens: sumOf(attempts, 'inputTokens'),
      outputTokens: sumOf(attempts, 'outputTokens'),
      costUsd: usdOf(cost),
    }),
    costStatus: cost.status,
    ...known({
      wastedUsd: wastedOf(attempts),
      latencyMs: call.callLatencyMs,
      timeToFirstTokenMs: call.callTimeToFirstTokenMs,
      traceId: first.traceId,
      traceUrl: first.traceId === undefined ? undefined : traceUrl?.(idsOf(first, first.traceId)),
    }),
  }
}

function isAnswer({ outcome, purpose }: LedgerRow): boolean {
  return outcome === 'success' && (purpose === 'answer' || purpose === 'overhead')
}

function whoOf({ user, tenant, feature, route, tier, task, requestedModel }: LedgerRow): Partial<CallEntry> {
  return known({ user, tenant, feature, route, tier, task, requestedModel })
}

function idsOf({ spanId }: LedgerRow, traceId: string): Parameters<TraceUrl>[0] {
  return { traceId, spanId }
}

/** Undefined where no attempt told any. */
function sumOf(rows: readonly LedgerRow[], name: 'inputTokens' | 'outputTokens'): number | undefined {
  const told = rows.flatMap((row) => row[name] ?? [])
  return told.length === 0 ? undefined : told.reduce((sum, tokens) => sum + tokens, 0)
}

/** What a row did cost, as `sumCosts` takes it. */
export function costOf({ costNanoUsd, costStatus }: LedgerRow): Cost {
  return { status: costStatus, ...(costNanoUsd === undefined ? {} : { amountNanoUsd: costNanoUsd }) }
}

export function usdOf({ amountNanoUsd }: CostTotal): number | undefined {
  return amountNanoUsd === undefined ? undefined : toUsd(amountNanoUsd)
}

/** Absent where nothing was wasted, and where nobody knows how much. */
function wastedOf(rows: readonly LedgerRow[]): number | undefined {
  const wasted = rows.filter(({ purpose }) => purpose === 'wasted' || purpose === 'hedge')
  return wasted.length === 0 ? undefined : usdOf(sumCosts(wasted.map(costOf)))
}
