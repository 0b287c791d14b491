/** Everything before the first attempt: the checks, who is asking, the plan, the call's span. */
import { CallAborted, CLOSED_RETRY_AFTER_MS, untilAborted } from '../core/abort.ts'
import type { OperationTypes } from '../core/adapter.ts'
import type { Caller } from '../core/caller.ts'
import { fieldOf } from '../core/json-shape.ts'
import { invalidParams, LlmError } from '../core/llm-error.ts'
import type { Plan } from '../core/plan.ts'
import type { Operation } from '../core/target.ts'
import { noCandidate } from './call-error.ts'
import { checkCallOptions } from './call-options.ts'
import { checkParams } from './check-params.ts'
import { startTelemetry } from './finish.ts'
import { checkTransaction } from './in-transaction.ts'
import { joinEndings, type CallEnding, type CallInput, type OpenCall } from './open-call.ts'
import { planFor } from './plan-for.ts'
import { refuseWhenOverloaded } from './shed.ts'

/**
 * Readies a call for its attempts.
 *
 * @returns a plan with at least one step
 * @throws LlmError when the call is refused
 */
export async function ready<O extends Operation>(call: OpenCall<O>, input: CallInput<O>): Promise<Plan> {
  if (call.state.isClosed) throw routerClosed()
  refuseWhenOverloaded(call.state, priorityOf(input.options))
  const plan = await prepare(call, input, setOut)
  startTelemetry(call)
  for (const skip of plan.skipped) call.telemetry?.skipped(skip)
  if (plan.steps.length === 0) throw noCandidate(plan)
  return plan
}

/** Not checked yet: what is no number is refused in a moment, for that. */
function priorityOf(options: unknown): number | undefined {
  const priority = fieldOf(options, 'priority')
  return typeof priority === 'number' ? priority : undefined
}

/**
 * The checks, who is asking, the plan. Nothing is sent, counted or traced.
 *
 * @param planned told in the same turn in which the plan is made
 * @throws LlmError when the call is refused
 */
export async function prepare<O extends Operation>(
  call: OpenCall<O>,
  input: CallInput<O>,
  planned?: (call: OpenCall, plan: Plan) => void,
): Promise<Plan> {
  checkCallOptions(input.options)
  call.options = input.options
  if (call.operation !== 'chat' && call.options.accept !== undefined) {
    throw invalidParams('Call option "accept" checks chat answers only.', 'accept')
  }
  checkParams(call.operation, input.params)
  checkStreamOptions(call)
  checkTransaction(call)
  input.validate?.()
  takeParams(call, input.params)
  const ending = endingOf(call)
  ending.signal.throwIfAborted()
  const caller = call.binding.caller()
  call.caller = withOptions(
    caller instanceof Promise ? await untilAborted(caller, ending.signal) : caller,
    call,
  )
  // The timer may be late where the app has kept the event loop busy; nothing is sent after the deadline all the same.
  if (ending.remainingMs() <= 0) throw new CallAborted('deadline')
  call.route = call.binding.route()
  const standings = openBudgets(call, { caller: call.caller, ending })
  if (standings instanceof Promise) await standings
  call.plan = planFor(call, call.caller)
  planned?.(call, call.plan)
  return call.plan
}

/** What budgets allow the call; how they stand matters where they send it to a cheaper tier. */
function openBudgets(
  call: OpenCall,
  { caller, ending }: { readonly caller: Caller; readonly ending: CallEnding },
): void | Promise<void> {
  const { state, binding, route } = call
  const { isOverhead, purse } = binding
  call.budgets = state.budgets.of({ caller, route, isOverhead, purse })
  const known = call.budgets?.ready()
  return known instanceof Promise ? untilAborted(known, ending.signal) : known
}

/** Where the load of targets decides, the next call is to see this one. */
function setOut(call: OpenCall, { strategy, steps: [first] }: Plan): void {
  if (strategy === 'fastest' && first !== undefined) call.intent = call.state.loads.intend(first)
}

/** From the first check on, everything that the call waits for ends with it; `release` belongs to who runs the call. */
export function endingOf(call: OpenCall): CallEnding {
  call.ending ??= joinEndings(call)
  return call.ending
}

/** `model` steers the router; what is left is for the provider. */
function takeParams<O extends Operation>(call: OpenCall<O>, params: Record<string, unknown>): void {
  const { model, stream: _stream, ...rest } = params
  call.isUsageAsked = isUsageAsked(rest)
  call.requestedModel = typeof model === 'string' ? model : undefined
  call.params = rest as OperationTypes[O]['params']
}

/** Did the caller ask for usage? Else what we ask for in its place stays hidden. */
function isUsageAsked({ stream_options: options }: Record<string, unknown>): boolean {
  return typeof options === 'object' && options !== null && Reflect.get(options, 'include_usage') === true
}

/** What has reached the caller can be refused no more. */
function checkStreamOptions(call: OpenCall): void {
  call.afterCut = call.options.afterCut ?? call.state.config.streams.afterCut
  if (!call.isStreamed || call.options.accept === undefined || call.afterCut === 'buffer') return
  throw invalidParams(
    `Call option "accept" needs the whole answer before the caller gets any of it: use afterCut: 'buffer', or do not stream.`,
    'accept',
  )
}

/** What the app's code says of this call wins over what `identify` says of the request. */
function withOptions(caller: Caller, call: OpenCall): Caller {
  const { user, tenant, feature } = call.options
  if (user === undefined && tenant === undefined && feature === undefined) return caller
  return {
    ...caller,
    ...(user === undefined ? {} : { user }),
    ...(tenant === undefined ? {} : { tenant }),
    ...(feature === undefined ? {} : { feature }),
  }
}

function routerClosed(): LlmError {
  return new LlmError({
    code: 'router_closed',
    status: 503,
    message: 'The router has been closed and takes no more calls.',
    retryAfterMs: CLOSED_RETRY_AFTER_MS,
  })
}
