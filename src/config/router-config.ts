import type { BudgetEvent, BudgetPolicy } from '../core/budget.ts'
import type { Logger } from '../core/logger.ts'
import type { Identify } from '../core/identify.ts'
import type { Clock, Random } from '../core/clock.ts'
import type { StrategyName } from '../core/strategy.ts'
import type { Target } from '../core/target.ts'
import type { AiSdkTarget } from '../providers/ai-sdk.ts'
import type { ProviderConfig, TransportConfig } from '../providers/provider-config.ts'
import type { LedgerStore } from '../core/ledger-store.ts'
import type { PricedModel } from '../pricing/price-book.ts'
import type { SharedOperations } from '../core/shared-state.ts'
import type { HealthChange } from '../core/target-health.ts'
import type { ResponseHeaderOptions, StreamOptions, TelemetryOptions, TimeoutOptions } from './options.ts'
import type { FastestOptions, ProbeOptions } from './choice-options.ts'
import type { LedgerOptions } from './ledger-options.ts'
import type { HealthOptions, HedgeOptions, RetryOptions, SheddingOptions } from './resilience-options.ts'

/** The options, complete and checked: what every room reads. */
export interface RouterConfig {
  /** Tier name → targets, in the config's order (best first). Targets without a key are already left out. */
  readonly tiers: ReadonlyMap<string, readonly Target[]>
  readonly defaultTier: string
  readonly tasks: ReadonlyMap<string, TaskConfig>
  /** Alias → what it stands for (a tier, task or target; never another alias). */
  readonly aliases: ReadonlyMap<string, string>
  /** Every usable target by id. */
  readonly targets: ReadonlyMap<string, Target>
  /** Instances that at least one target uses, by name. */
  readonly providers: ReadonlyMap<string, ProviderConfig | AiSdkTarget>
  /** What holds where nothing else is said. */
  readonly strategy: StrategyName
  /** What is said of single tiers and tasks, by name: no name means two things. */
  readonly strategies: ReadonlyMap<string, StrategyName>
  readonly fastest: Required<FastestOptions>
  /** Undefined where there are none. */
  readonly probes: Required<ProbeOptions> | undefined
  readonly retry: Required<Omit<RetryOptions, 'maxAttempts'>> & { readonly maxAttempts: number | undefined }
  readonly timeouts: Required<Omit<TimeoutOptions, 'firstTokenMs' | 'reasoningFirstTokenMs'>> & {
    readonly firstTokenMs: number | undefined
    readonly reasoningFirstTokenMs: number | undefined
  }
  readonly streams: Required<StreamOptions>
  readonly health: Required<HealthOptions>
  readonly hedge: Required<Pick<HedgeOptions, 'enabled' | 'minAfterMs' | 'maxShare'>> & {
    readonly [K in 'tiers' | 'tasks' | 'routes' | 'afterMs']: HedgeOptions[K] | undefined
  }
  readonly onHealthChange: ((change: HealthChange) => void) | undefined
  readonly sharedState: SharedOperations | undefined
  readonly ledger: Required<Omit<LedgerOptions, 'store'>> & {
    /** Undefined: in memory; false: nowhere. */
    readonly store: LedgerStore | false | undefined
  }
  readonly timeZone: string
  readonly manyCalls: number | false
  /** What answers are priced at as well. */
  readonly baseline: { readonly name: string; readonly model: PricedModel } | undefined
  /** What the price of any model can be told of, by `instance/model`; in words why it cannot be told. */
  readonly pricedModel: (name: string) => PricedModel | string
  /** In the config's order. */
  readonly budgets: readonly BudgetPolicy[]
  /** Ceiling of one HTTP request; undefined where there is none. */
  readonly maxRequestNanoUsd: number | undefined
  readonly onBudget: ((event: BudgetEvent) => void) | undefined
  readonly shedding: Required<SheddingOptions>
  readonly transport: TransportConfig
  readonly telemetry: Required<TelemetryOptions>
  readonly responseHeaders: Required<ResponseHeaderOptions>
  readonly identify: Identify | undefined
  readonly logger: Logger
  readonly clock: Clock
  readonly random: Random
}

/** A task leads to a tier, or to targets of its own. */
export type TaskConfig =
  | { readonly tier: string; readonly targets: readonly Target[] }
  | { readonly tier: undefined; readonly targets: readonly Target[] }
