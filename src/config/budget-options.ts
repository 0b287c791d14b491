/** What an app says about money. */
import type { BudgetPer } from '../core/budget.ts'
import type { CalendarUnit } from '../core/calendar.ts'
import type { Caller } from '../core/caller.ts'

/** One budget; see `docs/budgets.md`. */
export interface BudgetOptions {
  /** Whom a counter is kept for: one for each `user`, `tenant`, `route`, `feature`, `tier` or `provider`, or one for `all`. */
  readonly per: BudgetPer
  /**
   * What may be spent in one window, USD: the same for everybody, or what a function says of the caller, as for plans that allow
   * more or less; undefined is no limit, 0 is nothing.
   */
  readonly limitUsd: number | ((caller: Caller) => number | undefined)
  /** How long it lasts, until it begins anew: by the clock and calendar of `timeZone`. */
  readonly window: CalendarUnit
  /** Whose hours, days and months: a name of the IANA database. @default the router's `timeZone` */
  readonly timeZone?: string
  /** Shares of the limit at which `onBudget` is told, more than 0 and at most 1. @default [0.5, 0.8, 0.95] */
  readonly alertAt?: readonly number[]
  /** Share of the limit from which on calls go to `degradeTo`, more than 0 and at most 1. @default never */
  readonly degradeAt?: number
  /** The best tier that calls may have from `degradeAt` on. */
  readonly degradeTo?: string
  /** HTTP status of calls that are refused: 402 or 429. @default 402 */
  readonly status?: 402 | 429
  /**
   * Targets whose price is not known: `block` leaves them out while this budget applies; `{ assumeUsd }` counts so much for each
   * attempt, USD. @default 'block'
   */
  readonly unpriced?: 'block' | UnpricedOptions
  /** Counts and tells what it would do, and refuses nobody. @default false */
  readonly dryRun?: boolean
}

/** What targets count whose price is not known. */
export interface UnpricedOptions {
  /** For each attempt, USD. */
  readonly assumeUsd: number
}
