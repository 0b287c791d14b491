import type { Asking, LimitLane, Waiting } from './limit-lane.ts'
import type { LimitPolicy } from './limit-policy.ts'
import type { LimitRefusal } from './limit-seam.ts'

/** A shared state that is down is tried about as often, ms. */
const STORE_RETRY_MS = 1_000

/** Its time is up, or will be before there is room. */
export function outOfTime<W extends Waiting>(lane: LimitLane<W>, call: Waiting, nowMs: number): LimitRefusal {
  const rate = rateOf(lane, call, nowMs)
  // Where the provider itself wants to be left alone, no queue is to blame.
  const isClosed = lane.limits.report(nowMs).closedForMs !== undefined
  const isForRate = rate !== undefined && (isClosed || call.bound === 'deadline')
  return {
    why: isForRate ? 'rate-limited' : 'queue-full',
    detail: `${lane.scope} has no room in time (${wordsOf(lane.policy)})`,
    isTooMany: false,
    availableInMs: rate ?? 0,
  }
}

/** Whether there is room nobody can say, and the app has asked for nothing to be sent then. */
export function storeDown(scope: string): LimitRefusal {
  const detail = `${scope} has no room that anybody knows of: the shared state does not answer`
  return { why: 'rate-limited', detail, isTooMany: false, availableInMs: STORE_RETRY_MS }
}

export function tooManyWait<W extends Waiting>(
  lane: LimitLane<W>,
  call: Asking,
  nowMs: number,
): LimitRefusal {
  const detail = `${lane.policy.queueMax} calls wait for ${lane.scope} already (${wordsOf(lane.policy)})`
  return { why: 'queue-full', detail, isTooMany: true, availableInMs: rateOf(lane, call, nowMs) ?? 0 }
}

/** When the minute may have room for it, ms from now; undefined where only an attempt's end makes room. */
function rateOf<W extends Waiting>(
  { limits, queue }: LimitLane<W>,
  call: Asking,
  nowMs: number,
): number | undefined {
  const soonestMs = limits.soonestMs(nowMs, queue.aheadOf(call))
  // Where it is not the first, it waits for the first one's room as well.
  const waitMs = limits.waitMs(nowMs, Math.max(call.tokens, queue.first?.tokens ?? 0))
  if (waitMs === Number.POSITIVE_INFINITY) return soonestMs > 0 ? Math.ceil(soonestMs) : undefined
  return Math.ceil(Math.max(0, soonestMs, waitMs))
}

function wordsOf({ concurrency, requestsPerMinute, tokensPerMinute }: LimitPolicy): string {
  const words = [
    concurrency !== undefined && `${concurrency} at once`,
    requestsPerMinute !== undefined && `${requestsPerMinute} requests a minute`,
    tokensPerMinute !== undefined && `${tokensPerMinute} tokens a minute`,
  ]
  return words.filter((word) => word !== false).join(', ')
}
