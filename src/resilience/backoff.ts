import type { Random } from '../core/clock.ts'

export interface BackoffPolicy {
  readonly backoffBaseMs: number
  readonly backoffMaxMs: number
}

/**
 * Exponential backoff with full jitter: uniform in [0, min(max, base · 2^(n−1))).
 *
 * Full jitter spreads callers that failed together best; see "Exponential Backoff And Jitter", AWS Architecture Blog.
 *
 * @param retry 1 for the first retry
 * @returns ms
 */
export function fullJitter(retry: number, policy: BackoffPolicy, random: Random): number {
  return random() * Math.min(policy.backoffMaxMs, policy.backoffBaseMs * 2 ** (retry - 1))
}
