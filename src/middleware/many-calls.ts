import type { ServerResponse } from 'node:http'
import type { RouterConfig } from '../config/router-config.ts'
import type { CallSummary } from '../core/report.ts'
import type { RequestParts } from './request-parts.ts'

/** Each route is told of once in this time. */
const REPEAT_AFTER_MS = 3_600_000
/** Routes are patterns of the app, so there are few; where they are paths all the same, the memory of them has an end. */
const ROUTES_MAX = 1_000

/** When each route was told of, monotonic ms. */
const toldAtMs = new WeakMap<RouterConfig, Map<string, number>>()

/**
 * Warns of a request that makes many calls, as a loop over a list does: each costs time and money of its own.
 *
 * @returns to be called after each call of the request, with its running total
 */
export function watchManyCalls({
  state,
  req,
  res,
  totals,
}: RequestParts): (summary: CallSummary, route?: string) => void {
  const { manyCalls, clock, logger } = state.config
  if (manyCalls === false) return () => undefined
  let isWatched = false
  return (summary, route) => {
    if (isWatched || summary.calls <= manyCalls) return
    isWatched = true
    const where = `${req.method ?? ''} ${route ?? '(unknown route)'}`
    atEnd(res, () => {
      if (!isDue(state.config, where, clock.monotonic())) return
      const { calls, costUsd } = totals.summary()
      logger.warn(
        `express-llm: one request of ${where} made ${calls} calls${costUsd === undefined ? '' : ` for $${costUsd}`}. ` +
          'If that is a loop, ask for several things in one call, or do the work outside of the request. ' +
          `\`manyCalls\` (${manyCalls}) says from how many on this is told.`,
        { route: where, calls, costUsd },
      )
    })
  }
}

/** More calls may follow, so it is told when the response is done. */
function atEnd(res: ServerResponse, tell: () => void): void {
  if (res.closed) tell()
  else res.once('close', tell)
}

function isDue(config: RouterConfig, where: string, nowMs: number): boolean {
  const told = toldAtMs.get(config) ?? new Map<string, number>()
  toldAtMs.set(config, told)
  if (nowMs - (told.get(where) ?? Number.NEGATIVE_INFINITY) < REPEAT_AFTER_MS) return false
  told.delete(where)
  told.set(where, nowMs)
  const [oldest] = told.keys()
  if (told.size > ROUTES_MAX && oldest !== undefined) told.delete(oldest)
  return true
}
