/**
 * A router's link to the store of its budgets. What is in this process's memory answers at once. Anything else is waited for no
 * longer than `timeoutMs`, the very first answer for 5 s; the first operation that fails or takes longer means "down": from then on
 * nobody waits for it, what was spent is kept here, and it is tried in the background until it answers again and has been told.
 */
import { randomUUID } from 'node:crypto'
import { boundedOperation, wordOf, type StoreFailure } from '../core/bounded-operation.ts'
import type {
  BudgetCounter,
  BudgetStanding,
  BudgetStore,
  Eventual,
  ReserveReply,
  ReserveRequest,
  SettleRequest,
} from '../core/budget-store.ts'

export interface BudgetLinkParts {
  readonly store: BudgetStore
  /** Told of each operation that failed. Must not throw. */
  readonly onFailure: (failure: StoreFailure) => void
  /** It is down now, or up again. Must not throw. */
  readonly onChange: (isUp: boolean, failure: StoreFailure | undefined) => void
  /** Settlements that are given up, because more wait than may. Must not throw. */
  readonly onLost: (count: number) => void
}

/**
 * The first operation may take this long, ms: who is the first to ask waits for connections, and for tables that are being made.
 * A store that is not there says so sooner; one that is silent is left alone from then on.
 */
const FIRST_MS = 5_000
/** After a failure it is tried again after this, and then after twice as long each time, up to `RETRY_MAX_MS`. */
const RETRY_FIRST_MS = 50
const RETRY_MAX_MS = 1_000
/** Settlements that may wait for the store to come back; of more, the oldest are lost. */
const UNSETTLED_MAX = 20_000
/** The most that is sent at a time to a store that has just come back. */
const SENT_AT_ONCE = 32
/** Times that one settlement is tried with a store that answers otherwise. */
const TRIES_MAX = 20
/** How long `close()` tries to tell a store that is down what it has not been told, ms. */
const CLOSE_MAX_MS = 2_000
/** Asked for to see whether the store answers. */
const PROBE: BudgetCounter = { key: 'probe', endsAtMs: 0 }

