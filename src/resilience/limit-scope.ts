import type { ProviderRates } from '../core/provider-rates.ts'
import { LimitAdaptation } from './limit-adaptation.ts'
import { LimitHeadroom } from './limit-headroom.ts'
import type { LimitPolicy, LimitUse } from './limit-policy.ts'
import { RequestLimit } from './limit-requests.ts'
import { TokenLimit } from './limit-tokens.ts'

/** When an attempt took its place, and for how many tokens. */
export interface LimitStart {
  readonly startedMs: number
  /** Expected: input and output. */
  readonly tokens: number
}

/** What had been taken of a scope when an attempt began. */
export interface LimitMark {
  readonly requests: number
  readonly tokens: number
  /** By all processes together. */
  readonly isShared?: true
}

/** One scope's limits, as `Limits.report()` shows them. */
export interface LimitScopeReport {
  /** Attempts under way. */
  readonly inFlight: number
  /** Attempts begun in the last minute; absent where they are not limited. */
  readonly requestsInMinute?: number
  /** Their tokens, expected or used; absent where they are not limited. */
  readonly tokensInMinute?: number
  /** Part of the configured rate that is allowed of late, 1/16 to 1. */
  readonly allowedShare: number
  /** Set while the provider wants to be left alone, or says that nothing is left, ms. */
  readonly closedForMs?: number
}

/** What has been taken at one moment. */
interface Taken {
  readonly ms: number
  readonly requests: number
  readonly tokens: number
}

/** What the queue and an attempt's place ask of a scope, whoever counts. */
export type LimitRoom = Pick<
  LimitScope,
  'mark' | 'waitMs' | 'wakeMs' | 'soonestMs' | 'take' | 'sent' | 'end' | 'told' | 'refused' | 'report'
>

/**
 * What has been taken of one scope's limits: no clock of its own, no timer, no queue. Where several processes share it,
 * `leased-scope.ts` stands in its place.
 */
export class LimitScope {
  /** The part of the limits that may be taken here: less than 1 while other processes take theirs unseen. */
  part = 1

  readonly #policy: LimitPolicy
  readonly #requests: RequestLimit | undefined
  readonly #tokens: TokenLimit | undefined
  readonly #adaptation: LimitAdaptation
  /** What the provider says is left. */
  readonly #headroom: { readonly requests: LimitHeadroom; readonly tokens: LimitHeadroom }
  readonly #minuteMs: number
  #inFlight = 0

  constructor(policy: LimitPolicy, minuteMs: number) {
    const { requestsPerMinute, tokensPerMinute } = policy
    this.#policy = policy
    this.#minuteMs = minuteMs
    this.#requests =
      requestsPerMinute === undefined ? undefined : new RequestLimit(requestsPerMinute, minuteMs)
    this.#tokens = tokensPerMinute === undefined ? undefined : new TokenLimit(tokensPerMinute, minuteMs)
    this.#adaptation = new LimitAdaptation(minuteMs)
    this.#headroom = { requests: new LimitHeadroom(minuteMs), tokens: new LimitHeadroom(minuteMs) }
  }

  get mark(): LimitMark {
    const { requests, tokens } = this.#headroom
    return { requests: requests.taken, tokens: tokens.taken }
  }

