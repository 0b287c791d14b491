import type { Target } from '../core/target.ts'

export interface RetryQuotaPolicy {
  /** Retries that a target has before its answers have earned any, and the most that it ever has. */
  readonly quotaReserve: number
  /** Retries that each of its answers earns. */
  readonly quotaPerAnswer: number
}

/**
 * Retries that all calls together may make at one target. When a target fails for everybody at once, asking everybody's
 * request again doubles the load on what is down already; so retries are paid for with answers. Going on to another target
 * is free.
 *
 * The bucket is that of gRPC's retry throttling (gRFC A6) and the AWS SDKs, one for each target: one that fails takes no
 * retries from the others.
 */
export interface RetryQuota {
  has(target: Target): boolean
  /** A retry is made. */
  take(target: Target): void
  /** The target has answered. */
  earn(target: Target): void
  /** What is left for targets that have less than the whole reserve, by id. */
  report(): ReadonlyMap<string, number>
}

export function createRetryQuota({ quotaReserve, quotaPerAnswer }: RetryQuotaPolicy): RetryQuota {
  /** What is left of it, by the ids of those targets that have been retried. */
  const left = new Map<string, number>()
  return {
    has: ({ id }) => (left.get(id) ?? quotaReserve) >= 1,
    take: ({ id }) => void left.set(id, (left.get(id) ?? quotaReserve) - 1),
    earn({ id }) {
      const before = left.get(id)
      if (before === undefined) return
      if (before + quotaPerAnswer >= quotaReserve) left.delete(id)
      else left.set(id, before + quotaPerAnswer)
    },
    report: () => left,
  }
}
