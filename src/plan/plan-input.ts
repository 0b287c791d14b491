import type { Caller } from '../core/caller.ts'
import type { Random } from '../core/clock.ts'
import type { StrategyName } from '../core/strategy.ts'
import type { Operation, Target } from '../core/target.ts'
import type { TargetLoad } from '../core/target-load.ts'
import type { Unavailable } from '../core/target-health.ts'

/** The part of a router's config that planning reads. */
export interface PlanConfig {
  /** Best first. */
  readonly tiers: ReadonlyMap<string, readonly Target[]>
  readonly defaultTier: string
  /** A task leads to a tier, or to targets of its own. */
  readonly tasks: ReadonlyMap<
    string,
    { readonly tier: string | undefined; readonly targets: readonly Target[] }
  >
  /** What each alias stands for: a tier, a task or a target; never another alias. */
  readonly aliases: ReadonlyMap<string, string>
  /** By id. */
  readonly targets: ReadonlyMap<string, Target>
  /** What holds where nothing else is said. */
  readonly strategy: StrategyName
  /** What is said of single tiers and tasks, by name: no name means two things. */
  readonly strategies: ReadonlyMap<string, StrategyName>
  readonly fastest: { readonly exploreShare: number }
  readonly retry: { readonly maxAttempts: number | undefined; readonly retriesPerTarget: number }
}

/** A better tier than this is not for this call. */
export interface TierCap {
  readonly tier: string
  /** In words that follow "because". */
  readonly why: string
}

/** Everything that planning needs to know, gathered before: it asks nobody and looks at no clock. */
export interface PlanInput {
  readonly config: PlanConfig
  readonly operation: Operation
  readonly params: unknown
  /** As the call names it: absent or `auto`, a tier, a task, an alias or a target. */
  readonly model?: string | undefined
  readonly tier?: string | undefined
  readonly task?: string | undefined
  readonly strategy?: StrategyName | undefined
  /** USD */
  readonly maxCostUsd?: number | undefined
  readonly maxLatencyMs?: number | undefined
  readonly maxAttempts?: number | undefined
  readonly caller: Caller
  /** Estimate from the length of the params. */
  readonly inputTokens: number
  /** Why a target is left alone at the moment. */
  unavailable(target: Target): Unavailable | undefined
  /** Why a target's provider cannot take these params. */
  unsupported(target: Target): string | undefined
  /** The best tier that the call may have in place of this one, for its budgets' sake. Absent where none applies. */
  readonly tierCap?: ((tier: string) => TierCap | undefined) | undefined
  /** Why a target is left out for its unknown price. Absent where no budget applies. */
  readonly unpricedFor?: ((target: Target) => string | undefined) | undefined
  /** USD; undefined where no price is known. Asked only when the call sets `maxCostUsd`. */
  expectedCostUsd(target: Target): number | undefined
  /** Undefined where nothing has been measured. Asked only when the call sets `maxLatencyMs`. */
  expectedLatencyMs(target: Target): number | undefined
  /** How busy and how fast a target is. Asked only by strategies that go by it. */
  readonly load: (target: Target) => TargetLoad
  /** Asked only by strategies that draw lots. */
  readonly random: Random
}
