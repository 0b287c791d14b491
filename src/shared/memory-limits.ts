import { STAMPS, type LeaseDenial, type LeaseScope, type LeaseScopeReply } from '../core/shared-state.ts'
import { LimitAdaptation } from '../resilience/limit-adaptation.ts'
import { LimitHeadroom } from '../resilience/limit-headroom.ts'
import { RequestLimit } from '../resilience/limit-requests.ts'
import { TokenLimit } from '../resilience/limit-tokens.ts'
import { MemoryPlaces, type PlacesAsked } from './memory-places.ts'

interface Asking {
  readonly process: string
  readonly leaseMs: number
  readonly nowMs: number
}

/** One scope's limits, for all processes together. */
export class MemoryLimits {
  readonly #minuteMs: number
  readonly #requests: RequestLimit | undefined
  readonly #tokens: TokenLimit | undefined
  readonly #adaptation: LimitAdaptation
  /** What the provider says is left. */
  readonly #headroom: { readonly requests: LimitHeadroom; readonly tokens: LimitHeadroom }
  readonly #places = new MemoryPlaces()
  #appointedMs = Number.NEGATIVE_INFINITY

  constructor({ requestsPerMinute, tokensPerMinute }: LeaseScope, minuteMs: number) {
    this.#minuteMs = minuteMs
    this.#requests =
      requestsPerMinute === undefined ? undefined : new RequestLimit(requestsPerMinute, minuteMs)
    this.#tokens = tokensPerMinute === undefined ? undefined : new TokenLimit(tokensPerMinute, minuteMs)
    this.#adaptation = new LimitAdaptation(minuteMs)
    this.#headroom = { requests: new LimitHeadroom(minuteMs), tokens: new LimitHeadroom(minuteMs) }
  }

  /** A process tells what has changed. @returns what it may ask then */
  open(scope: LeaseScope, asking: Asking): OpenScope {
    const { nowMs } = asking
    const stampMs = this.#minuteMs / STAMPS
    for (const { stamp, requests, tokens } of scope.changes) {
      const startedMs = Math.min(nowMs, stamp * stampMs)
      if (requests < 0) this.#requests?.takeBack(startedMs, -requests)
      if (requests > 0) this.#requests?.take(nowMs, 1)
      this.#tokens?.correct(nowMs, { startedMs, tokens: Math.max(0, -tokens) }, Math.max(0, tokens))
    }
    if (scope.refused !== undefined) {
      const { stamp, retryAfterMs } = scope.refused
      this.#adaptation.refused(nowMs, stamp * stampMs, retryAfterMs)
    } else if (scope.hasAnswered) this.#adaptation.accepted(nowMs)
    const { requests, tokens } = scope.left ?? {}
    if (requests !== undefined) this.#headroom.requests.told(nowMs, requests, requests.mark)
    if (tokens !== undefined) this.#headroom.tokens.told(nowMs, tokens, tokens.mark)
    return this.#opened(scope, asking)
  }

  #opened({ concurrency, held }: LeaseScope, { process, leaseMs, nowMs }: Asking): OpenScope {
    const asked = concurrency === undefined ? undefined : this.#places.ask(process, { held, nowMs, leaseMs })
    const mark = { requests: this.#headroom.requests.taken, tokens: this.#headroom.tokens.taken }
    let denied: LeaseDenial | undefined
    return {
      denies: (tokens) => {
        denied ??= this.#withoutPlace(asked, concurrency) ?? this.#outOfRate(tokens, nowMs)
        return denied !== undefined
      },
      take: (tokens) => {
        asked?.take()
        this.#headroom.requests.take(1)
        this.#headroom.tokens.take(tokens)
        this.#requests?.take(nowMs, this.#adaptation.share)
        this.#tokens?.take(nowMs, tokens)
      },
      reply: () => ({
        generation: 'memory',
        allowedShare: this.#adaptation.share,
        closedForMs: this.#adaptation.closedMs(nowMs),
        mark,
        ...(denied && { denied }),
      }),
    }
  }

  #withoutPlace(asked: PlacesAsked | undefined, concurrency = 0): LeaseDenial | undefined {
    const places = Math.max(1, Math.floor(concurrency * this.#adaptation.share))
    if (asked === undefined || asked.isFree(places)) return undefined
    return { by: 'places', soonestMs: 0, againMs: asked.wait() }
  }

  #outOfRate(tokens: number, nowMs: number): LeaseDenial | undefined {
    const { share } = this.#adaptation
    const closedMs = this.#adaptation.closedMs(nowMs)
    const soonestMs = Math.max(
      closedMs,
      this.#headroom.requests.waitMs(nowMs, 1),
      this.#requests?.waitMs(nowMs, { share, ahead: 0 }) ?? 0,
    )
    // Estimates are corrected, so tokens may be there sooner.
    const tokensMs = Math.max(
      this.#headroom.tokens.waitMs(nowMs, tokens),
      this.#tokens?.waitMs(nowMs, tokens, share) ?? 0,
    )
    const againMs = Math.max(soonestMs, Math.min(tokensMs, this.#minuteMs / 60))
    if (againMs <= 0) return undefined
    // One after the other, so that not all who wait come back for the same room.
    const spaceMs = Math.max(this.#requests?.paceMs(share) ?? 0, this.#tokens?.paceMs(tokens, share) ?? 0)
    const latestMs = nowMs + againMs + this.#minuteMs / (tokensMs > soonestMs ? 60 : 12)
    this.#appointedMs = Math.max(nowMs + againMs, Math.min(this.#appointedMs + spaceMs, latestMs))
    return { by: 'rate', soonestMs, againMs: this.#appointedMs - nowMs }
  }
}

/** What a process may ask of a scope at one moment. */
export interface OpenScope {
  /** Once it has denied one, it denies all: nobody passes. */
  denies(tokens: number): boolean
  take(tokens: number): void
  reply(): LeaseScopeReply
}
