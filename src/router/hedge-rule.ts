/** Whether a call's attempts may be hedged, and after how long. */
import type { RouterConfig } from '../config/router-config.ts'
import type { Chain } from './admission.ts'
import type { Cursor } from './cursor.ts'
import { waitFor, type OpenCall } from './open-call.ts'

/** What the places where calls are hedged are told by. */
export interface CallPlace {
  readonly tier: string | undefined
  readonly task: string | undefined
  readonly route: string | undefined
  readonly method: string | undefined
}

/** Does this call want a hedge, and could it have one? */
export function mayHedge({ call, plan }: Chain): boolean {
  return isWanted(call) && plan.steps.length > 1 && plan.maxAttempts > 1
}

/** The call's own word wins over the config. */
function isWanted({ state, options, plan, route, binding }: OpenCall): boolean {
  const { hedge } = state.config
  if (options.hedge !== undefined) return options.hedge
  if (!hedge.enabled) return false
  return isHedgedPlace(hedge, { tier: plan?.tier, task: plan?.task, route, method: binding.method })
}

/** Where no place is named, all are meant. Pure. */
export function isHedgedPlace(
  { tiers, tasks, routes }: Pick<RouterConfig['hedge'], 'tiers' | 'tasks' | 'routes'>,
  { tier, task, route, method }: CallPlace,
): boolean {
  if (tiers === undefined && tasks === undefined && routes === undefined) return true
  if (tier !== undefined && tiers?.includes(tier)) return true
  if (task !== undefined && tasks?.includes(task)) return true
  if (route === undefined || routes === undefined) return false
  return routes.includes(route) || routes.includes(`${method} ${route}`)
}

/**
 * How long the attempt that is due may take before another one is begun, ms.
 *
 * @returns undefined when none may be: the call has had its hedge, nobody or no attempt is left, there is no time for it,
 *   or not enough is known of the target
 */
export function hedgeDelayMs({ call, plan, ending }: Chain, cursor: Cursor): number | undefined {
  if (cursor.isHedged || cursor.reached + 1 >= plan.steps.length) return undefined
  if (call.attemptsBegun + 2 > plan.maxAttempts) return undefined
  // Who is next may read no more than the one that could not: the chain knows, and passes it over.
  if (call.records.some(({ failure }) => failure?.kind === 'context-window')) return undefined
  const delayMs = delayAt(call, cursor)
  return delayMs !== undefined && delayMs < ending.remainingMs() ? delayMs : undefined
}

function delayAt(call: OpenCall, { step }: Cursor): number | undefined {
  const { afterMs, minAfterMs } = call.state.config.hedge
  if (afterMs !== undefined) return afterMs
  const p95Ms = call.state.waits.p95Ms(step.target, waitFor(call))
  return p95Ms === undefined ? undefined : Math.max(minAfterMs, p95Ms)
}
