import type { Target } from '../core/target.ts'
import type { PlanConfig } from './plan-input.ts'

/** What a name of the config leads to. */
export interface Choice {
  readonly kind: 'target' | 'tier' | 'task'
  readonly name: string
  /** The other name it was reached by. */
  readonly alias: string | undefined
  /** The tier itself, or the tier that a task leads to. */
  readonly tier: string | undefined
  readonly targets: readonly Target[]
}

/** A target, tier, task or alias by its name, in this order. Undefined when the config has none, or its target no key. */
export function choiceNamed(config: PlanConfig, name: string): Choice | undefined {
  const choice = choiceOf(config, name)
  if (choice !== undefined) return choice
  const meant = config.aliases.get(name)
  const aliased = meant === undefined ? undefined : choiceOf(config, meant)
  return aliased === undefined ? undefined : { ...aliased, alias: name }
}

export function tierNamed({ tiers }: PlanConfig, name: string): Choice | undefined {
  const targets = tiers.get(name)
  return targets === undefined ? undefined : { kind: 'tier', name, alias: undefined, tier: name, targets }
}

export function taskNamed({ tasks }: PlanConfig, name: string): Choice | undefined {
  const task = tasks.get(name)
  if (task === undefined) return undefined
  return { kind: 'task', name, alias: undefined, tier: task.tier, targets: task.targets }
}

/** Every name that {@link choiceNamed} knows: tiers (best first), tasks, aliases, targets. */
export function allNames({ tiers, tasks, aliases, targets }: PlanConfig): readonly string[] {
  return [...tiers.keys(), ...tasks.keys(), ...aliases.keys(), ...targets.keys()]
}

function choiceOf(config: PlanConfig, name: string): Choice | undefined {
  const target = config.targets.get(name)
  if (target === undefined) return tierNamed(config, name) ?? taskNamed(config, name)
  return { kind: 'target', name, alias: undefined, tier: undefined, targets: [target] }
}
