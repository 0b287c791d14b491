import type { Caller } from '../core/caller.ts'
import { LlmError } from '../core/llm-error.ts'
import { didYouMean } from '../core/spelling.ts'
import type { Target } from '../core/target.ts'
import type { Choice } from './choice.ts'
import type { PlanConfig } from './plan-input.ts'

/** What a caller may use: a constraint on the result of every decision, never a decision. */
export interface Entitlement {
  /** Whether the caller may ask for this; the targets of a tier come with the tier. */
  mayUse(choice: Choice): boolean
  /**
   * Whether a target that was reached past the tiers is within `maxTier`: it stands in a tier that the caller may
   * reach, or in none at all.
   */
  isWithinMaxTier(target: Target): boolean
}

/**
 * Reads a caller's `allow` and `maxTier`.
 *
 * @throws LlmError `identify_failed` when `maxTier` is not a tier: nobody can tell what such a caller may use
 */
export function entitlementOf({ tiers }: PlanConfig, caller: Caller): Entitlement {
  const { allow, maxTier } = caller
  const isNamed = (name: string): boolean =>
    allow === undefined || allow.includes('*') || allow.includes(name)
  const barred = maxTier === undefined ? undefined : tiersAbove(tiers, maxTier)
  const isWithinMaxTier = (target: Target): boolean =>
    barred === undefined || isListedBelow(tiers, barred, target)

  return {
    isWithinMaxTier,
    mayUse(choice) {
      const { kind, name, alias, tier, targets } = choice
      if (tier !== undefined && barred?.has(tier)) return false
      if (kind === 'target' && !targets.every(isWithinMaxTier)) return false
      // Another name for what a caller may use is no secret, and an alias may be all that a caller is allowed.
      if (alias !== undefined && isNamed(alias)) return true
      if (kind === 'target')
        return allow !== undefined && targets.every((target) => isAllowedRaw(allow, target))
      return isNamed(name) || (tier !== undefined && isNamed(tier))
    },
  }
}

/**
 * The caller's own default tier.
 *
 * @throws LlmError `identify_failed` when it is not a tier
 */
export function callerDefaultTier({ tiers }: PlanConfig, { defaultTier }: Caller): string | undefined {
  if (defaultTier !== undefined && !tiers.has(defaultTier))
    throw notATier('defaultTier', defaultTier, tiers.keys())
  return defaultTier
}

function tiersAbove(tiers: PlanConfig['tiers'], maxTier: string): ReadonlySet<string> {
  const names = [...tiers.keys()]
  const rank = names.indexOf(maxTier)
  if (rank === -1) throw notATier('maxTier', maxTier, names)
  return new Set(names.slice(0, rank))
}

function isListedBelow(tiers: PlanConfig['tiers'], barred: ReadonlySet<string>, target: Target): boolean {
  let isListed = false
  for (const [tier, targets] of tiers) {
    if (!targets.some(({ id }) => id === target.id)) continue
    if (!barred.has(tier)) return true
    isListed = true
  }
  return !isListed
}

function isAllowedRaw(allow: readonly string[], { id, instance }: Target): boolean {
  return allow.includes('*') || allow.includes(id) || allow.includes(`${instance}/*`)
}

/** The app's own mistake, so its text may name any tier. The call fails closed. */
function notATier(field: string, value: string, tiers: Iterable<string>): LlmError {
  return new LlmError({
    code: 'identify_failed',
    status: 500,
    message: `The caller's ${field} (of \`identify\` or \`authorize\`) is not a tier: "${value}".${didYouMean(value, tiers)}`,
    param: field,
  })
}
