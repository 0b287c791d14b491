import type { CalendarUnit } from './calendar.ts'
import type { Caller } from './caller.ts'

/** What a budget is kept for: one counter for each user, tenant, …; `all` is one for everything. */
export const BUDGET_PER = ['user', 'tenant', 'route', 'feature', 'tier', 'provider', 'all'] as const

export type BudgetPer = (typeof BUDGET_PER)[number]

/** USD, or whatever the app says of a caller; undefined is no limit. */
export type BudgetLimit = number | ((caller: Caller) => number | undefined)

/** One budget of the config, complete and checked. */
export interface BudgetPolicy {
  readonly name: string
  readonly per: BudgetPer
  readonly limitUsd: BudgetLimit
  readonly window: CalendarUnit
  readonly timeZone: string
  /** Ascending. */
  readonly alertAt: readonly number[]
  readonly degrade: { readonly at: number; readonly to: string } | undefined
  /** HTTP status of who is refused. */
  readonly status: 402 | 429
  /** What an attempt counts whose cost nobody knows; undefined: targets without a price are left out. */
  readonly assumedNanoUsd: number | undefined
  readonly isDryRun: boolean
}

/** One limit that holds for an attempt: whose it is, how much, and until when. */
export interface AppliedBudget {
  readonly policy: BudgetPolicy
  /** Undefined where the call has none, and for `all`. */
  readonly value: string | undefined
  readonly limitNanoUsd: number
  /** Whose counters these are, one for each window; names budget and value. */
  readonly subject: string
  /** Of the counter; names budget, value and window. */
  readonly key: string
  readonly startsAtMs: number
  readonly endsAtMs: number
}

/** Something that whoever pays may want to know. Told once for each counter, window and threshold. */
export interface BudgetEvent {
  /**
   * `alert`: so much is spent · `degraded`: calls go to a cheaper tier from now on · `exceeded`: it is used up, or a call has
   * been refused · `recovered`: a new window has begun, after one that was degraded or exceeded.
   */
  readonly kind: 'alert' | 'degraded' | 'exceeded' | 'recovered'
  /** Its name in the config. */
  readonly budget: string
  readonly per: BudgetPer
  /** Whose it is; null where calls have none, and for budgets over everything. */
  readonly value: string | null
  /** Of `alert` and `degraded`: the share that has been reached. */
  readonly threshold?: number
  readonly limitUsd: number
  readonly spentUsd: number
  /** `spentUsd / limitUsd` */
  readonly share: number
  /** ISO */
  readonly startsAt: string
  readonly endsAt: string
  /** Nobody is refused for it, nor sent elsewhere. */
  readonly isDryRun: boolean
}
