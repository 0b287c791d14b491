import type { AppliedBudget, BudgetEvent } from '../core/budget.ts'
import type { BudgetStanding } from '../core/budget-store.ts'
import { toUsd } from '../core/money.ts'
import { crossings, nextMarkAfter, shareOf, stateAt, type Crossing } from './budget-state.ts'

/** Users, tenants, … × budgets that one process remembers; those that came longest ago go first. */
const ENTRIES_MAX = 10_000

export interface BookEntry {
  readonly budget: AppliedBudget
  readonly standing: BudgetStanding
  /** When that was so, monotonic. */
  readonly readMs: number
}

interface Entry extends BookEntry {
  budget: AppliedBudget
  standing: BudgetStanding
  readMs: number
  /** The largest share whose marks have been told. */
  toldShare: number
  /** Of the smallest that has not been told. */
  nextMark: number
  isExceededTold: boolean
}

/** How the budgets stand that this process has lately had to do with; and who is told when one of them reaches a mark. */
export class BudgetBook {
  readonly #onEvent: (event: BudgetEvent) => void
  readonly #entries = new Map<string, Entry>()

  /** @param onEvent must not throw */
  constructor(onEvent: (event: BudgetEvent) => void) {
    this.#onEvent = onEvent
  }

  /**
   * A store has said how a budget stands. What had been spent when it was seen for the first time is told to nobody: somebody
   * else has been, or a process before this one.
   *
   * @param addedNanoUsd what of it has been added just now
   */
  observe(
    budget: AppliedBudget,
    standing: BudgetStanding,
    { nowMs, addedNanoUsd = 0 }: { readonly nowMs: number; readonly addedNanoUsd?: number },
  ): void {
    const entry = this.#entryFor(budget, standing, addedNanoUsd)
    if (entry === undefined) return
    entry.budget = budget
    entry.standing = standing
    entry.readMs = nowMs
    const share = shareOf(standing.spentNanoUsd, budget.limitNanoUsd)
    if (share < entry.nextMark) return
    for (const crossing of crossings(budget.policy, entry.toldShare, share)) this.#tell(entry, crossing)
    entry.toldShare = Math.max(entry.toldShare, share)
    entry.nextMark = nextMarkAfter(budget.policy, entry.toldShare)
  }

  /** It has refused a call, or would have. */
  refused(budget: AppliedBudget): void {
    const entry = this.#entries.get(budget.subject)
    if (entry?.budget.key === budget.key) this.#tell(entry, { kind: 'exceeded', threshold: 1 })
  }

  /** Undefined where this process has not seen it in this window. */
  find(budget: AppliedBudget): BookEntry | undefined {
    const entry = this.#entries.get(budget.subject)
    return entry?.budget.key === budget.key ? entry : undefined
  }

  /** Those whose window has not ended. */
  current(nowWallMs: number): readonly BookEntry[] {
    return [...this.#entries.values()].filter(({ budget }) => budget.endsAtMs > nowWallMs)
  }

  /** @returns undefined for a window that is over: a new one has begun */
  #entryFor(budget: AppliedBudget, standing: BudgetStanding, addedNanoUsd: number): Entry | undefined {
    const { subject } = budget
    const known = this.#entries.get(subject)
    if (known?.budget.key === budget.key) return known
    if (known !== undefined && known.budget.startsAtMs > budget.startsAtMs) return undefined
    const toldShare = shareOf(standing.spentNanoUsd - addedNanoUsd, budget.limitNanoUsd)
    const nextMark = nextMarkAfter(budget.policy, toldShare)
    const entry = { budget, standing, readMs: 0, toldShare, nextMark, isExceededTold: false }
    this.#entries.delete(subject)
    const [oldest] = this.#entries.keys()
    if (this.#entries.size >= ENTRIES_MAX && oldest !== undefined) this.#entries.delete(oldest)
    this.#entries.set(subject, entry)
    if (known !== undefined && wasTight(known)) this.#onEvent(eventOf(entry, { kind: 'recovered' }))
    return entry
  }

  #tell(entry: Entry, crossing: Crossing): void {
    if (crossing.kind === 'exceeded') {
      if (entry.isExceededTold) return
      entry.isExceededTold = true
      this.#onEvent(eventOf(entry, { kind: 'exceeded' }))
    } else this.#onEvent(eventOf(entry, crossing))
  }
}

function wasTight({ budget: { policy }, toldShare, isExceededTold }: Entry): boolean {
  const state = stateAt(policy, toldShare)
  return isExceededTold || state === 'degraded' || state === 'exceeded'
}

function eventOf(
  { budget, standing }: BookEntry,
  what: Pick<BudgetEvent, 'kind' | 'threshold'>,
): BudgetEvent {
  const { policy, value, limitNanoUsd, startsAtMs, endsAtMs } = budget
  return {
    ...what,
    budget: policy.name,
    per: policy.per,
    value: value ?? null,
    limitUsd: toUsd(limitNanoUsd),
    spentUsd: toUsd(standing.spentNanoUsd),
    share: shareOf(standing.spentNanoUsd, limitNanoUsd),
    startsAt: new Date(startsAtMs).toISOString(),
    endsAt: new Date(endsAtMs).toISOString(),
    isDryRun: policy.isDryRun,
  }
}
