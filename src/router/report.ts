import type { AttemptRecord } from '../core/attempt-record.ts'
import { toUsd } from '../core/money.ts'
import type { AttemptReport, CallReport } from '../core/report.ts'
import type { Settlement } from '../core/settlement.ts'

/** What the app sees of a settlement: plain, printable, without prompts, answers or keys. */
export function reportOf(settlement: Settlement): CallReport {
  const { plan, caller, final, usage, cost, wasted } = settlement
  return defined({
    callId: settlement.callId,
    operation: settlement.operation,
    outcome: settlement.outcome,
    errorType: settlement.errorType,
    target: final?.target.id,
    tier: plan?.tier,
    task: plan?.task,
    requestedModel: settlement.requestedModel,
    why: plan?.why,
    attempts: settlement.records.toSorted((one, other) => one.number - other.number).map(attemptReport),
    skipped: settlement.skipped,
    droppedParams: final?.droppedParams ?? [],
    inputTokens: usage.inputTokens,
    outputTokens: usage.outputTokens,
    costUsd: usd(cost.amountNanoUsd),
    costStatus: cost.status,
    wastedUsd: usd(wasted.amountNanoUsd),
    latencyMs: settlement.latencyMs,
    timeToFirstTokenMs: settlement.timeToFirstTokenMs,
    retryWaitMs: settlement.retryWaitMs,
    user: caller?.user,
    tenant: caller?.tenant,
    feature: caller?.feature,
    route: settlement.route,
    traceId: settlement.traceId,
  })
}

function attemptReport(record: AttemptRecord): AttemptReport {
  return defined({
    number: record.number,
    reason: record.reason,
    target: record.target.id,
    outcome: record.outcome,
    kind: record.failure?.kind,
    status: record.failure?.status,
    message: record.failure?.message,
    latencyMs: record.latencyMs,
    retryDelayMs: record.retryDelayMs,
    queuedMs: record.queuedMs || undefined,
    usage: record.usage,
    costUsd: usd(record.cost.amountNanoUsd),
    costStatus: record.cost.status,
    costSource: record.cost.source,
    priceVersion: record.cost.priceVersion,
    upstreamRequestId: record.upstreamRequestId,
    timeToFirstChunkMs: record.stream?.timeToFirstChunkMs,
    malformedParts: record.stream?.malformedCount || undefined,
  })
}

function usd(nanoUsd: number | undefined): number | undefined {
  return nanoUsd === undefined ? undefined : toUsd(nanoUsd)
}

/** Drops keys whose value is undefined: what is unknown is absent. */
function defined<T extends object>(
  value: T,
): { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>
} {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as never
}
