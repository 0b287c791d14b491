import { toUsd } from '../core/money.ts'
import type { Settlement } from '../core/settlement.ts'

/** Fields of the one log line per call. Absent where unknown; never a prompt, an answer, a key or a provider's text. */
export interface CallLogFields {
  readonly callId: string
  readonly operation: string
  readonly outcome: string
  readonly errorType?: string
  /** Code of the `LlmError`, for a failed call. */
  readonly errorCode?: string
  readonly tier?: string
  readonly task?: string
  /** The target that answered. */
  readonly target?: string
  readonly attempts: number
  readonly retries?: number
  readonly fallbacks?: number
  /** Attempts beside one that was slow. */
  readonly hedges?: number
  readonly inputTokens?: number
  readonly outputTokens?: number
  /** USD, all attempts; absent when nothing is known. */
  readonly costUsd?: number
  readonly costStatus: string
  /** USD of attempts whose answer was not used; absent when 0. */
  readonly wastedUsd?: number
  readonly latencyMs: number
  /** True for a streamed call, absent else. */
  readonly streamed?: boolean
  /** Streamed: from the call's begin to its first content; absent when none reached the caller. */
  readonly timeToFirstTokenMs?: number
  readonly retryWaitMs?: number
  readonly user?: string
  readonly tenant?: string
  readonly feature?: string
  /** The Express route. */
  readonly route?: string
  readonly traceId?: string
  /** The app's own labels, as the call's options gave them. */
  readonly metadata?: Readonly<Record<string, string>>
}

/** The fields of a settled call's log line. Pure. */
export function callLogFields(settlement: Settlement): CallLogFields {
  const { plan, caller, final, usage, cost, wasted, timeToFirstTokenMs } = settlement
  return known({
    callId: settlement.callId,
    operation: settlement.operation,
    outcome: settlement.outcome,
    errorType: settlement.errorType,
    errorCode: settlement.error?.code,
    tier: plan?.tier,
    task: plan?.task,
    target: final?.target.id,
    attempts: settlement.attemptCount,
    retries: settlement.retryCount || undefined,
    fallbacks: settlement.fallbackDepth || undefined,
    hedges: settlement.hedgeCount || undefined,
    inputTokens: usage.inputTokens,
    outputTokens: usage.outputTokens,
    costUsd: cost.amountNanoUsd === undefined ? undefined : toUsd(cost.amountNanoUsd),
    costStatus: cost.status,
    wastedUsd: wasted.amountNanoUsd ? toUsd(wasted.amountNanoUsd) : undefined,
    latencyMs: rounded(settlement.latencyMs),
    streamed: settlement.isStreamed || undefined,
    timeToFirstTokenMs: timeToFirstTokenMs === undefined ? undefined : rounded(timeToFirstTokenMs),
    retryWaitMs: settlement.retryWaitMs === 0 ? undefined : rounded(settlement.retryWaitMs),
    user: caller?.user,
    tenant: caller?.tenant,
    feature: caller?.feature,
    route: settlement.route,
    traceId: settlement.traceId,
    metadata: settlement.metadata,
  })
}

/** A line is read by people: a microsecond is fine enough. */
function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000
}

type Known<T> = { [K in keyof T]?: Exclude<T[K], undefined> } & {
  [K in keyof T as undefined extends T[K] ? never : K]: T[K]
}

/** A plain loop: this runs for every call, whether or not anybody reads the line. */
function known<T extends object>(fields: T): Known<T> {
  const kept: Partial<T> = {}
  for (const name in fields) {
    if (fields[name] !== undefined) kept[name] = fields[name]
  }
  return kept as Known<T>
}