export class BudgetLink {
  readonly store: BudgetStore
  readonly #parts: BudgetLinkParts
  readonly #ids = randomUUID()
  #lastId = 0
  /** In order; those whose outcome is not known among them: their ids make it safe to say it again. */
  #unsettled: Unsettled[] = []
  /** Settlements on their way. */
  readonly #underWay = new Set<Promise<unknown>>()
  #isUp = true
  /** Has it ever answered, or failed to? */
  #isMet = false
  #retryMs = RETRY_FIRST_MS
  #timer: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(parts: BudgetLinkParts) {
    this.store = parts.store
    this.#parts = parts
  }

  get isUp(): boolean {
    return this.#isUp
  }

  nextId(): string {
    return `${this.#ids}-${++this.#lastId}`
  }

  /**
   * Undefined when the store is of no use at the moment; what it has reserved all the same ends with the settlement of the same
   * id, which whoever asks owes it then.
   */
  reserve(request: ReserveRequest): Eventual<ReserveReply | undefined> {
    return this.#run(() => this.store.reserve(request))
  }

  /**
   * Tells what was spent; however long it takes, it is not lost while the process lives.
   *
   * @param onStandings gets what the store says to it
   */
  settle(request: SettleRequest, onStandings?: (standings: readonly BudgetStanding[]) => void): void {
    if (!this.#isUp) {
      this.#keep(request)
      return
    }
    const standings = this.#run(() => this.store.settle(request))
    if (!(standings instanceof Promise)) {
      if (standings === undefined) this.#keep(request)
      else onStandings?.(standings)
      return
    }
    const told = standings.then((known) => {
      this.#underWay.delete(told)
      if (known === undefined) this.#keep(request)
      else onStandings?.(known)
    })
    this.#underWay.add(told)
  }

  read(counters: readonly BudgetCounter[]): Eventual<readonly (BudgetStanding | undefined)[] | undefined> {
    return this.#run(() => this.store.read(counters))
  }

  /** @returns whether the store knows the counter now */
  seed(counter: BudgetCounter, spentNanoUsd: number): Eventual<boolean> {
    const seeded = this.#run(() => {
      const done = this.store.seed(counter, spentNanoUsd)
      return done instanceof Promise ? done.then(() => true) : true
    })
    return seeded instanceof Promise ? seeded.then(isTrue) : isTrue(seeded)
  }

  /** Tells what it has not been told, if it answers in time. */
  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    await Promise.all(this.#underWay)
    if (this.#unsettled.length > 0) await boundedOperation(() => this.#deliver(), CLOSE_MAX_MS)
    if (this.#unsettled.length > 0) this.#parts.onLost(this.#unsettled.length)
    const outcome = await boundedOperation(async () => await this.store.close(), CLOSE_MAX_MS)
    if (!('value' in outcome)) this.#parts.onFailure(outcome)
  }

  #run<T>(operation: () => Eventual<T>): Eventual<T | undefined> {
    if (!this.#isUp) return undefined
    try {
      const answer = operation()
      return answer instanceof Promise ? this.#inTime(answer) : answer
    } catch (error) {
      this.#failed({ why: 'error', word: wordOf(error) })
      return undefined
    }
  }

  async #inTime<T>(answer: Promise<T>): Promise<T | undefined> {
    const timeoutMs = this.#isMet ? this.store.timeoutMs : Math.max(FIRST_MS, this.store.timeoutMs)
    const outcome = await boundedOperation(() => answer, timeoutMs)
    this.#isMet = true
    if ('value' in outcome) return outcome.value
    this.#failed(outcome)
    return undefined
  }

  #failed(failure: StoreFailure): void {
    this.#parts.onFailure(failure)
    if (!this.#isUp) return
    this.#isUp = false
    this.#retryMs = RETRY_FIRST_MS
    this.#parts.onChange(false, failure)
    this.#tryLater()
  }

  #tryLater(): void {
    if (this.#isClosed) return
    this.#timer = setTimeout(() => void this.#tryAgain(), this.#retryMs)
    this.#timer.unref()
    this.#retryMs = Math.min(RETRY_MAX_MS, this.#retryMs * 2)
  }

  /** Never rejects. */
  async #tryAgain(): Promise<void> {
    const outcome = await boundedOperation(async () => await this.store.read([PROBE]), this.store.timeoutMs)
    if (!('value' in outcome)) this.#parts.onFailure(outcome)
    if (this.#isClosed) return
    // What was spent meanwhile counts before anybody may reserve again.
    if (!('value' in outcome) || !(await this.#deliver())) {
      this.#tryLater()
      return
    }
    this.#isUp = true
    this.#parts.onChange(true, undefined)
  }

  #keep(request: SettleRequest): void {
    this.#unsettled.push({ request, tries: 0 })
    if (this.#unsettled.length <= UNSETTLED_MAX) return
    this.#unsettled.shift()
    this.#parts.onLost(1)
  }

  /** @returns whether everything has been told */
  async #deliver(): Promise<boolean> {
    while (this.#unsettled.length > 0) {
      const batch = this.#unsettled.splice(0, SENT_AT_ONCE)
      const failed = (await Promise.all(batch.map((one) => this.#send(one)))).filter(
        (one) => one !== undefined,
      )
      // One that is refused again and again by a store that answers would keep all others waiting for ever.
      const kept = failed.filter(({ tries }) => tries < TRIES_MAX)
      if (kept.length < failed.length) this.#parts.onLost(failed.length - kept.length)
      this.#unsettled.unshift(...kept)
      if (failed.length > 0) return false
    }
    return true
  }

  /** @returns what has failed */
  async #send({ request, tries }: Unsettled): Promise<Unsettled | undefined> {
    const outcome = await boundedOperation(async () => await this.store.settle(request), this.store.timeoutMs)
    if ('value' in outcome) return undefined
    this.#parts.onFailure(outcome)
    return { request, tries: tries + 1 }
  }
}

interface Unsettled {
  readonly request: SettleRequest
  /** Since the store has answered again. */
  readonly tries: number
}

function isTrue(value: boolean | undefined): boolean {
  return value === true
}
