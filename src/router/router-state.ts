import type { Budgets } from '../budgets/budgets.ts'
import type { RouterConfig } from '../config/router-config.ts'
import type { Adapter } from '../core/adapter.ts'
import type { GaugeSource } from '../core/gauges.ts'
import type { TargetHealth } from '../core/target-health.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Limits } from '../resilience/limits.ts'
import type { StoreLink } from '../resilience/store-link.ts'
import type { HedgeBudget } from '../resilience/hedge-budget.ts'
import type { LatencyBook } from '../resilience/latency.ts'
import type { LoopLag } from '../resilience/loop-lag.ts'
import type { RetryQuota } from '../resilience/retry-quota.ts'
import type { WaitTimes } from '../resilience/wait-times.ts'
import type { TargetLoads } from '../resilience/target-loads.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import type { LoudWarnings } from './loud-warnings.ts'
import type { Totals } from './totals.ts'
import type { CallsUnderWay } from './under-way.ts'

/** What the calls of one router share. */
export interface RouterState {
  readonly config: RouterConfig
  /** By instance name. */
  readonly adapters: ReadonlyMap<string, Adapter>
  readonly telemetry: Telemetry
  readonly health: TargetHealth
  readonly limits: Limits
  readonly budgets: Budgets
  readonly quota: RetryQuota
  /** Set where several processes share what they know. */
  readonly store: StoreLink | undefined
  readonly ledger: Ledger
  /** Held here, because telemetry does not keep it alive. */
  readonly gauges: GaugeSource
  readonly latency: LatencyBook
  readonly loopLag: LoopLag
  readonly waits: WaitTimes
  readonly hedges: HedgeBudget
  readonly loads: TargetLoads
  readonly warnings: LoudWarnings
  readonly totals: Totals
  readonly underWay: CallsUnderWay
  /** Closed, or closing: new calls are refused. */
  isClosed: boolean
}
