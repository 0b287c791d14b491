/** Reserves money for attempts, waits where others hold it, and settles what was spent. */
import type { BudgetPolicy } from '../core/budget.ts'
import {
  COUNTER_MAX_NANO_USD,
  type BudgetStanding,
  type Eventual,
  type ReserveReply,
} from '../core/budget-store.ts'
import type { Clock } from '../core/clock.ts'
import { allOf, andThen } from './and-then.ts'
import type { BudgetRefusal } from './attempt-money.ts'
import type { BudgetBook } from './budget-book.ts'
import type { BudgetLink } from './budget-link.ts'
import { isTooDear, isUsedUp, purseRefusal, refusalOf, storeRefusal, type Claimed } from './refusal.ts'
import { fits, type RequestPurse } from './request-purse.ts'
import type { Seeds } from './seeds.ts'
import { WaitLine, type Obstacle, type Tried } from './wait-line.ts'

export interface ReservingParts {
  readonly link: BudgetLink
  readonly seeds: Seeds
  readonly book: BudgetBook
  readonly clock: Clock
}

/** What one attempt asks for. */
export interface MoneyRequest {
  /** What it will probably cost, by whom it is charged; asked again at each try: while it waits, others teach. */
  readonly claims: () => { readonly claimed: readonly Claimed[]; readonly expectedNanoUsd: number }
  readonly purse: RequestPurse | undefined
  /** When a reservation ends that nobody settles. */
  readonly ttlMs: number
  readonly maxWaitMs: number
  readonly signal: AbortSignal
  /** A budget that is only tried out would have refused. */
  readonly onTrial: (policy: BudgetPolicy) => void
}

/** Money that has been reserved. */
export interface Held {
  /** Undefined where nothing had to be reserved: it is expected to cost nothing. */
  readonly id: string | undefined
  readonly claimed: readonly Claimed[]
  readonly purse: RequestPurse | undefined
  readonly expectedNanoUsd: number
}

/** How often the first who waits looks whether other processes have settled, ms. */
const LOOK_EVERY_MS = 100
/** A counter that is unknown again as soon as it has been seeded is left alone: the store forgets too fast. */
const SEEDED_MAX = 3

const NOTHING: BudgetStanding = { spentNanoUsd: 0, heldNanoUsd: 0 }

type Attempt = MoneyRequest & Pick<Held, 'claimed' | 'expectedNanoUsd'> & { readonly id: string }
type MoneyTried = Tried<Held, BudgetRefusal>

export class Reserving {
  readonly #parts: ReservingParts
  readonly #line: WaitLine<Held, BudgetRefusal>

