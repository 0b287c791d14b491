import type { Plan } from '../core/plan.ts'
import type { Operation, Target } from '../core/target.ts'
import { expectedCostUsd } from '../pricing/expected-cost.ts'
import { prepare } from './ready.ts'
import { openCall, type CallInput, type OpenCall } from './open-call.ts'
import type { RouterState } from './router-state.ts'

/**
 * Plans a call and stops there: nothing is sent, counted or traced.
 *
 * @throws LlmError when the call would be refused
 */
export async function planOnly<O extends Operation>(
  state: RouterState,
  input: CallInput<O>,
): Promise<{ plan: Plan; call: OpenCall<O> }> {
  const call = openCall(state, input)
  try {
    return { plan: await prepare(call, input), call }
  } finally {
    call.ending?.release()
  }
}

/** What a call is expected to cost at one target, USD; undefined when no price is known. */
export function expectedCostOf<O extends Operation>(
  call: OpenCall<O>,
  plan: Plan,
  target: Target,
): number | undefined {
  const { operation, params, startedAtMs } = call
  if (params === undefined) return undefined
  return expectedCostUsd({
    target,
    operation,
    params,
    inputTokens: plan.inputTokensEstimate,
    atMs: startedAtMs,
  })
}
