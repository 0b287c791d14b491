import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FAILURE_RULES, type FailureKind } from '../../../src/core/failure-kind.ts'
import { evidenceOf } from '../../../src/resilience/evidence.ts'
import { aFailure, POLICY } from './a-health.ts'

const kinds = Object.keys(FAILURE_RULES) as FailureKind[]
const evidence = (...parts: Parameters<typeof aFailure>) => evidenceOf(aFailure(...parts), 1000, POLICY)

test('an answer shows that the target answers', () => {
  expect(evidenceOf(undefined, 1000, POLICY)).toEqual({ verdict: 'answered' })
})

test.each(kinds.filter((kind) => FAILURE_RULES[kind].cooldown === 'breaker'))(
  '%s counts as a failure, and gives no cooldown',
  (kind) => {
    expect(evidence(kind, { retryAfterMs: 9000 })).toEqual({ verdict: 'failed' })
  },
)

test.each(['invalid-request', 'content-filter', 'context-window', 'rejected'] as const)(
  '%s shows that the target answers',
  (kind) => {
    expect(evidence(kind)).toEqual({ verdict: 'answered' })
  },
)

test.each(['cancelled', 'abandoned'] as const)('%s says nothing of the target', (kind) => {
  expect(evidence(kind)).toEqual({ verdict: 'nothing' })
})

test('what was never sent says nothing, unless no connection could be made', () => {
  const unsent = { wasSent: false }
  expect(evidence('invalid-request', unsent)).toEqual({ verdict: 'nothing' })
  expect(evidence('timeout', unsent)).toEqual({ verdict: 'failed' })
  expect(evidence('connection', unsent)).toEqual({ verdict: 'failed' })
})

test.each(['auth', 'quota', 'not-found'] as const)('%s is a long cooldown', (kind) => {
  const cooldown = { cause: kind, untilMs: 1000 + POLICY.longCooldownMs }
  expect(evidence(kind)).toEqual({ verdict: 'nothing', cooldown })
})

test('every kind of the table is understood', () => {
  for (const kind of kinds) expect(() => evidence(kind)).not.toThrow()
})

describe('a rate-limited answer', () => {
  test('rests the target for as long as it asks, and counts as no failure', () => {
    const cooldown = { cause: 'retry-after', untilMs: 3000 }
    expect(evidence('rate-limited', { retryAfterMs: 2000 })).toEqual({ verdict: 'nothing', cooldown })
  })

  test.each([undefined, 0, -0, -5, Number.NaN, Number.NEGATIVE_INFINITY])(
    'counts as a failure when its Retry-After is %s',
    (retryAfterMs) => {
      const parts = retryAfterMs === undefined ? {} : { retryAfterMs }
      expect(evidence('rate-limited', parts)).toEqual({ verdict: 'failed' })
    },
  )

  test('never rests the target longer than is believed, whatever it asks', () => {
    fc.assert(
      fc.property(fc.double(), (retryAfterMs) => {
        const { cooldown, verdict } = evidence('rate-limited', { retryAfterMs })
        expect(cooldown === undefined).toBe(verdict === 'failed')
        if (cooldown === undefined) return
        expect(cooldown.untilMs).toBeGreaterThanOrEqual(1000)
        expect(cooldown.untilMs).toBeLessThanOrEqual(1000 + POLICY.cooldownMaxMs)
      }),
    )
    const tenHours = evidence('rate-limited', { retryAfterMs: 36_000_000 })
    expect(tenHours.cooldown?.untilMs).toBe(1000 + POLICY.cooldownMaxMs)
  })
})
