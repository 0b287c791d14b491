/**
 * Limits per provider and target: concurrency, requests and tokens per minute, and a queue for what has no room yet. They
 * are kept in this process's memory; where several processes share them, whoever comes up there asks for a lease as well,
 * and goes back to its place in the queue when there is none.
 *
 * A call takes its places in all its scopes at once or in none, so that nobody holds one while waiting for another. It
 * waits in the queue of the scope that has no room for it, and there nobody passes it who comes later or has a lower
 * priority: room adds up until it is enough, however large the call. A scope that has room for it is open to others
 * meanwhile. When its scope has come up and another has not, it moves there and keeps its place in the order of arrival.
 * It ends, because scopes are nested: whoever uses a target's scope also uses its instance's, so while the instance's is
 * shut by this call, the target's only empties.
 */
import { CallAborted } from '../core/abort.ts'
import type { Clock } from '../core/clock.ts'
import type { Target } from '../core/target.ts'
import type { Leases } from './leases.ts'
import { LimitLane } from './limit-lane.ts'
import { LimitPlace, wholeTokens } from './limit-place.ts'
import type { LimitPolicy } from './limit-policy.ts'
import { outOfTime, storeDown, tooManyWait } from './limit-refusal.ts'
import { LimitScope } from './limit-scope.ts'
import type { LimitPermit, LimitRefusal, LimitReport, LimitRequest, Limits } from './limit-seam.ts'
import { answerOf, type Answer, type Comer, type Coming, type Lane, type Waiter } from './limit-waiter.ts'

export type { LimitPolicy } from './limit-policy.ts'
export type { LimitPermit, LimitRefusal, LimitReport, LimitRequest, Limits } from './limit-seam.ts'

export interface LimitsOptions {
  readonly clock: Clock
  /**
   * The scopes of a target, the widest first (its instance's, then its own): all must allow. Asked once per target. A 429
   * speaks of the last: it does not slow down the instance's other targets where this one has limits of its own.
   */
  policiesOf(target: Target): readonly { readonly scope: string; readonly policy: LimitPolicy }[]
  /** How long a minute is, ms. @default 60000 */
  readonly minuteMs?: number
  /** Set where several processes share the limits. */
  readonly leases?: Leases | undefined
}

const UNLIMITED: LimitPermit = {
  sent: () => undefined,
  told: () => undefined,
  end: () => undefined,
  arrival: 0,
  queuedMs: 0,
}

export function createLimits(options: LimitsOptions): Limits {
  return new LimitsInMemory(options)
}

class LimitsInMemory implements Limits {
  readonly #options: LimitsOptions
  readonly #minuteMs: number
  readonly #lanes = new Map<string, Lane>()
  readonly #lanesOf = new WeakMap<Target, readonly Lane[]>()
  #arrivals = 0
  #isClosed = false

  constructor(options: LimitsOptions) {
    this.#options = options
    this.#minuteMs = options.minuteMs ?? 60_000
    options.leases?.onChange(() => {
      for (const lane of this.#lanes.values()) this.#serve(lane)
    })
  }

  acquire(target: Target, request: LimitRequest): Answer | Promise<Answer> {
    if (request.signal.aborted) return Promise.reject(request.signal.reason)
    const lanes = this.#lanesOf.get(target) ?? this.#open(target)
    const [widest] = lanes
    if (widest === undefined) return UNLIMITED
    if (this.#isClosed) return Promise.reject(new CallAborted('router_closed'))
    if (this.#options.leases?.isDenied === true) return storeDown(widest.scope)
    const nowMs = this.#now()
    const tokens = wholeTokens(request.tokens) ?? 0
    // A priority that is not a number would have no place in the order.
    const { before } = request
    const call = {
      priority: request.priority || 0,
      arrival: before?.arrival ?? this.#arrivals++,
      tokens,
      sinceMs: nowMs,
      queuedMs: before?.queuedMs ?? 0,
    }
    const home = lanes.find((lane) => lane.isClosedTo(call, nowMs))
    if (home === undefined && !this.#mustAsk) return this.#grant(lanes, call, nowMs)
    const queueMaxWaitMs = Math.min(...lanes.map(({ policy }) => policy.queueMaxWaitMs)) - call.queuedMs
    const bound = queueMaxWaitMs < request.maxWaitMs ? 'queue' : 'deadline'
    const dueMs = nowMs + Math.min(request.maxWaitMs, queueMaxWaitMs)
    const coming = { ...call, lanes, home: home ?? widest, dueMs, bound } as const
    if (home === undefined) return this.#wait(coming, request.signal, (waiter) => this.#ask(waiter))
    const enter = (waiter: Waiter): void => home.enter(waiter, nowMs)
    return this.#turnAway(coming, nowMs) ?? this.#wait(coming, request.signal, enter)
  }

  report(): readonly LimitReport[] {
    const nowMs = this.#now()
    return [...this.#lanes.values()].map(({ scope, limits, queue }) => ({
      scope,
      queued: queue.length,
      ...limits.report(nowMs),
    }))
  }

  async close(): Promise<void> {
    this.#isClosed = true
    for (const lane of this.#lanes.values()) {
      lane.disarm()
      for (const waiter of lane.queue.removeWhere(() => true)) waiter.fail(new CallAborted('router_closed'))
    }
    await this.#options.leases?.close()
  }

  get #mustAsk(): boolean {
    return this.#options.leases?.isUp === true
  }

  #now(): number {
    return this.#options.clock.monotonic()
  }

