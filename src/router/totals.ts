import { sumCosts, toUsd, type CostTotal } from '../core/money.ts'
import type { CallSummary } from '../core/report.ts'
import type { Settlement } from '../core/settlement.ts'

/** Running total over settled calls: of one HTTP request, or of a router. */
export interface Totals {
  add(settlement: Settlement): void
  summary(): CallSummary
}

const NOTHING: CostTotal = { amountNanoUsd: 0, status: 'free' }

export function createTotals(): Totals {
  let calls = 0
  let attempts = 0
  let inputTokens = 0
  let outputTokens = 0
  let cost = NOTHING
  let wasted = NOTHING
  let overhead: CostTotal | undefined
  return {
    add(settlement) {
      if (settlement.isOverhead) overhead = sumCosts([overhead ?? NOTHING, settlement.cost])
      else calls += 1
      attempts += settlement.attemptCount
      inputTokens += settlement.usage.inputTokens ?? 0
      outputTokens += settlement.usage.outputTokens ?? 0
      cost = sumCosts([cost, settlement.cost])
      wasted = sumCosts([wasted, settlement.wasted])
    },
    summary: () => ({
      calls,
      attempts,
      inputTokens,
      outputTokens,
      ...(cost.amountNanoUsd === undefined ? {} : { costUsd: toUsd(cost.amountNanoUsd) }),
      costStatus: cost.status,
      ...(wasted.amountNanoUsd === undefined ? {} : { wastedUsd: toUsd(wasted.amountNanoUsd) }),
      ...(overhead?.amountNanoUsd === undefined ? {} : { overheadUsd: toUsd(overhead.amountNanoUsd) }),
    }),
  }
}
