import type { CostFigures, Savings } from '../core/costs.ts'
import type { BaselineSum, GroupTotal, LedgerSums } from '../core/ledger-store.ts'
import { toUsd, type CostStatus } from '../core/money.ts'
import { latencyPercentiles } from './latency-percentiles.ts'

/**
 * Sums as people read them.
 *
 * @param baseline name of the model that savings are reckoned against; undefined for none
 */
export function costFigures(group: GroupTotal, baseline: string | undefined): CostFigures {
  const { sums } = group
  const costStatus = statusOf(sums)
  const latencyMs = latencyPercentiles(group.latencies)
  return {
    ...countsOf(sums),
    ...(costStatus === 'unpriced' ? {} : amountsOf(sums)),
    costStatus,
    wastedUsd: toUsd(sums.wastedNanoUsd),
    overheadUsd: toUsd(sums.overheadNanoUsd),
    savedByCacheUsd: toUsd(sums.savedNanoUsd),
    unpricedAttempts: sums.unpricedRows,
    ...(latencyMs === undefined ? {} : { latencyMs }),
    ...(baseline === undefined ? {} : { savings: savingsOf(group, baseline) }),
  }
}

/** What `sumCosts` would say of the rows. */
function statusOf({ pricedRows, estimatedRows, unpricedRows }: LedgerSums): CostStatus {
  if (unpricedRows > 0) return pricedRows > 0 ? 'partial' : 'unpriced'
  if (estimatedRows > 0) return 'estimated'
  return pricedRows > 0 ? 'exact' : 'free'
}

function amountsOf({ costNanoUsd, calls }: LedgerSums): Pick<CostFigures, 'costUsd' | 'averageUsd'> {
  const costUsd = toUsd(costNanoUsd)
  return calls === 0 ? { costUsd } : { costUsd, averageUsd: toUsd(Math.round(costNanoUsd / calls)) }
}

type Counts = { readonly [Name in keyof LedgerSums & keyof CostFigures]: number }

function countsOf(sums: LedgerSums): Counts {
  return {
    calls: sums.calls,
    succeeded: sums.succeeded,
    degraded: sums.degraded,
    refused: sums.refused,
    exhausted: sums.exhausted,
    cancelled: sums.cancelled,
    attempts: sums.attempts,
    failedAttempts: sums.failedAttempts,
    retries: sums.retries,
    fallbacks: sums.fallbacks,
    hedges: sums.hedges,
    cacheHits: sums.cacheHits,
    inputTokens: sums.inputTokens,
    outputTokens: sums.outputTokens,
    cacheReadTokens: sums.cacheReadTokens,
    cacheWriteTokens: sums.cacheWriteTokens,
    reasoningTokens: sums.reasoningTokens,
    systemTokens: sums.systemTokens,
    toolTokens: sums.toolTokens,
  }
}

/**
 * Against the baseline stands what the compared answers did cost, and everything that was wasted and overhead. Answers that
 * could not be compared are on neither side; so the savings of groups add up to those of the whole.
 */
function savingsOf({ sums, baselines }: GroupTotal, name: string): Savings {
  const { costNanoUsd, answersNanoUsd, calls } = baselines.find((one) => one.name === name) ?? NOT_COMPARED
  const spentNanoUsd = answersNanoUsd + sums.wastedNanoUsd + sums.overheadNanoUsd
  return {
    baselineUsd: toUsd(costNanoUsd),
    savedUsd: toUsd(costNanoUsd - spentNanoUsd),
    comparedCalls: calls,
    uncomparedCalls: Math.max(sums.succeeded + sums.degraded - calls, 0),
  }
}

const NOT_COMPARED: Omit<BaselineSum, 'name'> = { costNanoUsd: 0, answersNanoUsd: 0, calls: 0 }
