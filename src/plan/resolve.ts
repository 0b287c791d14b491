/**
 * The decision order: explicit target, explicit tier, explicit task, the caller's default tier, the config's. Rules and
 * the classifier will stand between the third and the fourth.
 */
import type { DecisionReason } from '../core/plan.ts'
import { choiceNamed, taskNamed, tierNamed, type Choice } from './choice.ts'
import { callerDefaultTier, type Entitlement } from './entitlement.ts'
import type { PlanInput } from './plan-input.ts'
import {
  conflictingNames,
  noTierAllowed,
  notAllowed,
  unknownModel,
  unknownOption,
  type Known,
} from './refusal.ts'

/** What a call goes to, and by which rule. */
export interface Decision {
  readonly choice: Choice
  readonly reason: Exclude<DecisionReason, 'budget'>
  /** A task that the call names, also where it is not what decided. */
  readonly task: string | undefined
}

/**
 * Decides what a call goes to.
 *
 * @throws LlmError `model_not_found`, `invalid_params`, `not_allowed`, `identify_failed`
 */
export function resolve(input: PlanInput, entitlement: Entitlement): Decision {
  const known = { config: input.config, entitlement }
  const named = explicitChoices(input, known)
  const choice = decisive(named)
  if (choice === undefined) return implicitDecision(input, known)
  if (!entitlement.mayUse(choice)) throw notAllowed(choice, known)
  const reason = choice.alias === undefined ? (`explicit-${choice.kind}` as const) : 'explicit-alias'
  return { choice, reason, task: named.find(({ kind }) => kind === 'task')?.name }
}

/** Everything that the call names, the model first. */
function explicitChoices(input: PlanInput, known: Known): readonly Choice[] {
  const { config, model, tier, task } = input
  const choices: Choice[] = []
  if (model !== undefined && model !== 'auto') {
    const choice = choiceNamed(config, model)
    if (choice === undefined) throw unknownModel(model, known)
    choices.push(choice)
  }
  if (tier !== undefined) {
    const choice = tierNamed(config, tier)
    if (choice === undefined) throw unknownOption('tier', tier, known)
    choices.push(choice)
  }
  if (task !== undefined) {
    const choice = taskNamed(config, task)
    if (choice === undefined) throw unknownOption('task', task, known)
    choices.push(choice)
  }
  return choices
}

/** The name that decides: a target before a tier before a task. */
function decisive(named: readonly Choice[]): Choice | undefined {
  const firsts = (['target', 'tier', 'task'] as const).map((kind) => {
    const [choice, other] = named.filter((each) => each.kind === kind)
    if (choice !== undefined && other !== undefined && choice.name !== other.name) {
      throw conflictingNames(kind, choice.name, other.name)
    }
    return choice
  })
  return firsts.find((choice) => choice !== undefined)
}

function implicitDecision({ config, caller }: PlanInput, known: Known): Decision {
  const own = callerDefaultTier(config, caller)
  const choice = tierNamed(config, own ?? config.defaultTier)
  if (choice !== undefined && known.entitlement.mayUse(choice)) {
    const reason = own === undefined ? 'config-default-tier' : 'caller-default-tier'
    return { choice, reason, task: undefined }
  }
  return { choice: firstAllowedTier(known), reason: 'entitlement', task: undefined }
}

function firstAllowedTier(known: Known): Choice {
  for (const name of known.config.tiers.keys()) {
    const choice = tierNamed(known.config, name)
    if (choice !== undefined && known.entitlement.mayUse(choice)) return choice
  }
  throw noTierAllowed(known)
}