  /** How long until there is room for such a call, ms; not above 0 means now, Infinity when an attempt has to end first. */
  waitMs(nowMs: number, tokens: number): number {
    const share = this.#share
    const places = Math.max(1, Math.floor((this.#policy.concurrency ?? Number.POSITIVE_INFINITY) * share))
    if (this.#inFlight >= places) return Number.POSITIVE_INFINITY
    return Math.max(
      this.#adaptation.closedMs(nowMs),
      this.#headroom.requests.waitMs(nowMs, 1),
      this.#headroom.tokens.waitMs(nowMs, tokens),
      this.#requests?.waitMs(nowMs, { share, ahead: 0 }) ?? 0,
      this.#tokens?.waitMs(nowMs, tokens, share) ?? 0,
    )
  }

  /** When to look again, ms from now. */
  wakeMs(nowMs: number, tokens: number): number {
    return this.waitMs(nowMs, tokens)
  }

  /**
   * Before this time nothing can make room for a call that has so many ahead of it, ms, unless one of those gives up.
   * Tokens are left out, since their estimates are corrected.
   */
  soonestMs(nowMs: number, ahead: number): number {
    const closedMs = this.#adaptation.closedMs(nowMs)
    const dryMs = this.#headroom.requests.waitMs(nowMs, 1)
    return Math.max(closedMs, dryMs, this.#soonestByRate(nowMs, ahead))
  }

  /**
   * Within a minute the share grows by a step at most; after that, nobody knows. While the burst is not used up, a lower
   * share may have room sooner: what has been paid for was paid for at its rate.
   */
  #soonestByRate(nowMs: number, ahead: number): number {
    const { share, shareSoon } = this.#adaptation
    const at = (share: number): number => this.#requests?.waitMs(nowMs, { share, ahead }) ?? 0
    const ms = Math.min(at(share), at(shareSoon))
    return ms < this.#minuteMs ? ms : Math.min(at(share), at(1))
  }

  take({ startedMs, tokens }: LimitStart): void {
    this.#inFlight += 1
    this.#headroom.requests.take(1)
    this.#headroom.tokens.take(tokens)
    this.#requests?.take(startedMs, this.#share)
    this.#tokens?.take(startedMs, tokens)
  }

  /** It has left only now: that is when its minute begins. */
  sent(nowMs: number, start: LimitStart): void {
    this.#requests?.window.move(start.startedMs, nowMs, 1)
    this.#tokens?.sent(nowMs, start)
  }

  /** Gives the place back, and corrects what was expected. A 429 is free, so its tokens count as none if nobody said more. */
  end(nowMs: number, start: LimitStart, { tokens, isRateLimited }: LimitUse): void {
    this.#inFlight -= 1
    const used = tokens ?? (isRateLimited ? 0 : undefined)
    if (used !== undefined) this.#tokens?.correct(nowMs, start, used)
    if (!isRateLimited) this.#adaptation.accepted(nowMs)
  }

  /** What the provider says of this scope, at an answer to the attempt that began at this mark. */
  told(nowMs: number, { requests, tokens }: ProviderRates, mark: LimitMark): void {
    if (requests !== undefined) this.#headroom.requests.told(nowMs, requests, mark.requests)
    if (tokens !== undefined) this.#headroom.tokens.told(nowMs, tokens, mark.tokens)
  }

  /** A 429 that speaks of this scope. */
  refused(nowMs: number, { startedMs }: LimitStart, { retryAfterMs }: LimitUse): void {
    this.#adaptation.refused(nowMs, startedMs, retryAfterMs)
  }

  get inFlight(): number {
    return this.#inFlight
  }

  /** Nothing is under way, and nothing was in the last minute. */
  isUntouched(nowMs: number): boolean {
    const taken = (this.#requests?.window.sum(nowMs) ?? 0) + (this.#tokens?.window.sum(nowMs) ?? 0)
    return this.#inFlight === 0 && taken === 0
  }

  /** All that the window holds. */
  history(nowMs: number): readonly Taken[] {
    const requests = this.#requests?.window.history(nowMs) ?? []
    const tokens = this.#tokens?.window.history(nowMs) ?? []
    return [
      ...requests.map(({ ms, weight }) => ({ ms, requests: weight, tokens: 0 })),
      ...tokens.map(({ ms, weight }) => ({ ms, requests: 0, tokens: weight })),
    ]
  }

  /** What was counted at that time is put right. */
  change(nowMs: number, { ms, requests, tokens }: Taken): void {
    this.#requests?.window.correct(nowMs, ms, requests)
    this.#tokens?.window.correct(nowMs, ms, tokens)
  }

  /** How long the whole rate takes to bring so much, ms. */
  paceMs(tokens: number): number {
    return Math.max(this.#requests?.paceMs(this.#share) ?? 0, this.#tokens?.paceMs(tokens, this.#share) ?? 0)
  }

  /** How long a 429 closes it, ms. */
  closedMs(nowMs: number): number {
    return this.#adaptation.closedMs(nowMs)
  }

  /** What 429s have left of it, of all processes. */
  heard(nowMs: number, share: number, closedForMs: number): void {
    this.#adaptation.heard(nowMs, share, closedForMs)
  }

  report(nowMs: number): LimitScopeReport {
    const closedForMs = Math.max(
      this.#adaptation.closedMs(nowMs),
      this.#headroom.requests.waitMs(nowMs, 1),
      this.#headroom.tokens.waitMs(nowMs, 1),
    )
    return {
      inFlight: this.#inFlight,
      ...(this.#requests !== undefined && { requestsInMinute: this.#requests.window.sum(nowMs) }),
      ...(this.#tokens !== undefined && { tokensInMinute: this.#tokens.window.sum(nowMs) }),
      allowedShare: this.#adaptation.share,
      ...(closedForMs > 0 && { closedForMs }),
    }
  }

  get #share(): number {
    return this.#adaptation.share * this.part
  }
}
