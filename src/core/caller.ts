/** Who a call is for, as `identify` says. Every field is optional; an empty caller is anonymous and may use all tiers and aliases. */
export interface Caller {
  /** Who the calls are charged to, by a name of your own; shown in reports and log lines. */
  readonly user?: string | undefined
  /** The customer or organization that the user belongs to. */
  readonly tenant?: string | undefined
  /** The part of your app that asks, where the route does not say enough. */
  readonly feature?: string | undefined
  /**
   * What this caller may use: names of tiers, tasks and aliases, targets (`instance/model`), `instance/*`, or `*` for
   * everything. @default every tier, task and alias of the config, but no target by its raw name
   */
  readonly allow?: readonly string[] | undefined
  /** The best tier this caller may reach; tiers rank in the order of the config, the first is the best. */
  readonly maxTier?: string | undefined
  /** Used when nothing else decides; wins over the config's `defaultTier`. */
  readonly defaultTier?: string | undefined
}
