/** The budgets of one call: what they allow it, and what its attempts may spend. */
import type { AppliedBudget, BudgetPolicy } from '../core/budget.ts'
import type { BudgetStanding, Eventual } from '../core/budget-store.ts'
import type { Target } from '../core/target.ts'
import { ratesOf } from '../pricing/price-book.ts'
import { allOf, andThen } from './and-then.ts'
import { appliedBudgets, type BudgetSubject, type LimitedPolicy } from './applied-budgets.ts'
import type { AttemptMoney, BudgetRefusal } from './attempt-money.ts'
import { shareOf } from './budget-state.ts'
import type { BudgetParts } from './budget-parts.ts'
import type { Work } from './expected-spend.ts'
import type { Claimed } from './refusal.ts'
import type { RequestPurse } from './request-purse.ts'
import type { Held } from './reserving.ts'

/** A better tier than this is not for this call. */
export interface TierCap {
  readonly tier: string
  /** In words that follow "because". */
  readonly why: string
}

export interface CallAccount {
  readonly limited: readonly LimitedPolicy[]
  readonly subject: BudgetSubject
  readonly purse: RequestPurse | undefined
}

export interface MoneyWanted {
  readonly target: Target
  readonly tier: string | undefined
  readonly work: Work
  /** Time left until the call's deadline. */
  readonly remainingMs: number
  /** For money that others hold; `remainingMs` and `MONEY_WAIT_MAX_MS` bound it as well. */
  readonly maxWaitMs: number
  readonly signal: AbortSignal
}

/** Longest wait for money that others hold, ms: an answer may take longer than anybody wants to stand in a line. */
const MONEY_WAIT_MAX_MS = 2_000
/** How much longer than its call a reservation lives, ms: what settles a call late is still in time. */
const TTL_MARGIN_MS = 60_000
/** What another process has spent since counts only then, where calls are sent to cheaper tiers, ms. */
const STANDING_MAX_AGE_MS = 1_000

export class CallBudgets {
  readonly #parts: BudgetParts
  readonly #account: CallAccount
  /** Budgets in trial mode that have been counted to have refused this call. */
  readonly #trials = new Set<string>()

  constructor(parts: BudgetParts, account: CallAccount) {
    this.#parts = parts
    this.#account = account
  }

