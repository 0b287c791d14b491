import type { Target } from '../core/target.ts'
import type { PlanConfig } from './plan-input.ts'

/** Puts the targets that are left into the order in which they will be tried. */
type Strategy = (targets: readonly Target[]) => readonly Target[]

/** The strategies by name, one line each. */
export const STRATEGIES: Readonly<Record<PlanConfig['strategy'], Strategy>> = {
  'in-order': (targets) => targets,
}
