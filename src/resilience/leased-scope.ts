import type { LeaseScope, LeaseScopeReply } from '../core/shared-state.ts'
import type { ProviderRates } from '../core/provider-rates.ts'
import type { ClockPair } from './lease-changes.ts'
import { LeaseNews } from './lease-news.ts'
import type { LimitPolicy, LimitUse } from './limit-policy.ts'
import { LimitScope, type LimitMark, type LimitRoom, type LimitScopeReport } from './limit-scope.ts'
import type { LimitStart } from './limit-scope.ts'

/** A call that asks for room in all of these, which are of one group. */
export interface LeaseAsking {
  readonly scopes: readonly LeasedScope[]
  readonly tokens: number
  /** @returns whether the room will be used */
  readonly answer: (isGranted: boolean) => boolean
}

export interface LeasedScopeOptions {
  readonly scope: string
  readonly policy: LimitPolicy
  readonly minuteMs: number
  /** Is the shared state there? Else this process keeps within its own part of the limits. */
  readonly link: { readonly isUp: boolean; readonly ownPart: number }
  readonly ask: (asking: LeaseAsking) => void
  /** There is something to tell the others, which may take so long, ms. */
  readonly onNews: (withinMs: number) => void
  /** There may be more room now, or less. */
  readonly onRoom: () => void
}

/** Calls that are asked for at a time; the others wait in the queue. */
const ASKING_MAX = 64
/** A place that is free again is told within this, ms: others may wait for it. */
const PLACE_TOLD_MS = 20
/** Corrections may take longer: as a rule the next call carries them along. */
const CORRECTION_TOLD_MS = 250

/**
 * One scope of limits that several processes share. Who gets room is decided where all are counted, call by call; here is
 * what this process has taken, what it has to tell, and until when it need not ask. While the shared state is not there,
 * it is a scope of this process's own.
 */
export class LeasedScope implements LimitRoom {
  readonly onRoom: () => void
  readonly ask: (asking: LeaseAsking) => void
  readonly #options: LeasedScopeOptions
  readonly #own: LimitScope
  readonly #news: LeaseNews
  #asking = 0
  /** The generation of the counters that know what this process has taken. */
  #generation = ''
  #mark = { requests: 0, tokens: 0 }
  #denied = NOT_DENIED

  constructor(options: LeasedScopeOptions) {
    this.onRoom = options.onRoom
    this.ask = options.ask
    this.#options = options
    this.#own = new LimitScope(options.policy, options.minuteMs)
    this.#news = new LeaseNews(options.minuteMs)
  }

  get mark(): LimitMark {
    return this.#isUp ? { ...this.#mark, isShared: true } : this.#own.mark
  }