  constructor(parts: ReservingParts) {
    this.#parts = parts
    const { clock, link } = parts
    this.#line = new WaitLine({
      clock,
      lookEveryMs: link.store.isShared ? LOOK_EVERY_MS : undefined,
      release: (held) => this.release(held),
    })
  }

  /** @throws the signal's reason */
  reserve(request: MoneyRequest): Eventual<Held | BudgetRefusal> {
    const { maxWaitMs, signal } = request
    const tryAgain = (): Eventual<MoneyTried> => this.#try(request)
    const at = maxWaitMs > 0 ? this.#line.busyAt(obstaclesOf(request)) : undefined
    if (at !== undefined) return this.#line.wait({ at, tryAgain, maxWaitMs, signal })
    const tried = tryAgain()
    if (tried instanceof Promise) return tried.then((outcome) => this.#inTime(request, outcome))
    return this.#orWait(request, tried)
  }

  /** @param spentOf whole nano-USD that each budget is charged */
  settle(held: Held, spentOf: (claim: Claimed) => number, requestNanoUsd: number): void {
    const { id, claimed, purse, expectedNanoUsd } = held
    if (purse !== undefined) {
      purse.heldNanoUsd -= expectedNanoUsd
      purse.spentNanoUsd += requestNanoUsd
      this.#line.wake([purse])
    }
    const charged = claimed.map((claim) => ({ claim, spentNanoUsd: capped(spentOf(claim)) }))
    if (id === undefined && charged.every(({ spentNanoUsd }) => spentNanoUsd === 0)) return
    const { link } = this.#parts
    const entries = charged.map(({ claim: { budget }, spentNanoUsd }) => {
      return { key: budget.key, endsAtMs: budget.endsAtMs, spentNanoUsd }
    })
    link.settle({ id: id ?? link.nextId(), entries }, (standings) => {
      for (const [index, { claim, spentNanoUsd }] of charged.entries())
        this.#observe(claim, standings[index], spentNanoUsd)
      this.#line.wake(entries.map(({ key }) => key))
    })
  }

  /** Nothing was spent. */
  release(held: Held): void {
    this.settle(held, () => 0, 0)
  }

  #inTime(request: MoneyRequest, tried: MoneyTried): Eventual<Held | BudgetRefusal> {
    const { signal } = request
    if (!signal.aborted) return this.#orWait(request, tried)
    if ('hold' in tried) this.release(tried.hold)
    throw signal.reason
  }

  #orWait(request: MoneyRequest, tried: MoneyTried): Eventual<Held | BudgetRefusal> {
    if ('hold' in tried) return tried.hold
    const { maxWaitMs, signal } = request
    if (tried.heldAt === undefined || maxWaitMs <= 0) return tried.refusal
    return this.#line.wait({ at: tried.heldAt, tryAgain: () => this.#try(request), maxWaitMs, signal })
  }

  #try(request: MoneyRequest): Eventual<MoneyTried> {
    const { claimed, expectedNanoUsd } = request.claims()
    const { purse } = request
    const fit = purse === undefined ? 'now' : fits(purse, expectedNanoUsd)
    if (purse !== undefined && fit !== 'now') {
      const refusal = purseRefusal(purse, expectedNanoUsd, fit === 'later')
      return { refusal, heldAt: fit === 'later' ? purse : undefined }
    }
    if (purse !== undefined) purse.heldNanoUsd += expectedNanoUsd
    if (claimed.every(({ amountNanoUsd }) => amountNanoUsd === 0))
      return { hold: { id: undefined, claimed, purse, expectedNanoUsd } }
    const attempt = { ...request, claimed, expectedNanoUsd, id: this.#parts.link.nextId() }
    return andThen(this.#ask(attempt, claimed, 0), (tried) => {
      if (purse !== undefined && !('hold' in tried)) purse.heldNanoUsd -= expectedNanoUsd
      return tried
    })
  }

  /** @param wanted those of the claims whose counters can be asked */
  #ask(attempt: Attempt, wanted: readonly Claimed[], seeded: number): Eventual<MoneyTried> {
    if (wanted.length === 0 || seeded > SEEDED_MAX) return this.#unasked(attempt)
    const claims = wanted.map(({ budget, amountNanoUsd }) => ({
      key: budget.key,
      endsAtMs: budget.endsAtMs,
      limitNanoUsd: budget.limitNanoUsd,
      amountNanoUsd,
      isEnforced: !budget.policy.isDryRun,
    }))
    const { link } = this.#parts
    const isAsked = link.isUp
    return andThen(link.reserve({ id: attempt.id, claims, ttlMs: attempt.ttlMs }), (reply) => {
      if (reply !== undefined) return this.#heard(attempt, wanted, { reply, seeded })
      const unasked = this.#unasked(attempt)
      // Nobody knows whether it has reserved something.
      if (isAsked && !('hold' in unasked)) this.release({ ...heldBy(attempt), purse: undefined })
      return unasked
    })
  }

  #heard(
    attempt: Attempt,
    wanted: readonly Claimed[],
    { reply, seeded }: { readonly reply: ReserveReply; readonly seeded: number },
  ): Eventual<MoneyTried> {
    if (reply.outcome === 'unknown') return this.#seed(attempt, wanted, { unknown: reply.unknown, seeded })
    for (const [index, claim] of wanted.entries()) this.#observe(claim, reply.standings[index])
    if (reply.outcome === 'refused') return this.#refused(wanted, reply.standings)
    for (const [index, claim] of wanted.entries()) {
      const { policy } = claim.budget
      if (!policy.isDryRun || !isUsedUp(claim, reply.standings[index]?.spentNanoUsd ?? 0)) continue
      this.#noteRefused(claim)
      attempt.onTrial(policy)
    }
    return { hold: heldBy(attempt) }
  }

  #refused(wanted: readonly Claimed[], standings: readonly BudgetStanding[]): MoneyTried {
    const { refusal, heldAt } = refusalOf(wanted, standings, this.#parts.clock.now())
    if (refusal.cause.by === 'budget' && heldAt === undefined) this.#noteRefused(refusal.cause)
    return { refusal, heldAt }
  }

  /** A call that is dearer than a whole window says nothing of how much is left of this one. */
  #noteRefused(claim: Claimed): void {
    const { budget } = claim
    if (budget.limitNanoUsd === 0 || !isTooDear(claim)) this.#parts.book.refused(budget)
  }

  #seed(
    attempt: Attempt,
    wanted: readonly Claimed[],
    { unknown, seeded }: { readonly unknown: readonly string[]; readonly seeded: number },
  ): Eventual<MoneyTried> {
    const missing = wanted.filter(({ budget }) => unknown.includes(budget.key))
    const planted = allOf(missing.map(({ budget }) => this.#parts.seeds.plant(budget)))
    return andThen(planted, (isPlanted) => {
      const failed = missing.filter((_, index) => isPlanted[index] !== true)
      if (failed.some(isEnforced) && this.#isDenied) return this.#unasked(attempt)
      const known = failed.map(({ budget }) => this.#parts.book.find(budget)?.standing ?? NOTHING)
      // What this process has charged counts without the ledger, too.
      if (
        failed.some((claim, index) => isEnforced(claim) && isUsedUp(claim, known[index]?.spentNanoUsd ?? 0))
      )
        return this.#refused(failed, known)
      // What those have spent is found in the ledger, once that answers.
      return this.#ask(
        attempt,
        wanted.filter((claim) => !failed.includes(claim)),
        seeded + 1,
      )
    })
  }

  get #isDenied(): boolean {
    return this.#parts.link.store.onStoreError === 'deny'
  }

  /** The store is of no use: by its policy. What is spent all the same is told when it is back. */
  #unasked(attempt: Attempt): MoneyTried {
    if (!this.#isDenied || !attempt.claimed.some(isEnforced)) return { hold: heldBy(attempt) }
    return { refusal: storeRefusal(this.#parts.link.store.name), heldAt: undefined }
  }

  #observe({ budget }: Claimed, standing: BudgetStanding | undefined, addedNanoUsd = 0): void {
    const { book, clock } = this.#parts
    if (standing !== undefined) book.observe(budget, standing, { nowMs: clock.monotonic(), addedNanoUsd })
  }
}

function heldBy({ id, claimed, purse, expectedNanoUsd }: Attempt): Held {
  return { id, claimed, purse, expectedNanoUsd }
}

function isEnforced({ budget }: Claimed): boolean {
  return !budget.policy.isDryRun
}

function obstaclesOf({ claims, purse }: MoneyRequest): readonly Obstacle[] {
  const { claimed, expectedNanoUsd } = claims()
  const keys = claimed.filter((claim) => isEnforced(claim) && claim.amountNanoUsd > 0)
  const counters = keys.map(({ budget }) => budget.key)
  return purse === undefined || expectedNanoUsd === 0 ? counters : [purse, ...counters]
}

function capped(nanoUsd: number): number {
  return Math.min(COUNTER_MAX_NANO_USD, nanoUsd)
}