  /** Before planning: how full those are that send calls to cheaper tiers. */
  ready(): Eventual<void> {
    const watched = this.#degrading().filter((budget) => !this.#isFresh(budget))
    if (watched.length === 0) return
    const { link, seeds } = this.#parts
    return andThen(link.read(watched), (standings = []) => {
      this.#observe(watched, standings)
      const unknown = watched.filter((_, index) => standings[index] === undefined)
      if (unknown.length === 0 || !link.isUp) return
      return andThen(allOf(unknown.map((budget) => seeds.plant(budget))), () =>
        andThen(link.read(unknown), (known = []) => this.#observe(unknown, known)),
      )
    })
  }

  /** The best tier that the call may have instead of this one; undefined where it may have this one. */
  tierCap(tier: string): TierCap | undefined {
    const { tiers, book } = this.#parts
    const rank = tiers.indexOf(tier)
    const caps = this.#degrading(tier).flatMap(({ policy, ...budget }) => {
      const { degrade, isDryRun } = policy
      if (degrade === undefined || isDryRun || tiers.indexOf(degrade.to) <= rank) return []
      const entry = book.find({ policy, ...budget })
      const share = entry === undefined ? 0 : shareOf(entry.standing.spentNanoUsd, budget.limitNanoUsd)
      if (share < degrade.at) return []
      return [{ tier: degrade.to, why: `the budget ${policy.name} is ${Math.floor(share * 100)} % used` }]
    })
    return caps.toSorted((one, other) => tiers.indexOf(other.tier) - tiers.indexOf(one.tier))[0]
  }

  /** Why a target is left out whose price nobody knows; undefined where that does not matter. */
  unpricedFor(target: Target): string | undefined {
    const { limited, purse } = this.#account
    const strict = limited.find(
      ({ policy }) => policy.assumedNanoUsd === undefined && !policy.isDryRun,
    )?.policy
    if (strict === undefined && purse === undefined) return undefined
    if (ratesOf(target, this.#parts.clock.now()) !== undefined) return undefined
    const whose = strict === undefined ? 'maxRequestCostUsd' : `the budget "${strict.name}"`
    return `its price is not known, and ${whose} applies`
  }

  /** @throws the signal's reason */
  reserve({ target, tier, work, ...wanted }: MoneyWanted): Eventual<AttemptMoney | BudgetRefusal> {
    const { reserving, spend, clock } = this.#parts
    const { limited, subject, purse } = this.#account
    const where = { ...subject, tier, provider: target.provider }
    const held = reserving.reserve({
      claims: () => {
        const nowMs = clock.now()
        const expected = spend.nanoUsdOf(target, work, nowMs)
        const claimed = appliedBudgets(limited, where, nowMs).map((budget) => {
          return { budget, amountNanoUsd: expected ?? budget.policy.assumedNanoUsd ?? 0 }
        })
        return { claimed, expectedNanoUsd: expected ?? 0 }
      },
      purse,
      ttlMs: Math.max(0, wanted.remainingMs) + TTL_MARGIN_MS,
      maxWaitMs: Math.min(wanted.maxWaitMs, wanted.remainingMs, MONEY_WAIT_MAX_MS),
      signal: wanted.signal,
      onTrial: (policy) => this.#onTrial(policy),
    })
    return andThen(held, (answer) => ('why' in answer ? answer : this.#moneyOf(answer, work)))
  }

  /** Told once for each call that nobody else could answer either. */
  rejected({ cause }: BudgetRefusal): void {
    if (cause.by === 'budget') this.#parts.listener.rejected(cause.budget.policy.name, false)
  }

  #moneyOf(held: Held, work: Work): AttemptMoney {
    const { reserving, spend } = this.#parts
    let isOver = false
    const once = (end: () => void): void => {
      if (isOver) return
      isOver = true
      end()
    }
    return {
      release: () => once(() => reserving.release(held)),
      settle: ({ target, outcome, cost, usage }) =>
        once(() => {
          const isWhole = outcome === 'success' || outcome === 'rejected'
          if (usage !== undefined && isWhole) spend.observe(target, work, usage)
          this.#settle(held, cost.amountNanoUsd)
        }),
    }
  }

  #settle(held: Held, costNanoUsd: number | undefined): void {
    const { reserving, listener } = this.#parts
    if (costNanoUsd === undefined) this.#tellUnpriced(held)
    const spentOf = ({ budget, amountNanoUsd }: Claimed): number =>
      costNanoUsd ?? budget.policy.assumedNanoUsd ?? amountNanoUsd
    reserving.settle(held, spentOf, costNanoUsd ?? held.expectedNanoUsd)
    for (const claim of held.claimed) {
      const overNanoUsd = spentOf(claim) - claim.amountNanoUsd
      if (overNanoUsd > 0) listener.overshot(claim.budget.policy.name, overNanoUsd)
    }
  }

  /** Its price was known when it began: what was reserved is all that can be charged. */
  #tellUnpriced({ claimed }: Held): void {
    const strict = claimed.find(({ budget: { policy } }) => policy.assumedNanoUsd === undefined)
    if (strict !== undefined) this.#parts.listener.unpriced(strict.budget.policy.name)
  }

  #onTrial({ name }: BudgetPolicy): void {
    if (this.#trials.has(name)) return
    this.#trials.add(name)
    this.#parts.listener.rejected(name, true)
  }

  /** Of a budget per tier those of all tiers, where none is named. */
  #degrading(tier?: string): readonly AppliedBudget[] {
    const { limited, subject } = this.#account
    const nowMs = this.#parts.clock.now()
    return limited
      .filter(({ policy }) => policy.degrade !== undefined)
      .flatMap((one) => {
        const tiers = one.policy.per === 'tier' && tier === undefined ? this.#parts.tiers : [tier]
        return tiers.flatMap((each) =>
          appliedBudgets([one], { ...subject, tier: each, provider: undefined }, nowMs),
        )
      })
  }

  #isFresh(budget: AppliedBudget): boolean {
    const { book, link, clock } = this.#parts
    const readMs = link.store.isShared ? book.find(budget)?.readMs : undefined
    return readMs !== undefined && clock.monotonic() - readMs < STANDING_MAX_AGE_MS
  }

  #observe(budgets: readonly AppliedBudget[], standings: readonly (BudgetStanding | undefined)[]): void {
    const nowMs = this.#parts.clock.monotonic()
    for (const [index, budget] of budgets.entries()) {
      const standing = standings[index]
      if (standing !== undefined) this.#parts.book.observe(budget, standing, { nowMs })
    }
  }
}
