import type { Target } from './target.ts'
import type { CircuitState } from './target-health.ts'

/** How a router stands at this moment, for metrics that are read and not counted. */
export interface GaugeSource {
  /** Targets that have been asked. */
  circuits(): readonly { readonly target: Target; readonly state: CircuitState }[]
  /** Calls that wait for room, by the scope of the limit. */
  queues(): readonly { readonly scope: string; readonly queued: number }[]
  /** Calls under way, streams included. */
  inFlight(): number
  /** Is what processes share there? Undefined where nothing is shared. */
  isStoreUp(): boolean | undefined
  /** How full the fullest counter of each budget is. */
  budgets(): readonly { readonly budget: string; readonly share: number }[]
  /** Rows of the ledger that wait to be written; undefined where there is none. */
  ledgerQueued(): number | undefined
  /** Retries that all calls together may still make, of targets where some have been made. */
  retryQuotas(): readonly { readonly target: Target; readonly left: number }[]
}
