import type { Caller } from '../core/caller.ts'
import { allNames, choiceNamed } from '../plan/choice.ts'
import { entitlementOf } from '../plan/entitlement.ts'
import type { PlanConfig } from '../plan/plan-input.ts'

/** One entry of `GET /models`, in OpenAI's shape. */
export interface WireModel {
  readonly id: string
  readonly object: 'model'
  /** Unix seconds. */
  readonly created: number
  readonly owned_by: string
}

/** The names are as old as the config, and that as the process: OpenAI's shape asks for a time. */
const CREATED_SECONDS = Math.floor(performance.timeOrigin / 1000)

/**
 * What a caller may put into `model`: tiers (best first), tasks, aliases, and targets where the caller may name them.
 *
 * @throws LlmError `identify_failed` when the caller's `maxTier` is no tier
 */
export function modelList(config: PlanConfig, caller: Caller): readonly WireModel[] {
  const entitlement = entitlementOf(config, caller)
  const names = allNames(config).filter((name) => {
    const choice = choiceNamed(config, name)
    return choice !== undefined && entitlement.mayUse(choice)
  })
  return names.map((id) => ({
    id,
    object: 'model',
    created: CREATED_SECONDS,
    owned_by: 'express-llm',
  }))
}
