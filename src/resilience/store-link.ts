/**
 * A router's link to the state that several processes share. Whatever it is asked takes at most `timeoutMs`; the first
 * operation that fails or takes longer means "down". From then on nobody waits for it, and it is tried in the background
 * until it answers again.
 */
import { randomUUID } from 'node:crypto'
import { boundedOperation, type StoreFailure } from '../core/bounded-operation.ts'
import {
  partOf,
  type ClaimReply,
  type HealthNews,
  type SharedOperations,
  type TargetNews,
} from '../core/shared-state.ts'

export interface StoreLinkParts {
  readonly state: SharedOperations
  /** Told of each operation that failed: nobody waits for its answer. Must not throw. */
  readonly onFailure: (failure: StoreFailure) => void
  /** It is down now, or up again. Must not throw. */
  readonly onChange: (isUp: boolean, failure: StoreFailure | undefined) => void
  /** What other processes have found out about targets; each word once. Must not throw. */
  readonly hear: (news: TargetNews) => void
}

/** Who has not been heard of for so long is gone, ms. */
export const LEASE_MS = 10_000
/** From one reading of what the others know to the next, ms. */
const SYNC_EVERY_MS = 1_000
/** After a failure it is tried again after this, and then after twice as long each time, up to `SYNC_EVERY_MS`. */
const RETRY_FIRST_MS = 50
/** Tries that may hang at a time: a client that has no connection may keep them all. */
const HANGING_MAX = 8

export class StoreLink {
  readonly process: string = randomUUID()
  readonly state: SharedOperations
  readonly #parts: StoreLinkParts
  readonly #listeners: (() => void)[] = []
  /** What the others are to be told, the last word for each part of a target. */
  readonly #news = new Map<string, HealthNews>()
  /** The words that have been heard: at most three for each target that anybody has spoken of. */
  #heard = new Set<string>()
  #isUp = true
  #processes = 1
  #epoch: string | undefined
  #retryMs = RETRY_FIRST_MS
  #timer: NodeJS.Timeout | undefined
  #isSyncing = false
  #hanging = 0
  #isClosed = false

  constructor(parts: StoreLinkParts) {
    this.state = parts.state
    this.#parts = parts
    this.#syncSoon(0)
  }

  get isUp(): boolean {
    return this.#isUp
  }

  /** The part of each limit that is this process's own while it is down. */
  get ownPart(): number {
    return 1 / this.#processes
  }

  /** Called after each change of `isUp`, and when the state is there but has lost what it knew. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener)
  }

  /**
   * Runs one operation. Never rejects, and takes no longer than `timeoutMs`.
   *
   * @param onLate gets what comes after that
   * @returns undefined when it is down, or has just gone
   */
  async run<T>(operation: () => Promise<T>, onLate?: (late: T) => void): Promise<T | undefined> {
    if (!this.#isUp || this.#isClosed) return undefined
    return await this.#attempt(operation, onLate)
  }

  tell(news: HealthNews): void {
    if (this.#isClosed) return
    this.#news.set(`${partOf(news)} ${news.target}`, news)
    if (this.#isUp && !this.#isSyncing) this.#syncSoon(0)
  }

  async claim(target: string, forMs: number): Promise<ClaimReply | undefined> {
    return await this.run(() => this.state.claim({ process: this.process, target, forMs }))
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
  }

  async #attempt<T>(operation: () => Promise<T>, onLate?: (late: T) => void): Promise<T | undefined> {
    const outcome = await boundedOperation(operation, this.state.timeoutMs, onLate)
    if ('value' in outcome) return outcome.value
    if (!this.#isClosed) this.#failed(outcome)
    return undefined
  }

  #failed(failure: StoreFailure): void {
    this.#parts.onFailure(failure)
    if (!this.#isUp) return
    this.#retryMs = RETRY_FIRST_MS
    this.#turn(false, failure)
    this.#syncSoon(this.#retryMs)
  }

  #turn(isUp: boolean, failure?: StoreFailure): void {
    this.#isUp = isUp
    this.#parts.onChange(isUp, failure)
    this.#tellListeners()
  }

  #tellListeners(): void {
    for (const listener of this.#listeners) listener()
  }

  #syncSoon(ms: number): void {
    if (this.#isClosed) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#sync(), ms)
    this.#timer.unref()
  }

  /** Tells, hears, and finds out whether it is there. Never rejects. */
  async #sync(): Promise<void> {
    if (this.#isSyncing || this.#hanging >= HANGING_MAX) {
      this.#syncSoon(SYNC_EVERY_MS)
      return
    }
    this.#isSyncing = true
    const news = [...this.#news]
    this.#news.clear()
    const request = { process: this.process, leaseMs: LEASE_MS, news: news.map(([, one]) => one) }
    const reply = await this.#attempt(() => {
      this.#hanging += 1
      return this.state.sync(request).finally(() => (this.#hanging -= 1))
    })
    this.#isSyncing = false
    if (this.#isClosed) return
    if (reply === undefined) {
      // What has been found out meanwhile is newer.
      for (const [slot, one] of news) if (!this.#news.has(slot)) this.#news.set(slot, one)
      this.#syncSoon(this.#retryMs)
      this.#retryMs = Math.min(SYNC_EVERY_MS, this.#retryMs * 2)
      return
    }
    this.#processes = Math.max(1, reply.processes)
    this.#hear(reply.told)
    const isLost = this.#epoch !== undefined && this.#epoch !== reply.epoch
    this.#epoch = reply.epoch
    if (!this.#isUp) this.#turn(true)
    else if (isLost) this.#tellListeners()
    this.#syncSoon(this.#news.size > 0 ? 0 : SYNC_EVERY_MS)
  }

  #hear(told: readonly TargetNews[]): void {
    const before = this.#heard
    this.#heard = new Set(told.map(({ word }) => word))
    for (const news of told) {
      if (news.by !== this.process && !before.has(news.word)) this.#parts.hear(news)
    }
  }
}
