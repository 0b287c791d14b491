import type { Attributes } from '@opentelemetry/api'
import type { CircuitState, HealthChange } from '../core/target-health.ts'
import type { Target } from '../core/target.ts'
import { OURS, STANDARD } from './semconv.ts'

export const STATES: readonly CircuitState[] = ['closed', 'open', 'half-open', 'recovering']

/** Labels of `express_llm.circuit.transitions`. */
export function transitionLabels(target: Target, { from, to }: HealthChange): Attributes {
  return { ...circuitLabels(target), [OURS.circuitFrom]: from, [OURS.circuitTo]: to }
}

/** With the target's id, because instances of one preset have provider and model in common, and each its own breaker. */
export function circuitLabels(target: Target): Attributes {
  return {
    [STANDARD.providerName]: target.provider,
    [STANDARD.requestModel]: target.model,
    [OURS.circuitTarget]: target.id,
  }
}
