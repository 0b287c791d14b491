import type { TargetHealth } from '../core/target-health.ts'
import type { Target } from '../core/target.ts'
import { current, resting } from './cooldowns.ts'
import { TargetRecord, type HealthParts, type InstanceRecord } from './target-record.ts'

/**
 * Health that remembers: a breaker for each target, and cooldowns of targets and instances. It holds one record for each
 * that has been asked, and no timer.
 */
export function createHealth(parts: HealthParts): TargetHealth {
  const instances = new Map<string, InstanceRecord>()
  const records = new Map<string, TargetRecord>()

  function unavailable({ id, instance }: Target): ReturnType<TargetHealth['unavailable']> {
    const record = records.get(id)
    if (record !== undefined) return record.unavailable()
    const nowMs = parts.clock.monotonic()
    const cooldown = current(instances.get(instance)?.broken, nowMs)
    return cooldown && resting(cooldown, nowMs)
  }

  function recordOf({ id, instance: name }: Target): TargetRecord {
    const known = records.get(id)
    if (known !== undefined) return known
    const instance = instances.get(name) ?? { broken: undefined }
    instances.set(name, instance)
    const record = new TargetRecord(id, instance, parts)
    records.set(id, record)
    return record
  }

  return {
    unavailable,
    admit: (target, isLastResort) =>
      (isLastResort ? undefined : unavailable(target)) ?? recordOf(target).begin(),
    report: () => [...records.values()].map((record) => record.report()),
  }
}
