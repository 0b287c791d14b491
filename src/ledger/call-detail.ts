import type { CallAttempt, CallDetail } from '../core/costs.ts'
import type { LedgerRow } from '../core/ledger-row.ts'
import { toUsd } from '../core/money.ts'
import { callEntry } from './call-entry.ts'
import { known } from './known.ts'
import type { TraceUrl } from './trace-url.ts'

/**
 * One call with its attempts, which begin where they did: what a waterfall is drawn from.
 *
 * @param rows by attempt; at least one
 */
export function callDetail(rows: readonly [LedgerRow, ...LedgerRow[]], traceUrl?: TraceUrl): CallDetail {
  const [first] = rows
  const call = rows.find(({ isCall }) => isCall) ?? first
  const { decision, complexity, confidence, propensity } = call
  const attempts = rows.filter(({ kind }) => kind === 'attempt')
  const beginMs = Math.min(...attempts.map(({ atMs }) => atMs))
  return {
    ...callEntry(rows, traceUrl),
    ...known({ decision, complexity, confidence, propensity }),
    attemptList: attempts.map((row) => attemptOf(row, beginMs)),
  }
}

function attemptOf(row: LedgerRow, beginMs: number): CallAttempt {
  const { target, provider, reason, outcome, purpose, errorKind, errorType, costNanoUsd } = row
  return {
    number: row.attempt,
    ...known({ target, provider, reason, outcome }),
    purpose,
    ...known({ errorKind, errorType }),
    startMs: row.atMs - beginMs,
    latencyMs: row.latencyMs,
    ...timesOf(row),
    ...tokensOf(row),
    ...known({ costUsd: costNanoUsd === undefined ? undefined : toUsd(costNanoUsd) }),
    costStatus: row.costStatus,
    ...known({ costSource: row.costSource, priceVersion: row.priceVersion, spanId: row.spanId }),
  }
}

function timesOf({ timeToFirstChunkMs, queuedMs, retryDelayMs }: LedgerRow): Partial<CallAttempt> {
  return known({ timeToFirstChunkMs, queuedMs, retryDelayMs })
}

function tokensOf(row: LedgerRow): Partial<CallAttempt> {
  const { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens } = row
  const { reasoningTokens, systemTokens, toolTokens } = row
  return known({
    inputTokens,
    outputTokens,
    cacheReadTokens,
    cacheWriteTokens,
    reasoningTokens,
    systemTokens,
    toolTokens,
  })
}
