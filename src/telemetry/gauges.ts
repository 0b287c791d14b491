import type { ObservableGauge, ObservableResult } from '@opentelemetry/api'
import type { GaugeSource } from '../core/gauges.ts'
import { circuitLabels, STATES } from './circuit-metrics.ts'
import type { GaugeInstruments } from './instruments.ts'
import { OURS } from './semconv.ts'

/**
 * Shows how a router stands whenever the SDK collects. An app may drop a router without closing it: the SDK, which lives
 * as long as the process, does not keep it alive through this.
 *
 * @returns how to stop it
 */
export function observeGauges(instruments: GaugeInstruments, source: GaugeSource): () => void {
  const weak = new WeakRef(source)
  const stops = [
    watch(instruments.circuitState, weak, observeCircuits),
    watch(instruments.queueDepth, weak, (router, result) => {
      for (const { scope, queued } of router.queues()) result.observe(queued, { [OURS.limitScope]: scope })
    }),
    watch(instruments.inFlight, weak, (router, result) => result.observe(router.inFlight())),
    watch(instruments.sharedStateUp, weak, (router, result) => {
      const isUp = router.isStoreUp()
      if (isUp !== undefined) result.observe(isUp ? 1 : 0)
    }),
    watch(instruments.budgetUtilization, weak, (router, result) => {
      for (const { budget, share } of router.budgets()) result.observe(share, { [OURS.budgetName]: budget })
    }),
    watch(instruments.ledgerQueueDepth, weak, (router, result) => {
      const queued = router.ledgerQueued()
      if (queued !== undefined) result.observe(queued)
    }),
    watch(instruments.retryQuota, weak, (router, result) => {
      for (const { target, left } of router.retryQuotas()) result.observe(left, circuitLabels(target))
    }),
  ]
  return () => {
    for (const stop of stops) stop()
  }
}

type Show = (router: GaugeSource, result: ObservableResult) => void

function watch(gauge: ObservableGauge, source: WeakRef<GaugeSource>, show: Show): () => void {
  const stop = (): void => gauge.removeCallback(observe)
  const observe = (result: ObservableResult): void => {
    const router = source.deref()
    if (router !== undefined) return show(router, result)
    // Later, because the SDK is going through its callbacks at this moment. Should it refuse, this one stays, and is idle.
    void Promise.resolve()
      .then(stop)
      .catch(() => undefined)
  }
  gauge.addCallback(observe)
  return stop
}

/** Zeros for the states that it is not in: many SDKs go on showing what they were told once. */
function observeCircuits(router: GaugeSource, result: ObservableResult): void {
  for (const { target, state: current } of router.circuits()) {
    const labels = circuitLabels(target)
    for (const state of STATES)
      result.observe(state === current ? 1 : 0, { ...labels, [OURS.circuitState]: state })
  }
}
