import type { RouterConfig } from '../config/router-config.ts'
import type { Adapter } from '../core/adapter.ts'
import { createBudgets, type Budgets } from '../budgets/budgets.ts'
import { spentBefore } from '../budgets/spent-before.ts'
import { createLedger, type Ledger } from '../ledger/ledger.ts'
import { createLedgerOff } from '../ledger/ledger-off.ts'
import { hoursKeptFromMs } from '../ledger/ledger-policy.ts'
import { createAdapter } from '../providers/registry.ts'
import type { Transport } from '../providers/transport.ts'
import { alwaysAvailable } from '../resilience/always-available.ts'
import { createHealth, type Health } from '../resilience/health.ts'
import { Leases } from '../resilience/leases.ts'
import { createLimits } from '../resilience/limits.ts'
import { HedgeBudget } from '../resilience/hedge-budget.ts'
import { createLatencyBook } from '../resilience/latency.ts'
import { createTargetLoads } from '../resilience/target-loads.ts'
import { createLoopLag } from '../resilience/loop-lag.ts'
import { createRetryQuota } from '../resilience/retry-quota.ts'
import { StoreLink } from '../resilience/store-link.ts'
import { createWaitTimes } from '../resilience/wait-times.ts'
import { createGaugeSource } from '../router/gauges.ts'
import { createLoudWarnings } from '../router/loud-warnings.ts'
import type { RouterState } from '../router/router-state.ts'
import { createTotals } from '../router/totals.ts'
import { createCallsUnderWay } from '../router/under-way.ts'
import { createMemoryBudgets } from '../shared/memory-budgets.ts'
import { memoryLedger } from '../stores/memory-ledger.ts'
import { createBudgetListener } from '../telemetry/budget-listener.ts'
import { createHealthListener } from '../telemetry/health-listener.ts'
import { createLedgerListener } from '../telemetry/ledger-listener.ts'
import { createStoreListener } from '../telemetry/store-listener.ts'
import { createTelemetry, type Telemetry } from '../telemetry/telemetry.ts'
import { VERSION } from './version.ts'

/** What the calls of a new router share. */
export function createState(config: RouterConfig, transport: Transport): RouterState {
  const { logger, clock } = config
  const adapters = new Map<string, Adapter>()
  for (const [instance, provider] of config.providers)
    adapters.set(instance, createAdapter(provider, transport))
  const telemetry = createTelemetry(config.telemetry, VERSION, (message) => logger.warn(message))
  const { health, store } = createResilience(config, telemetry)
  const underWay = createCallsUnderWay()
  const limits = createLimits({
    clock,
    policiesOf: (target) => target.limits,
    ...(store && { minuteMs: store.state.minuteMs, leases: new Leases({ link: store, clock }) }),
  })
  const quota = createRetryQuota(config.retry)
  const ledger = createRouterLedger(config, telemetry)
  const budgets = createRouterBudgets(config, telemetry, ledger)
  const sources = { health, limits, quota, underWay, store, ledger, budgets }
  const gauges = createGaugeSource(sources, config.targets)
  telemetry.watch(gauges)
  return {
    config,
    adapters,
    telemetry,
    health,
    store,
    limits,
    quota,
    ledger,
    budgets,
    gauges,
    latency: createLatencyBook(),
    waits: createWaitTimes(),
    hedges: new HedgeBudget(config.hedge.maxShare),
    loads: createTargetLoads(clock),
    loopLag: createLoopLag(() => underWay.size === 0),
    warnings: createLoudWarnings(logger, clock),
    totals: createTotals(),
    underWay,
    isClosed: false,
  }
}

function createRouterLedger(config: RouterConfig, telemetry: Telemetry): Ledger {
  const { logger, clock, timeZone, baseline } = config
  const { store = memoryLedger(), ...policy } = config.ledger
  if (store === false) return createLedgerOff(timeZone)
  const listener = createLedgerListener({ telemetry, logger, clock })
  return createLedger({ store, timeZone, baseline, policy, clock, listener })
}

/** Counted where processes share what they know, else in the ledger's database, else in memory. */
function createRouterBudgets(config: RouterConfig, telemetry: Telemetry, ledger: Ledger): Budgets {
  const { budgets: policies, clock, sharedState, tiers } = config
  return createBudgets({
    policies,
    tiers: [...tiers.keys()],
    store: sharedState?.budgets ?? ledger.store.budgets ?? createMemoryBudgets(clock),
    spentBefore: spentBefore(ledger, () => hoursKeptFromMs(config.ledger, clock.now())),
    clock,
    listener: createBudgetListener(telemetry, config),
  })
}

/** What is remembered of targets, and the link to what other processes have found out. */
function createResilience(config: RouterConfig, telemetry: Telemetry): Pick<RouterState, 'health' | 'store'> {
  const { clock, sharedState } = config
  const onChange = createHealthListener(telemetry, config)
  let heard: Health | undefined
  const store =
    sharedState &&
    new StoreLink({
      state: sharedState,
      ...createStoreListener(telemetry, config.logger),
      hear(news) {
        const target = config.targets.get(news.target)
        if (target !== undefined) heard?.hear(target, news)
      },
    })
  if (!config.health.enabled) return { health: alwaysAvailable, store }
  const parts = { policy: config.health, clock, onChange }
  heard = createHealth(store === undefined ? parts : { ...parts, sharing: store })
  return { health: heard, store }
}
