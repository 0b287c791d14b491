import type { Clock } from '../core/clock.ts'
import { startTimer } from '../core/timer.ts'
import type { LimitPolicy } from './limit-policy.ts'
import { goesBefore, LimitQueue, type Place } from './limit-queue.ts'
import type { LimitRoom } from './limit-scope.ts'

/** A call that asks for its place. */
export interface Asking extends Place {
  /** Expected: input and output. */
  readonly tokens: number
}

/** One that waits, and until when. */
export interface Waiting extends Asking {
  /** Monotonic, ms. */
  readonly dueMs: number
  /** What sets that: `queueMaxWaitMs`, or the call's own deadline. */
  readonly bound: 'queue' | 'deadline'
}

export interface LaneOptions {
  readonly scope: string
  readonly policy: LimitPolicy
  readonly room: LimitRoom
  readonly clock: Clock
  /** The first may have come up, or somebody has waited too long. */
  readonly onTime: () => void
}

/** One scope: its limits, those who wait for them, and a timer while somebody does. */
export class LimitLane<W extends Waiting> {
  readonly scope: string
  readonly policy: LimitPolicy
  readonly limits: LimitRoom
  readonly queue = new LimitQueue<W>()
  readonly #onTime: () => void
  readonly #clock: Clock
  #stopTimer: () => void = () => undefined
  #firesAtMs = Number.POSITIVE_INFINITY
  /** Nobody's time is up before; it may be that of one who has left, which costs one look. */
  #earliestDueMs = Number.POSITIVE_INFINITY

  constructor({ scope, policy, room, clock, onTime }: LaneOptions) {
    this.#clock = clock
    this.scope = scope
    this.policy = policy
    this.limits = room
    this.#onTime = onTime
  }

  /** Has it no room for this call, or is there somebody before it, for whom it has none? */
  isClosedTo(call: Asking, nowMs: number): boolean {
    const { first } = this.queue
    if (first !== undefined && goesBefore(first, call)) return true
    return this.limits.waitMs(nowMs, call.tokens) > 0
  }

  enter(waiter: W, nowMs: number): void {
    this.queue.add(waiter)
    this.#earliestDueMs = Math.min(this.#earliestDueMs, waiter.dueMs)
    this.arm(nowMs)
  }

  /** Takes out those who have waited too long, or will have before there can be room for anybody. */
  takeLate(nowMs: number): readonly W[] {
    const soonestMs = nowMs + this.limits.soonestMs(nowMs, 0)
    if (this.#earliestDueMs > nowMs && this.#earliestDueMs >= soonestMs) return []
    const late = this.queue.removeWhere(({ dueMs }) => dueMs <= nowMs || dueMs < soonestMs)
    this.#earliestDueMs = this.queue.least(({ dueMs }) => dueMs)
    return late
  }

  /** Sees to it that the timer fires in time for those who wait, and is not there when nobody does. */
  arm(nowMs: number): void {
    const { first } = this.queue
    if (first === undefined) {
      this.#earliestDueMs = Number.POSITIVE_INFINITY
      this.disarm()
      return
    }
    const wakeAtMs = Math.min(this.#earliestDueMs, nowMs + this.limits.wakeMs(nowMs, first.tokens))
    if (wakeAtMs >= this.#firesAtMs) return
    this.disarm()
    this.#firesAtMs = wakeAtMs
    this.#stopTimer = startTimer(this.#clock, wakeAtMs - nowMs, () => {
      this.#firesAtMs = Number.POSITIVE_INFINITY
      this.#onTime()
    })
  }

  disarm(): void {
    this.#stopTimer()
    this.#firesAtMs = Number.POSITIVE_INFINITY
  }
}