  #open(target: Target): readonly Lane[] {
    const lanes = this.#options.policiesOf(target).map((named) => this.#lane(named, target.instance))
    this.#lanesOf.set(target, lanes)
    return lanes
  }

  #lane(named: { readonly scope: string; readonly policy: LimitPolicy }, instance: string): Lane {
    const known = this.#lanes.get(named.scope)
    if (known !== undefined) return known
    const { clock, leases } = this.#options
    const onTime = (): void => this.#serve(lane)
    const room =
      leases?.scope(instance, { ...named, onRoom: onTime }) ?? new LimitScope(named.policy, this.#minuteMs)
    const lane: Lane = new LimitLane({ ...named, room, clock, onTime })
    this.#lanes.set(named.scope, lane)
    return lane
  }

  #grant(lanes: readonly Lane[], { tokens, arrival, sinceMs, queuedMs }: Comer, nowMs: number): LimitPermit {
    return new LimitPlace({
      scopes: lanes.map(({ limits }) => limits),
      start: { startedMs: nowMs, tokens },
      arrival,
      queuedMs: queuedMs + nowMs - sinceMs,
      minuteMs: this.#minuteMs,
      now: () => this.#now(),
      onRoom: () => {
        for (const lane of lanes) this.#serve(lane)
      },
    })
  }

  /** The refusal of a call that need not wait, or for which there is no place to wait. */
  #turnAway(call: Coming, nowMs: number): LimitRefusal | undefined {
    const leftMs = call.dueMs - nowMs
    const late = call.lanes.find(({ limits, queue }) => limits.soonestMs(nowMs, queue.aheadOf(call)) > leftMs)
    // "Not above" rather than "below or at": what is not a number is no time either.
    if (late !== undefined || !(leftMs > 0)) return outOfTime(late ?? call.home, call, nowMs)
    const { home } = call
    if (home.queue.length < home.policy.queueMax) return undefined
    const { last } = home.queue
    if (last === undefined || last.priority >= call.priority) return tooManyWait(home, call, nowMs)
    home.queue.remove(last)
    last.answer(tooManyWait(home, last, nowMs))
    return undefined
  }

  #wait(call: Coming, signal: AbortSignal, begin: (waiter: Waiter) => void): Promise<Answer> {
    const onAbort = (waiter: Waiter): void => {
      waiter.home.queue.remove(waiter)
      waiter.fail(signal.reason)
      // It may have been the one that was too large for the room that there is.
      this.#serve(waiter.home)
    }
    return answerOf(call, signal, { begin, onAbort })
  }

  /** As far as this process knows there is room: now the others are asked. */
  #ask(waiter: Waiter): void {
    this.#options.leases?.ask({
      rooms: waiter.lanes.map(({ limits }) => limits),
      tokens: waiter.tokens,
      answer: (isGranted) => {
        if (waiter.isOver) return false
        if (isGranted) waiter.answer(this.#grant(waiter.lanes, waiter, this.#now()))
        else this.#goBack(waiter)
        return isGranted
      },
    })
  }

  /** To its place in the queue of the scope that had no room. */
  #goBack(waiter: Waiter): void {
    const nowMs = this.#now()
    waiter.home = waiter.lanes.find((lane) => lane.isClosedTo(waiter, nowMs)) ?? waiter.home
    const refusal = this.#turnAway(waiter, nowMs)
    if (this.#isClosed) waiter.fail(new CallAborted('router_closed'))
    else if (refusal === undefined) waiter.home.enter(waiter, nowMs)
    else waiter.answer(refusal)
  }

  /** Lets go all that there is room for, in order, and tells those whose time is up. */
  #serve(lane: Lane): void {
    if (lane.queue.first === undefined) {
      lane.disarm()
      return
    }
    const nowMs = this.#now()
    if (this.#options.leases?.isDenied === true)
      for (const waiter of lane.queue.removeWhere(() => true)) waiter.answer(storeDown(lane.scope))
    this.#admit(lane, nowMs)
    for (const waiter of lane.takeLate(nowMs)) waiter.answer(outOfTime(lane, waiter, nowMs))
    // Where a smaller one is first now that those are gone, the timer lets it in at once.
    lane.arm(nowMs)
  }

  #admit({ queue, limits }: Lane, nowMs: number): void {
    for (let { first } = queue; first !== undefined; { first } = queue) {
      if (limits.waitMs(nowMs, first.tokens) > 0) return
      const waiter = first
      queue.remove(waiter)
      const next = waiter.lanes.find((other) => other.isClosedTo(waiter, nowMs))
      if (next !== undefined) {
        waiter.home = next
        next.enter(waiter, nowMs)
      } else if (this.#mustAsk) this.#ask(waiter)
      else waiter.answer(this.#grant(waiter.lanes, waiter, nowMs))
    }
  }
}
