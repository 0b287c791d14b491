import type { Attributes } from '@opentelemetry/api'
import type { Operation, Target } from '../core/target.ts'
import { STANDARD } from './semconv.ts'

/** What every attempt at one target has in common; made once, because it is asked for many times per call. */
export interface TargetLabels {
  readonly spanName: string
  /** Known before the attempt is sent, so that samplers see it. */
  readonly atStart: Attributes
  /** Operation, provider and model: labels of the token counters and histograms. */
  readonly model: Attributes
  readonly usage: Attributes
  readonly inputType: Attributes
  readonly outputType: Attributes
}

const labelsByTarget = new WeakMap<Target, Partial<Record<Operation, TargetLabels>>>()

export function labelsOf(target: Target, operation: Operation): TargetLabels {
  let labels = labelsByTarget.get(target)
  if (labels === undefined) {
    labels = {}
    labelsByTarget.set(target, labels)
  }
  return (labels[operation] ??= makeLabels(target, operation))
}

function makeLabels(target: Target, operation: Operation): TargetLabels {
  const model = {
    [STANDARD.operationName]: operation,
    [STANDARD.providerName]: target.provider,
    [STANDARD.requestModel]: target.model,
  }
  const server = target.server && {
    [STANDARD.serverAddress]: target.server.address,
    [STANDARD.serverPort]: target.server.port,
  }
  return {
    spanName: `${operation} ${target.model}`,
    atStart: Object.freeze({ ...model, ...server }),
    model: Object.freeze(model),
    // No provider tells tokens by modality in what we read of its answers.
    usage: Object.freeze({ ...model, [STANDARD.tokenModality]: 'unknown' }),
    inputType: Object.freeze({ ...model, [STANDARD.tokenType]: 'input' }),
    outputType: Object.freeze({ ...model, [STANDARD.tokenType]: 'output' }),
  }
}
