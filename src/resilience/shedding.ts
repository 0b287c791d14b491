/** Which calls are refused at once so that those under way get done. Pure. */
export interface SheddingPolicy {
  /** Calls under way at once, streams included. */
  readonly maxInFlight: number
  /** How late the event loop may be before calls of low priority are refused, ms. */
  readonly maxLagMs: number
  /** Calls of a lower priority than this are of low priority. */
  readonly lowPriorityBelow: number
}

export interface Load {
  readonly inFlight: number
  readonly lagMs: number
}

/** What is left of the room for calls of normal and high priority: those of low priority stop before. */
const LOW_PRIORITY_SHARE = 0.8

/** Why a call of this priority is not taken on now, in words; undefined when it is. */
export function overload(priority: number, load: Load, policy: SheddingPolicy): string | undefined {
  const { inFlight, lagMs } = load
  const { maxInFlight, maxLagMs } = policy
  if (inFlight >= maxInFlight) return `${inFlight} calls are under way`
  if (!isLow(priority, policy)) return undefined
  if (inFlight >= maxInFlight * LOW_PRIORITY_SHARE) return `${inFlight} calls are under way`
  return lagMs > maxLagMs ? `the event loop is ${Math.round(lagMs)} ms late` : undefined
}

export function isLow(priority: number, { lowPriorityBelow }: SheddingPolicy): boolean {
  return priority < lowPriorityBelow
}
