import { STAMPS, type LeaseDenial, type LeaseScope, type LeaseScopeReply } from '../core/shared-state.ts'
import { LimitScope } from '../resilience/limit-scope.ts'
import { MemoryPlaces, type PlacesAsked } from './memory-places.ts'

interface Asking {
  readonly process: string
  readonly leaseMs: number
  readonly nowMs: number
}

/** What a process may ask of a scope at one moment. */
export interface OpenScope {
  /** Once it has denied one, it denies all: nobody passes. */
  denies(tokens: number): boolean
  take(tokens: number): void
  reply(): LeaseScopeReply
}

/** One scope's limits, for all processes together. */
export class MemoryLimits {
  readonly #minuteMs: number
  /** All but the places. */
  readonly #rates: LimitScope
  readonly #places = new MemoryPlaces()
  #appointedMs = Number.NEGATIVE_INFINITY

  constructor({ concurrency: _places, ...limits }: LeaseScope, minuteMs: number) {
    this.#minuteMs = minuteMs
    this.#rates = new LimitScope({ ...limits, queueMax: 0, queueMaxWaitMs: 0 }, minuteMs)
  }

  /** A process tells what has changed. @returns what it may ask then */
  open({ changes, refused, hasAnswered, left, ...scope }: LeaseScope, asking: Asking): OpenScope {
    const { nowMs } = asking
    const startOf = (stamp: number) => ({ startedMs: (stamp * this.#minuteMs) / STAMPS, tokens: 0 })
    for (const { stamp, requests, tokens } of changes)
      this.#rates.change(nowMs, { ms: startOf(stamp).startedMs, requests, tokens })
    const { retryAfterMs } = refused ?? {}
    if (refused !== undefined)
      this.#rates.refused(nowMs, startOf(refused.stamp), { ...REFUSED, retryAfterMs: retryAfterMs ?? 0 })
    else if (hasAnswered) this.#rates.end(nowMs, startOf(0), ANSWERED)
    if (left !== undefined)
      this.#rates.told(nowMs, left, { requests: left.requests?.mark ?? 0, tokens: left.tokens?.mark ?? 0 })
    return this.#opened(scope, asking)
  }

  #opened(
    { concurrency, held }: Pick<LeaseScope, 'concurrency' | 'held'>,
    { process, leaseMs, nowMs }: Asking,
  ): OpenScope {
    const asked = concurrency === undefined ? undefined : this.#places.ask(process, { held, nowMs, leaseMs })
    const { mark } = this.#rates
    let denied: LeaseDenial | undefined
    return {
      denies: (tokens) => {
        denied ??= this.#withoutPlace(asked, concurrency, nowMs) ?? this.#outOfRate(tokens, nowMs)
        return denied !== undefined
      },
      take: (tokens) => {
        asked?.take()
        this.#rates.take({ startedMs: nowMs, tokens })
      },
      reply: () => ({
        generation: 'memory',
        allowedShare: this.#rates.report(nowMs).allowedShare,
        closedForMs: this.#rates.closedMs(nowMs),
        mark,
        ...(denied && { denied }),
      }),
    }
  }

  #withoutPlace(asked: PlacesAsked | undefined, concurrency = 0, nowMs: number): LeaseDenial | undefined {
    const places = Math.max(1, Math.floor(concurrency * this.#rates.report(nowMs).allowedShare))
    if (asked === undefined || asked.isFree(places)) return undefined
    return { by: 'places', soonestMs: 0, againMs: asked.wait() }
  }

  #outOfRate(tokens: number, nowMs: number): LeaseDenial | undefined {
    const waitMs = this.#rates.waitMs(nowMs, tokens)
    if (waitMs <= 0) return undefined
    const soonestMs = Math.max(0, this.#rates.soonestMs(nowMs, 0))
    const isForTokens = waitMs > soonestMs
    // Estimates are corrected, so tokens may be there sooner.
    const roomMs = nowMs + Math.min(waitMs, Math.max(soonestMs, this.#minuteMs / 60))
    // One after the other, so that not all who wait come back for the same room.
    const latestMs = roomMs + this.#minuteMs / (isForTokens ? 60 : 12)
    this.#appointedMs = Math.max(roomMs, Math.min(this.#appointedMs + this.#rates.paceMs(tokens), latestMs))
    return { by: 'rate', soonestMs, againMs: this.#appointedMs - nowMs }
  }
}

const REFUSED = { tokens: 0, isRateLimited: true }
const ANSWERED = { tokens: undefined, isRateLimited: false }
