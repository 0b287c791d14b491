import { LimitWindow } from './limit-window.ts'

/** This many calls at once never wait for each other, in a minute that has room for them. */
const BURST_MIN = 5
/** The same as a share of a minute's calls: five seconds' worth. */
const BURST_SHARE = 1 / 12
/** What sums of fractions may be off by. */
const ROUNDING_MS = 0.001

/** A limit's rate of the moment, and how many are to go first. */
export interface RequestsAhead {
  /** The part of the rate that is allowed, above 0 to 1. */
  readonly share: number
  readonly ahead: number
}

/**
 * Requests per minute, by two rules. The window is the promise: never more than the limit in any minute. The pace is
 * manners: a queue goes out evenly, after a burst of five seconds' worth (at least five calls), because providers also hold
 * their limits over seconds ("60 a minute may be enforced as 1 a second") and because a burst at each minute's begin would
 * arrive there as one. The pace is GCRA, https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm, at the whole rate: it
 * takes nothing from the throughput, since the window alone bounds the burst.
 */
export class RequestLimit {
  /** What the last minute holds. */
  readonly window: LimitWindow
  readonly #perMinute: number
  readonly #minuteMs: number
  /** Up to when the pace has given leave; GCRA's theoretical arrival time. */
  #paidUntilMs = 0

  constructor(perMinute: number, minuteMs: number) {
    this.#perMinute = perMinute
    this.#minuteMs = minuteMs
    this.window = new LimitWindow(minuteMs)
  }

  /** How long until one more may go after those ahead of it, at the earliest; not above 0 means now. */
  waitMs(nowMs: number, { share, ahead }: RequestsAhead): number {
    const limit = this.#limitAt(share)
    const burst = Math.min(limit, Math.max(BURST_MIN, limit * BURST_SHARE))
    const paidMs = Math.max(0, this.#paidUntilMs - nowMs)
    const paceMs = paidMs + ((ahead + 1 - burst) * this.#minuteMs) / limit - ROUNDING_MS
    // Of those ahead, each whole limit takes a whole minute; the rest goes as the window empties.
    const excess = this.window.sum(nowMs) + (ahead % limit) + 1 - limit
    const windowMs =
      (excess > 0 ? Math.max(1, this.window.freeInMs(nowMs, excess)) : 0) +
      Math.floor(ahead / limit) * this.#minuteMs
    return Math.max(paceMs, windowMs)
  }

  take(nowMs: number, share: number): void {
    this.#paidUntilMs = Math.max(this.#paidUntilMs, nowMs) + this.paceMs(share)
    this.window.add(nowMs, 1)
  }

  /** From one to the next, ms. */
  paceMs(share: number): number {
    return this.#minuteMs / this.#limitAt(share)
  }

  #limitAt(share: number): number {
    return Math.max(1, Math.floor(this.#perMinute * share))
  }
}
