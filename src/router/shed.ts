/** Refuses calls that there is no room for, before anything is done for them. */
import { LlmError } from '../core/llm-error.ts'
import { isLow, overload } from '../resilience/shedding.ts'
import type { OpenCall } from './open-call.ts'
import type { RouterState } from './router-state.ts'

/** Long enough for a burst to pass, ms. */
const RETRY_AFTER_MS = 1_000

/** @throws LlmError `overloaded` */
export function refuseWhenOverloaded(state: RouterState, priority = 0): void {
  const { config, underWay, loopLag } = state
  const load = { inFlight: underWay.size, lagMs: loopLag.lagMs() }
  const why = overload(priority, load, config.shedding)
  if (why !== undefined) throw overloaded(state, why)
}

/** A call of low priority does not go on to a dearer target because too many wait for the first. */
export function refuseWhenTooManyWait({ state, options }: OpenCall, why: string, retryAfterMs: number): void {
  if (!isLow(options.priority ?? 0, state.config.shedding)) return
  throw overloaded(state, why, Math.max(retryAfterMs, RETRY_AFTER_MS))
}

function overloaded({ warnings }: RouterState, why: string, retryAfterMs = RETRY_AFTER_MS): LlmError {
  warnings.shed(why)
  const message = `The router has too much to do: ${why}. Ask again later, with a higher \`priority\`, or raise \`shedding\`.`
  return new LlmError({ code: 'overloaded', status: 503, message, retryAfterMs })
}
