import type { AttemptFailure } from '../../../src/core/attempt-failure.ts'
import type { FailureKind } from '../../../src/core/failure-kind.ts'
import type { HealthChange, Permit, TargetHealthReport } from '../../../src/core/target-health.ts'
import type { Target } from '../../../src/core/target.ts'
import { createHealth } from '../../../src/resilience/health.ts'
import type { HealthPolicy } from '../../../src/resilience/target-record.ts'
import { aTarget } from '../../support/targets.ts'

export const POLICY: HealthPolicy = {
  consecutiveFailures: 3,
  failureRate: 0.5,
  minAttempts: 6,
  windowMs: 1000,
  openMs: 500,
  longCooldownMs: 60_000,
  cooldownMaxMs: 10_000,
}

export const TARGET: Target = aTarget('a/one')

export function aFailure(kind: FailureKind, parts: Partial<AttemptFailure> = {}): AttemptFailure {
  return { kind, wasSent: true, message: kind, ...parts }
}

/** Health whose time stands still unless the test moves it. */
export function aHealth(policy: Partial<HealthPolicy> = {}) {
  let nowMs = 1_000_000
  const changes: HealthChange[] = []
  const health = createHealth({
    policy: { ...POLICY, ...policy },
    clock: { now: () => 0, monotonic: () => nowMs },
    onChange: (change) => changes.push(change),
  })
  const admit = (target: Target, isLastResort: boolean): Permit => {
    const answer = health.admit(target, isLastResort)
    if ('why' in answer) throw new Error(`${target.id} was refused: ${answer.detail}`)
    return answer
  }
  return {
    health,
    changes,
    /** @throws Error when leave is refused */
    ask: (target: Target = TARGET): Permit => admit(target, false),
    askAsLastResort: (target: Target = TARGET): Permit => admit(target, true),
    isAvailable: (target: Target = TARGET): boolean => health.unavailable(target) === undefined,
    reportOf: (target: Target = TARGET): TargetHealthReport | undefined =>
      health.report().find(({ target: id }) => id === target.id),
    pass: (ms: number): void => {
      nowMs += ms
    },
    nowMs: (): number => nowMs,
  }
}

export type AHealth = ReturnType<typeof aHealth>

/** Fails as often as it takes to open the breaker. */
export function open({ ask }: AHealth, target: Target = TARGET): void {
  for (let count = 0; count < POLICY.consecutiveFailures; count++) ask(target).end(aFailure('server'))
}