  waitMs(nowMs: number, tokens: number): number {
    if (!this.#isUp) return this.#own.waitMs(nowMs, tokens)
    const { by, againMs } = this.#denied
    if (this.#asking >= ASKING_MAX || (by === 'places' && againMs > nowMs)) return Number.POSITIVE_INFINITY
    return againMs - nowMs
  }

  wakeMs(nowMs: number, tokens: number): number {
    if (!this.#isUp) return this.#own.wakeMs(nowMs, tokens)
    // With the answers to what is asked, the queue is looked at anyway.
    return this.#asking >= ASKING_MAX ? Number.POSITIVE_INFINITY : Math.max(0, this.#denied.againMs - nowMs)
  }

  soonestMs(nowMs: number, ahead: number): number {
    const ownMs = this.#own.soonestMs(nowMs, ahead)
    return this.#isUp ? Math.max(ownMs, this.#denied.soonestMs - nowMs) : ownMs
  }

  take(start: LimitStart): void {
    this.#own.take(start)
    const tokens = this.#counted(start.tokens)
    // What was granted has been counted there.
    if (!this.#isUp) this.#news.changes.add(start.startedMs, 1, tokens)
    this.#mark = { requests: this.#mark.requests + 1, tokens: this.#mark.tokens + start.tokens }
  }

  sent(nowMs: number, start: LimitStart): void {
    this.#own.sent(nowMs, start)
    this.#news.changes.move(start.startedMs, nowMs, this.#counted(start.tokens))
  }

  end(nowMs: number, start: LimitStart, use: LimitUse): void {
    this.#own.end(nowMs, start, use)
    if (!use.isRateLimited) this.#news.answered()
    const used = use.tokens ?? (use.isRateLimited ? 0 : start.tokens)
    const surplus =
      this.#options.policy.tokensPerMinute === undefined ? 0 : used - this.#counted(start.tokens)
    if (surplus !== 0) this.#news.changes.add(surplus > 0 ? nowMs : start.startedMs, 0, surplus)
    if (this.#options.policy.concurrency !== undefined) this.#options.onNews(PLACE_TOLD_MS)
    else if (surplus !== 0) this.#options.onNews(CORRECTION_TOLD_MS)
  }

  told(nowMs: number, rates: ProviderRates, mark: LimitMark): void {
    if (mark.isShared !== true) this.#own.told(nowMs, rates, mark)
    else this.#news.left(rates, mark)
  }

  refused(nowMs: number, start: LimitStart, use: LimitUse): void {
    this.#own.refused(nowMs, start, use)
    this.#news.refused(start.startedMs, use.retryAfterMs)
    this.#options.onNews(0)
  }

  report(nowMs: number): LimitScopeReport {
    return this.#own.report(nowMs)
  }

  /** Attempts under way that others must know of, as long as they last. */
  get held(): number {
    return this.#options.policy.concurrency === undefined ? 0 : this.#own.inFlight
  }

  /** Is there anything to ask for? */
  mayAsk(nowMs: number): boolean {
    return this.#denied.againMs <= nowMs
  }

  /** A call asks for room here (1), or has its answer (-1). */
  asks(change: 1 | -1): void {
    this.#asking += change
  }

  /** The shared state is there again, or is not any more, or has lost what it knew. */
  turned(): void {
    const { link } = this.#options
    this.#own.part = link.isUp ? 1 : link.ownPart
    this.#denied = NOT_DENIED
    this.#options.onNews(0)
  }

  /** What it has to say. One of the next three follows. */
  tell(nowMs: number, pair: ClockPair | undefined): LeaseScope {
    const { scope, policy } = this.#options
    const { concurrency, requestsPerMinute, tokensPerMinute } = policy
    return {
      scope,
      ...(concurrency !== undefined && { concurrency }),
      ...(requestsPerMinute !== undefined && { requestsPerMinute }),
      ...(tokensPerMinute !== undefined && { tokensPerMinute }),
      generation: this.#own.isUntouched(nowMs) ? '' : this.#generation,
      held: this.held,
      ...(pair === undefined ? NOTHING : this.#news.tell(pair)),
    }
  }

  unheard(): void {
    this.#news.changes.putBack()
  }

  heard(nowMs: number, { generation, allowedShare, closedForMs, mark, denied }: LeaseScopeReply): void {
    this.#generation = generation
    this.#mark = mark
    this.#own.heard(nowMs, allowedShare, closedForMs)
    if (denied === undefined) return
    const { by, againMs, soonestMs } = denied
    this.#denied = { by, againMs: nowMs + againMs, soonestMs: nowMs + soonestMs }
  }

  /** The counters are new: what this process has taken is told once more. */
  reborn(nowMs: number, { generation }: LeaseScopeReply): void {
    this.#generation = generation
    this.#news.changes.clear()
    for (const { ms, requests, tokens } of this.#own.history(nowMs))
      this.#news.changes.add(ms, requests, tokens)
    const closedMs = this.#own.closedMs(nowMs)
    if (closedMs > 0) this.#news.refused(0, closedMs)
    this.#options.onNews(0)
  }

  /** Room that was granted, and that nobody wants any more. */
  unused(ms: number, tokens: number): void {
    this.#news.changes.add(ms, -1, -this.#counted(tokens))
    this.#options.onNews(PLACE_TOLD_MS)
  }

  get #isUp(): boolean {
    return this.#options.link.isUp
  }

  #counted(tokens: number): number {
    return Math.min(tokens, this.#options.policy.tokensPerMinute ?? 0)
  }
}

const NOTHING = { changes: [], hasAnswered: false }
const NOT_DENIED = { by: 'rate', againMs: 0, soonestMs: 0 }
