import type { Caller } from '../core/caller.ts'
import type { CallBinding } from './open-call.ts'

/** The app's own code outside any request: it may use everything that its config names. */
const EVERYTHING: Caller = { allow: ['*'] }

/** Of calls that no HTTP request makes. */
export const outsideRequests: CallBinding = {
  isOverhead: false,
  caller: () => EVERYTHING,
  route: () => undefined,
  method: undefined,
  onHangUp: undefined,
  telemetry: undefined,
  committed: () => undefined,
  settled: () => undefined,
}
