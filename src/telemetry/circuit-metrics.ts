import type { Attributes, ObservableGauge, ObservableResult } from '@opentelemetry/api'
import type { CircuitState, HealthChange, TargetHealth } from '../core/target-health.ts'
import type { Target } from '../core/target.ts'
import { OURS, STANDARD } from './semconv.ts'

/** Where the states of a router's targets are read from. */
export interface CircuitSource {
  readonly health: TargetHealth
  /** By id. */
  readonly targets: ReadonlyMap<string, Target>
  /** Is what processes share there? Undefined where nothing is shared. */
  readonly isStoreUp?: (() => boolean) | undefined
}

const STATES: readonly CircuitState[] = ['closed', 'open', 'half-open', 'recovering']

/**
 * Shows the states of all targets that have been asked whenever the SDK collects. An app may drop a router without
 * closing it: the SDK, which lives as long as the process, does not keep it alive through this.
 *
 * @returns how to stop it
 */
export function observeCircuits(gauge: ObservableGauge, { health, targets }: CircuitSource): () => void {
  const source = new WeakRef(health)
  const stop = (): void => gauge.removeCallback(observe)
  const observe = (result: ObservableResult): void => {
    const reports = source.deref()?.report()
    // Later, because the SDK is going through its callbacks at this moment. Should it refuse, this one stays, and is idle.
    if (reports === undefined)
      void Promise.resolve()
        .then(stop)
        .catch(() => undefined)
    for (const { target: id, state } of reports ?? []) {
      const target = targets.get(id)
      if (target !== undefined) observeState(result, target, state)
    }
  }
  gauge.addCallback(observe)
  return stop
}

/** @returns how to stop it */
export function observeStore(gauge: ObservableGauge, isStoreUp: () => boolean): () => void {
  const observe = (result: ObservableResult): void => result.observe(isStoreUp() ? 1 : 0)
  gauge.addCallback(observe)
  return () => gauge.removeCallback(observe)
}

/** Zeros for the states that it is not in: many SDKs go on showing what they were told once. */
function observeState(result: ObservableResult, target: Target, current: CircuitState): void {
  const labels = circuitLabels(target)
  for (const state of STATES) {
    result.observe(state === current ? 1 : 0, { ...labels, [OURS.circuitState]: state })
  }
}

/** Labels of `express_llm.circuit.transitions`. */
export function transitionLabels(target: Target, { from, to }: HealthChange): Attributes {
  return { ...circuitLabels(target), [OURS.circuitFrom]: from, [OURS.circuitTo]: to }
}

/** With the target's id, because instances of one preset have provider and model in common, and each its own breaker. */
function circuitLabels(target: Target): Attributes {
  return {
    [STANDARD.providerName]: target.provider,
    [STANDARD.requestModel]: target.model,
    [OURS.circuitTarget]: target.id,
  }
}
