import type { GaugeSource } from '../core/gauges.ts'
import type { Target } from '../core/target.ts'
import type { RouterState } from './router-state.ts'

type Sources = Pick<RouterState, 'health' | 'limits' | 'quota' | 'underWay' | 'store' | 'ledger'> & {
  readonly budgets: Pick<RouterState['budgets'], 'utilization'>
}

/** How a router stands, read when somebody looks. */
export function createGaugeSource(sources: Sources, targets: ReadonlyMap<string, Target>): GaugeSource {
  const { health, limits, quota, underWay, store, ledger, budgets } = sources
  const known = <T>(id: string, parts: T): readonly (T & { readonly target: Target })[] => {
    const target = targets.get(id)
    return target === undefined ? [] : [{ ...parts, target }]
  }
  return {
    circuits: () => health.report().flatMap(({ target, state }) => known(target, { state })),
    queues: () => limits.report(),
    inFlight: () => underWay.size,
    isStoreUp: () => store?.isUp,
    budgets: () => budgets.utilization(),
    ledgerQueued: () => (ledger.isOn ? ledger.health().queued : undefined),
    retryQuotas: () => [...quota.report()].flatMap(([id, left]) => known(id, { left })),
  }
}
