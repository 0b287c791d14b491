import type { IncomingMessage, ServerResponse } from 'node:http'
import { createPurse } from '../budgets/request-purse.ts'
import type { Caller } from '../core/caller.ts'
import { expressMount } from '../middleware/express-route.ts'
import type { RequestParts } from '../middleware/request-parts.ts'
import type { CallBinding } from '../router/open-call.ts'

/** A request at the door, its mount taken off its path. */
export interface DoorRequest extends IncomingMessage {
  /** The whole path, as Express and Connect keep it. */
  readonly originalUrl?: unknown
}

/**
 * Ties the call of one request at the door to it: who asks, which route it counts for, whether they are still there.
 * Made while the request is at the door's mount.
 *
 * @param path below the mount, as a pattern
 */
export function bindDoor(
  { state, req, res, totals }: RequestParts,
  path: string,
): (caller: Caller) => CallBinding {
  const telemetry = state.telemetry.attach()
  const route = `${telemetry.route() ?? expressMount(req) ?? connectMount(req)}${path}`
  const purse = createPurse(state.config.maxRequestNanoUsd)
  return (caller) => ({
    caller: () => caller,
    route: () => route,
    method: req.method,
    isOverhead: false,
    onHangUp: (listener) => onClose(res, listener),
    telemetry,
    purse,
    // The answer's own headers say it.
    committed: () => undefined,
    settled(settlement) {
      totals.add(settlement)
      telemetry.rollUp(totals.summary())
    },
  })
}

/**
 * The call is made for this response alone. However that closes before the call is over (a timeout of the app may have
 * answered), nobody wants the call's answer any more.
 */
function onClose(res: ServerResponse, listener: () => void): () => void {
  if (res.closed) listener()
  else res.once('close', listener)
  return () => res.off('close', listener)
}

/** Connect mounts at fixed paths only, in whatever case the client writes them. */
function connectMount({ originalUrl, url = '' }: DoorRequest): string {
  if (typeof originalUrl !== 'string' || !originalUrl.endsWith(url)) return ''
  return originalUrl.slice(0, originalUrl.length - url.length).toLowerCase()
}

/** Has the client gone, so that there is nobody to answer? */
export function isGone(res: ServerResponse): boolean {
  return res.closed || res.destroyed
}
