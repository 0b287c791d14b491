import type { TargetNews } from '../core/shared-state.ts'
import type { TargetHealth } from '../core/target-health.ts'
import type { Target } from '../core/target.ts'
import { TargetRecord, type HealthParts } from './target-record.ts'

export interface Health extends TargetHealth {
  /** What another process has found out about it. */
  hear(target: Target, news: TargetNews): void
}

/**
 * Health that remembers: a breaker and cooldowns for each target. It holds one record for each
 * that has been asked, and no timer.
 */
export function createHealth(parts: HealthParts): Health {
  const records = new Map<string, TargetRecord>()

  const unavailable = ({ id }: Target): ReturnType<TargetHealth['unavailable']> =>
    records.get(id)?.unavailable()

  function recordOf(target: Target): TargetRecord {
    const record = records.get(target.id) ?? new TargetRecord(target, parts)
    records.set(target.id, record)
    return record
  }

  return {
    unavailable,
    admit: (target, isLastResort) =>
      (isLastResort ? undefined : unavailable(target)) ?? recordOf(target).begin(),
    claim: ({ id }) => records.get(id)?.claim(),
    hear: (target, news) => recordOf(target).hear(news),
    report: () => [...records.values()].map((record) => record.report()),
  }
}
