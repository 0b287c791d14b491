import type { StrategyName } from '../core/strategy.ts'
import type { Target } from '../core/target.ts'
import type { Choice } from './choice.ts'
import { fastestFirst } from './fastest.ts'
import type { Ordered } from './ordered.ts'
import type { PlanInput } from './plan-input.ts'

/** Puts the targets that are left into the order in which they will be tried. */
type Strategy = (targets: readonly Target[], input: PlanInput) => Ordered

/** The strategies by name, one line each. */
export const STRATEGIES: Readonly<Record<StrategyName, Strategy>> = {
  'in-order': (steps) => ({ steps, why: undefined }),
  fastest: fastestFirst,
}

/** What the call says, else what is said of the task, of the tier, of all. */
export function strategyFor(
  { config, strategy }: Pick<PlanInput, 'config' | 'strategy'>,
  { name, tier }: Pick<Choice, 'name' | 'tier'>,
): StrategyName {
  const { strategies } = config
  if (strategy !== undefined) return strategy
  return strategies.get(name) ?? (tier === undefined ? undefined : strategies.get(tier)) ?? config.strategy
}
