import type { DecisionReason, Plan } from '../core/plan.ts'
import type { StrategyName } from '../core/strategy.ts'
import type { Skip, Target } from '../core/target.ts'

/** What a call would do, without doing it: plain data, and readable as text. */
export interface CallPlan {
  readonly tier?: string
  readonly task?: string
  readonly requestedModel?: string
  readonly reason: DecisionReason
  /** The decision in a sentence. */
  readonly why: string
  readonly strategy: StrategyName
  /** In the order in which they would be tried. */
  readonly steps: readonly { readonly target: string; readonly expectedCostUsd?: number }[]
  readonly skipped: readonly Skip[]
  readonly maxAttempts: number
  readonly inputTokensEstimate: number
  toString(): string
}

export function callPlan(plan: Plan, expectedCostUsd: (target: Target) => number | undefined): CallPlan {
  const steps = plan.steps.map((target) => {
    const costUsd = expectedCostUsd(target)
    return { target: target.id, ...(costUsd === undefined ? {} : { expectedCostUsd: costUsd }) }
  })
  return {
    ...(plan.tier === undefined ? {} : { tier: plan.tier }),
    ...(plan.task === undefined ? {} : { task: plan.task }),
    ...(plan.requestedModel === undefined ? {} : { requestedModel: plan.requestedModel }),
    reason: plan.reason,
    why: plan.why,
    strategy: plan.strategy,
    steps,
    skipped: plan.skipped,
    maxAttempts: plan.maxAttempts,
    inputTokensEstimate: plan.inputTokensEstimate,
    toString: () => planText(plan, steps),
  }
}

function planText(plan: Plan, steps: CallPlan['steps']): string {
  const tried = steps.map(({ target, expectedCostUsd: costUsd }, index) => {
    const cost = costUsd === undefined ? 'cost unknown' : `about $${costUsd.toPrecision(2)}`
    return `${index + 1}. ${target} (${cost})`
  })
  const skipped = plan.skipped.map(({ target, why, detail }) => `not ${target}: ${detail} (${why})`)
  return [plan.why, ...tried, ...skipped].join('\n')
}
