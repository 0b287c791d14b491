/** What the cost API, and `router.costs()` and its neighbours, can be asked. */
import type { CallOutcome } from './call-outcome.ts'
import type { Dimension } from './ledger-store.ts'

/** A date of the ledger's time zone (`2026-11-21`), or a moment: a `Date`, or ISO 8601 with its offset. */
export type CostsMoment = string | Date

/** What costs can be grouped by; `model` is the target, `instance/model`. */
export type CostsBy = Exclude<Dimension, 'all'>

export interface CostsTodayQuery {
  /** Groups, the dearest first. */
  readonly by?: CostsBy | undefined
  /** A series. Of hours for 31 days at most. */
  readonly interval?: 'hour' | 'day' | undefined
  /** What savings are reckoned against, `instance/model`. @default the router's `baseline` */
  readonly baseline?: string | undefined
}

/** Of which time, and how told. The time is widened to whole hours; ten years at most. */
export interface CostsQuery extends CostsTodayQuery {
  /** @default 24 hours before `to` */
  readonly from?: CostsMoment | undefined
  /** A date includes its whole day; a moment is not included. @default now */
  readonly to?: CostsMoment | undefined
}

/** Which calls: those for which everything that is said holds. */
export interface CallsQuery {
  readonly from?: CostsMoment | undefined
  /** A date includes its whole day; a moment is not included. */
  readonly to?: CostsMoment | undefined
  /** Of one of its attempts, `instance/model`. */
  readonly model?: string | undefined
  /** Of one of its attempts. */
  readonly provider?: string | undefined
  readonly tier?: string | undefined
  readonly task?: string | undefined
  readonly complexity?: string | undefined
  readonly user?: string | undefined
  readonly tenant?: string | undefined
  readonly route?: string | undefined
  readonly feature?: string | undefined
  readonly outcome?: CallOutcome | undefined
  /** `next` of the page before. */
  readonly before?: string | undefined
  /** Calls of a page, 1 to 500. @default 50 */
  readonly limit?: number | undefined
}

export interface ExportQuery {
  /** @default 'csv' */
  readonly format?: 'csv' | 'jsonl' | undefined
  /** @default from the oldest row on */
  readonly from?: CostsMoment | undefined
  /** A date includes its whole day; a moment is not included. @default now */
  readonly to?: CostsMoment | undefined
}
