import { STAMPS, type LeaseChange } from '../core/shared-state.ts'

/** What two clocks said at the same moment. */
export interface ClockPair {
  /** This process's, ms. */
  readonly ms: number
  /** The shared state's. */
  readonly stamp: number
}

export function stampAt(ms: number, pair: ClockPair, minuteMs: number): number {
  return pair.stamp + ((ms - pair.ms) * STAMPS) / minuteMs
}

/** Twice what a window holds: what is older counts no more. */
const KEPT = 2 * STAMPS

type Sums = Map<number, { requests: number; tokens: number }>

/** What the shared state is to be told of one scope's counters, summed up for each 240th of a minute. */
export class LeaseChanges {
  readonly #minuteMs: number
  /** By the moment that it is about, in 240ths of a minute of this process's clock. */
  #sums: Sums = new Map()
  #taken: Sums = new Map()

  constructor(minuteMs: number) {
    this.#minuteMs = minuteMs
  }

  add(ms: number, requests: number, tokens: number): void {
    const moment = this.#momentOf(ms)
    const sum = this.#sums.get(moment) ?? { requests: 0, tokens: 0 }
    sum.requests += requests
    sum.tokens += tokens
    if (sum.requests === 0 && sum.tokens === 0) this.#sums.delete(moment)
    else this.#sums.set(moment, sum)
    const [oldest = moment] = this.#sums.keys()
    if (this.#sums.size > KEPT) this.#sums.delete(oldest)
  }

  /** What was counted at one time counts from another. */
  move(fromMs: number, toMs: number, tokens: number): void {
    if (this.#momentOf(fromMs) === this.#momentOf(toMs)) return
    this.add(fromMs, -1, -tokens)
    this.add(toMs, 1, tokens)
  }

  clear(): void {
    this.#sums.clear()
  }

  /** Takes all out. */
  take(pair: ClockPair): readonly LeaseChange[] {
    this.#taken = this.#sums
    this.#sums = new Map()
    return [...this.#taken].map(([moment, sum]) => {
      const middleMs = ((moment + 0.5) * this.#minuteMs) / STAMPS
      return { stamp: Math.floor(stampAt(middleMs, pair, this.#minuteMs)), ...sum }
    })
  }

  /** Nobody knows whether what was taken out has been heard. To count twice is safe, to take back twice is not. */
  putBack(): void {
    for (const [moment, { requests, tokens }] of this.#taken)
      this.add(((moment + 0.5) * this.#minuteMs) / STAMPS, Math.max(0, requests), Math.max(0, tokens))
  }

  #momentOf(ms: number): number {
    return Math.floor((ms * STAMPS) / this.#minuteMs)
  }
}
