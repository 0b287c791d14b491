/** The seam of limits: what the router asks, and what it is told. */
import type { SendListener } from '../core/adapter.ts'
import type { Target } from '../core/target.ts'
import type { LimitUse } from './limit-policy.ts'
import type { LimitScopeReport } from './limit-scope.ts'

/** A call that wants to send an attempt. */
export interface LimitRequest {
  /** Input and expected output. */
  readonly tokens: number
  /** Higher goes first; those of the same priority in order of arrival. */
  readonly priority: number
  readonly signal: AbortSignal
  /** What is left until the deadline, ms. */
  readonly maxWaitMs: number
  /** The place that the call has had at this target, where it comes back: it has waited already, and keeps its turn. */
  readonly before?: LimitPermit | undefined
}

/** A place. Must be ended exactly once; what comes after is ignored. */
export interface LimitPermit extends SendListener {
  end(use: LimitUse): void
  /** When the call came for it, among others. */
  readonly arrival: number
  /** How long it was waited for, all in all, ms. */
  readonly queuedMs: number
}

export interface LimitRefusal {
  /**
   * `queue-full`: too many wait, or the wait would be longer than `queueMaxWaitMs` · `rate-limited`: the minute has no room
   * before the deadline, or the provider wants to be left alone for longer than the call may wait.
   */
  readonly why: 'queue-full' | 'rate-limited'
  readonly detail: string
  /** Is the queue as long as it may be? */
  readonly isTooMany: boolean
  /** When there may be room at the earliest, ms from now; 0 when that depends on when attempts end. */
  readonly availableInMs: number
}

/** One limit, as `router.limits()` shows it. */
export interface LimitReport extends LimitScopeReport {
  /** The name of an instance, or `instance/model`. */
  readonly scope: string
  /** Calls that wait. */
  readonly queued: number
}

export interface Limits {
  /**
   * Without a promise or a timer when there is room. A call that cannot come up in time, even if all goes well, is refused
   * at once, so that the next target still has its time.
   *
   * @throws (rejects with) the signal's reason; an LlmError `router_closed` when closed while it waits
   */
  acquire(
    target: Target,
    request: LimitRequest,
  ): LimitPermit | LimitRefusal | Promise<LimitPermit | LimitRefusal>
  /** Every scope that has been asked so far. */
  report(): readonly LimitReport[]
  /** Sends away all who wait, and leaves no timer. Permits may still be ended. Never rejects. */
  close(): Promise<void>
}
