import type { StrategyName } from './strategy.ts'
import type { Skip, Target } from './target.ts'

/** Which rule of the decision order named the tier, task or target. */
export type DecisionReason =
  | 'explicit-target'
  | 'explicit-tier'
  | 'explicit-task'
  | 'explicit-alias'
  | 'caller-default-tier'
  | 'config-default-tier'
  | 'entitlement'
  /** A cheaper tier than the rules named, because a budget is nearly used up. */
  | 'budget'

/** A decision, as data: what will be tried, in which order, and why nothing else. Costs nothing to make. */
export interface Plan {
  readonly requestedModel: string | undefined
  readonly tier: string | undefined
  readonly task: string | undefined
  readonly reason: DecisionReason
  /** The decision in a sentence. */
  readonly why: string
  readonly strategy: StrategyName
  /** Targets in the order in which they will be tried; empty when nothing is left. */
  readonly steps: readonly Target[]
  /** Whose answer is a success, and not degraded: who would be asked first if nobody were left alone at the moment. */
  readonly preferred: Target | undefined
  readonly skipped: readonly Skip[]
  /** Every target is left alone at the moment: the one step is the target that would be back first. */
  readonly isLastResort: boolean
  /** Most attempts that the call may make, retries included. */
  readonly maxAttempts: number
  /** Estimate from the length of the params. */
  readonly inputTokensEstimate: number
}
