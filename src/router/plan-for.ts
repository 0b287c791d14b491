import type { Caller } from '../core/caller.ts'
import type { Plan } from '../core/plan.ts'
import type { Operation, Target } from '../core/target.ts'
import { planCall } from '../plan/plan.ts'
import { estimateInput } from '../pricing/estimate.ts'
import { expectedCostUsd } from '../pricing/expected-cost.ts'
import { workOf, type OpenCall } from './open-call.ts'

/**
 * Gathers what planning needs to know at this moment and plans. Spends nothing.
 *
 * @throws LlmError when the call is refused
 */
export function planFor<O extends Operation>(call: OpenCall<O>, caller: Caller): Plan {
  const { state, operation, params, options, requestedModel, isStreamed, budgets } = call
  if (params === undefined) throw new TypeError('a call is planned after its params are checked')
  call.inputEstimate = estimateInput(operation, params)
  const { tokens: inputTokens } = call.inputEstimate
  return planCall({
    config: state.config,
    operation,
    params,
    model: requestedModel,
    tier: options.tier,
    task: options.task,
    strategy: options.strategy,
    maxCostUsd: options.maxCostUsd,
    maxLatencyMs: options.maxLatencyMs,
    maxAttempts: options.maxAttempts,
    caller,
    inputTokens,
    unavailable: (target) => state.health.unavailable(target),
    unsupported: (target) => {
      const adapter = state.adapters.get(target.instance)
      return (
        adapter?.unsupported(operation, params) ?? (isStreamed ? adapter?.streamingUnsupported : undefined)
      )
    },
    tierCap: budgets && ((tier) => budgets.tierCap(tier)),
    unpricedFor: budgets && ((target) => budgets.unpricedFor(target)),
    expectedCostUsd: (target: Target) =>
      expectedCostUsd({ target, operation, params, inputTokens, atMs: call.startedAtMs }),
    expectedLatencyMs: (target) => state.latency.expectedMs(target, call.isStreamed),
    load: (target) => state.loads.loadOf(target, workOf(call)),
    random: state.config.random,
  })
}
