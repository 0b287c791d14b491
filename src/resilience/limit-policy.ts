export type { LimitPolicy } from '../core/target.ts'

/** What became of an attempt, as far as limits are concerned. */
export interface LimitUse {
  /** Input and output together; undefined when nobody said, and then the estimate stands. */
  readonly tokens: number | undefined
  /** The provider answered 429. */
  readonly isRateLimited: boolean
  /** How long it wants to be left alone, ms. */
  readonly retryAfterMs?: number
}
