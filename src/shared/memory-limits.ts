import { STAMPS, type LeaseDenial, type LeaseScope, type LeaseScopeReply } from '../core/shared-state.ts'
import { LimitScope } from '../resilience/limit-scope.ts'
import { MemoryPlaces } from './memory-places.ts'

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
  open(scope: LeaseScope, asking: Asking): OpenScope {
    this.#hear(scope, asking.nowMs)
    const { concurrency = Number.POSITIVE_INFINITY, held } = scope
    const { nowMs } = asking
    const places = this.#places.of(asking, held)
    const { mark } = this.#rates
    const { allowedShare } = this.#rates.report(nowMs)
    let denied: LeaseDenial | undefined
    return {
      denies: (tokens) => {
        denied ??=
          places.askFor(Math.max(1, Math.floor(concurrency * allowedShare))) ?? this.#outOfRate(tokens, nowMs)
        return denied !== undefined
      },
      take: (tokens) => {
        places.take()
        this.#rates.take({ startedMs: nowMs, tokens })
      },
      reply: () => ({
        generation: 'memory',
        allowedShare,
        closedForMs: this.#rates.closedMs(nowMs),
        mark,
        ...(denied && { denied }),
      }),
    }
  }

  #hear({ changes, refused, hasAnswered, left }: LeaseScope, nowMs: number): void {
    const msOf = (stamp: number): number => (stamp * this.#minuteMs) / STAMPS
    for (const { stamp, ...change } of changes) this.#rates.change(nowMs, { ...change, ms: msOf(stamp) })
    const start = { startedMs: msOf(refused?.stamp ?? 0), tokens: 0 }
    if (refused !== undefined) this.#rates.refused(nowMs, start, { ...ANSWERED, ...refused })
    else if (hasAnswered) this.#rates.end(nowMs, start, ANSWERED)
    const { requests, tokens } = left ?? {}
    if (left !== undefined)
      this.#rates.told(nowMs, left, { requests: requests?.mark ?? 0, tokens: tokens?.mark ?? 0 })
  }

  #outOfRate(tokens: number, nowMs: number): LeaseDenial | undefined {
    const waitMs = this.#rates.waitMs(nowMs, tokens)
    if (waitMs <= 0) return undefined
    const soonestMs = Math.max(0, this.#rates.soonestMs(nowMs, 0))
    // Estimates are corrected, so tokens may be there sooner.
    const roomMs = nowMs + Math.min(waitMs, Math.max(soonestMs, this.#minuteMs / 60))
    // One after the other, so that not all who wait come back for the same room.
    const latestMs = roomMs + this.#minuteMs / (waitMs > soonestMs ? 60 : 12)
    this.#appointedMs = Math.max(roomMs, Math.min(this.#appointedMs + this.#rates.paceMs(tokens), latestMs))
    return { by: 'rate', soonestMs, againMs: this.#appointedMs - nowMs }
  }
}

const ANSWERED = { tokens: undefined, isRateLimited: false }
