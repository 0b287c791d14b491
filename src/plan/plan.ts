import type { Plan } from '../core/plan.ts'
import type { Target } from '../core/target.ts'
import { constrain, type Waiting } from './constraints.ts'
import { degrade } from './degrade.ts'
import { entitlementOf } from './entitlement.ts'
import type { PlanInput } from './plan-input.ts'
import { resolve } from './resolve.ts'
import { STRATEGIES, strategyFor } from './strategies.ts'

/**
 * Plans a call: what it goes to, in which order, and why not elsewhere. Same input, same plan. A plan without steps
 * means that every target was skipped; each skip has its reason.
 *
 * @throws LlmError `model_not_found`, `invalid_params`, `not_allowed` or `identify_failed` when the call is refused
 */
export function planCall(input: PlanInput): Plan {
  const { config, caller, model, inputTokens } = input
  const entitlement = entitlementOf(config, caller)
  const decision = resolve(input, entitlement)
  const affordable = degrade(decision, input, entitlement)
  const { choice, reason, forgone } = affordable
  const constrained = { ...input, entitlement, decision: { ...decision, choice } }
  const { passed, skipped, waiting } = constrain(choice.targets, constrained)
  const lastResort = passed.length === 0 ? soonest(waiting) : undefined
  const strategy = strategyFor(input, choice)
  const { steps, why } = STRATEGIES[strategy](lastResort === undefined ? passed : [lastResort], input)
  return {
    requestedModel: model,
    tier: choice.tier,
    task: decision.task,
    reason,
    why: why === undefined ? affordable.why : `${affordable.why}; ${why}`,
    strategy,
    steps,
    preferred:
      forgone ??
      (waiting.length === 0 || strategy !== 'in-order' ? steps[0] : firstOf(choice.targets, passed, waiting)),
    skipped: [...affordable.skipped, ...skipped.filter(({ target }) => target !== lastResort?.id)],
    isLastResort: lastResort !== undefined,
    maxAttempts: maxAttemptsOf(input, steps.length),
    inputTokensEstimate: inputTokens,
  }
}

/** Who comes first, left alone or not. */
function firstOf(
  targets: readonly Target[],
  passed: readonly Target[],
  waiting: readonly Waiting[],
): Target | undefined {
  return targets.find((each) => passed.includes(each) || waiting.some(({ target }) => target === each))
}

/** Everybody is left alone: the target that would be back first is asked all the same. */
function soonest(waiting: readonly Waiting[]): Target | undefined {
  return waiting.toSorted((one, other) => one.availableInMs - other.availableInMs)[0]?.target
}

function maxAttemptsOf({ config: { retry }, maxAttempts }: PlanInput, stepCount: number): number {
  return maxAttempts ?? retry.maxAttempts ?? stepCount * (1 + retry.retriesPerTarget)
}
