/** A cheaper tier for the budgets' sake: below what was decided, never above, and never one that the caller may not use. */
import type { DecisionReason } from '../core/plan.ts'
import type { Skip, Target } from '../core/target.ts'
import { tierNamed, type Choice } from './choice.ts'
import type { Entitlement } from './entitlement.ts'
import { explain } from './explain.ts'
import type { PlanInput, TierCap } from './plan-input.ts'
import type { Decision } from './resolve.ts'

/** What a call goes to after all. */
export interface Affordable {
  readonly choice: Choice
  readonly reason: DecisionReason
  readonly why: string
  readonly skipped: readonly Skip[]
  /** Who would have been asked first, where that is not for this call any more. */
  readonly forgone: Target | undefined
}

export function degrade(decision: Decision, input: PlanInput, entitlement: Entitlement): Affordable {
  const { choice, reason } = decision
  const decided = { choice, reason, why: explain(decision), skipped: [], forgone: undefined }
  const capped = new Map(choice.targets.map((target) => [target, capOf(choice, target, input)] as const))
  const caps = [...capped.values()].filter((cap) => cap !== undefined)
  const [first] = caps
  if (first === undefined) return decided
  const rest = choice.targets.filter((target) => capped.get(target) === undefined)
  if (rest.length > 0) return { ...decided, ...without(choice, rest, capped) }
  const tiers = [...input.config.tiers.keys()]
  const lowest = caps.reduce(
    (low, cap) => (tiers.indexOf(cap.tier) > tiers.indexOf(low.tier) ? cap : low),
    first,
  )
  const cheaper = usableFrom(tiers.slice(tiers.indexOf(lowest.tier)), input, entitlement)
  // Nothing cheaper is open to this caller: what was decided may be had as long as there is money.
  if (cheaper === undefined) return decided
  const why = `${decided.why}; tier ${cheaper.name} instead, because ${lowest.why}`
  return { choice: cheaper, reason: 'budget', why, skipped: [], forgone: choice.targets[0] }
}

/** A target is as good as the least of the tiers that list it; in none, it has no rank. */
function capOf(choice: Choice, target: Target, { config, tierCap }: PlanInput): TierCap | undefined {
  if (tierCap === undefined) return undefined
  if (choice.tier !== undefined) return tierCap(choice.tier)
  const listed = [...config.tiers].filter(([, targets]) => targets.some(({ id }) => id === target.id))
  const least = listed.at(-1)?.[0]
  return least === undefined ? undefined : tierCap(least)
}

/** Of a list of targets, those remain that are cheap enough. */
function without(
  choice: Choice,
  rest: readonly Target[],
  capped: ReadonlyMap<Target, TierCap | undefined>,
): Pick<Affordable, 'choice' | 'skipped' | 'forgone'> {
  const skipped = [...capped].flatMap(([{ id }, cap]) =>
    cap === undefined
      ? []
      : [{ target: id, why: 'budget', detail: `stands above tier ${cap.tier}, and ${cap.why}` } as const],
  )
  const [first] = choice.targets
  const isForgone = first !== undefined && capped.get(first) !== undefined
  return { choice: { ...choice, targets: rest }, skipped, forgone: isForgone ? first : undefined }
}

function usableFrom(
  tiers: readonly string[],
  { config }: PlanInput,
  entitlement: Entitlement,
): Choice | undefined {
  for (const name of tiers) {
    const choice = tierNamed(config, name)
    if (choice !== undefined && entitlement.mayUse(choice)) return choice
  }
  return undefined
}
