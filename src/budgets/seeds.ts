import { boundedOperation } from '../core/bounded-operation.ts'
import type { AppliedBudget } from '../core/budget.ts'
import type { Eventual } from '../core/budget-store.ts'
import type { Clock } from '../core/clock.ts'
import type { BudgetLink } from './budget-link.ts'

/** What had been spent before a counter began to count: the ledger's memory. Undefined where nothing outlives the process. */
export type SpentBefore = ((budget: AppliedBudget) => Promise<number>) | undefined

export interface SeedParts {
  readonly link: BudgetLink
  readonly spentBefore: SpentBefore
  readonly clock: Clock
  /** The ledger did not say. Must not throw. */
  readonly onFailure: (word: string) => void
}

/** Longest wait for the ledger, ms: it writes what it has first. */
const LEDGER_MAX_MS = 3_000
/** After it has failed, nobody waits for it again for so long, ms. */
const REST_MS = 5_000

/** Tells a store of counters that it does not know: once for each, however many calls ask. */
export class Seeds {
  readonly #parts: SeedParts
  /** Counters that are being seeded; no more than calls are under way. */
  readonly #underWay = new Map<string, Promise<boolean>>()
  #restsUntilMs = Number.NEGATIVE_INFINITY

  constructor(parts: SeedParts) {
    this.#parts = parts
  }

  /** @returns whether the store knows it now */
  plant(budget: AppliedBudget): Eventual<boolean> {
    const { link, spentBefore, clock } = this.#parts
    if (spentBefore === undefined) return link.seed(budget, 0)
    const known = this.#underWay.get(budget.key)
    if (known !== undefined) return known
    if (clock.monotonic() < this.#restsUntilMs) return false
    const planted = this.#fromLedger(budget, spentBefore).finally(() => this.#underWay.delete(budget.key))
    this.#underWay.set(budget.key, planted)
    return planted
  }

  async #fromLedger(budget: AppliedBudget, spentBefore: NonNullable<SpentBefore>): Promise<boolean> {
    const { link, clock, onFailure } = this.#parts
    const outcome = await boundedOperation(() => spentBefore(budget), LEDGER_MAX_MS)
    if ('value' in outcome) return await link.seed(budget, outcome.value)
    this.#restsUntilMs = clock.monotonic() + REST_MS
    onFailure(outcome.word)
    return false
  }
}
