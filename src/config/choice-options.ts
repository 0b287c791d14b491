/** Which targets there are to choose from, and in which order. */
import type { StrategyName } from '../core/strategy.ts'

/** A tier with options of its own; `tiers` may also hold just its list. */
export interface TierOptions {
  /** Ordered list of targets, `instance/model`. */
  readonly targets: readonly string[]
  /** In which order they are tried. @default the router's `strategy` */
  readonly strategy?: StrategyName
}

/** A task with options of its own; `tasks` may also hold just its tier or its list. One of `tier` and `targets` is required. */
export interface TaskOptions {
  /** A tier's name. */
  readonly tier?: string
  /** Ordered list of targets, `instance/model`. */
  readonly targets?: readonly string[]
  /** In which order they are tried. @default the tier's `strategy`, or the router's */
  readonly strategy?: StrategyName
}

/** See `docs/strategies.md`. */
export interface FastestOptions {
  /** Share of the calls that goes to the target that was asked longest ago, 0 to 1, so that one that has become fast is found. @default 0.02 */
  readonly exploreShare?: number
}

/** Active probes; see `docs/strategies.md`. */
export interface ProbeOptions {
  /** A target that nobody has asked for this long is asked for one token, ms. @default 30000 */
  readonly intervalMs?: number
}
