import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { AttemptFailure } from '../../../src/core/attempt-failure.ts'
import { FAILURE_RULES, type FailureKind } from '../../../src/core/failure-kind.ts'
import { decide, type DispositionInput } from '../../../src/resilience/disposition.ts'
import { aTarget } from '../../support/targets.ts'

const policy = {
  backoffBaseMs: 500,
  backoffMaxMs: 8000,
  retriesPerTarget: 1,
  patienceMs: 3000,
  retryWaitMaxMs: 10_000,
}

function failure(kind: FailureKind, parts: Partial<AttemptFailure> = {}): AttemptFailure {
  return { kind, wasSent: true, message: kind, ...parts }
}

function input(parts: Partial<DispositionInput>): DispositionInput {
  return {
    failure: failure('server'),
    steps: [aTarget('a/one'), aTarget('b/two'), aTarget('c/three')],
    index: 0,
    tooSmall: [],
    attemptsOnTarget: 1,
    attemptCount: 1,
    maxAttempts: 6,
    waitedMs: 0,
    remainingMs: 60_000,
    policy,
    hasQuota: true,
    restMs: 0,
    random: () => 0.5,
    ...parts,
  }
}

const LIMITED = aTarget('a/one', { limits: [{ scope: 'a', policy: { queueMax: 1, queueMaxWaitMs: 1 } }] })

const NEXT = { action: 'next', index: 1, passedOver: [] }

describe('a rate-limited target', () => {
  test('waits in its queue, however long, where it has one', () => {
    const limited = {
      steps: [LIMITED, aTarget('b/two')],
      failure: failure('rate-limited', { retryAfterMs: 60_000 }),
    }
    const again = { action: 'retry', delayMs: 0, isQueued: true }
    expect(decide(input(limited))).toEqual(again)
    expect(decide(input({ ...limited, hasQuota: false }))).toEqual(again)
    expect(decide(input({ ...limited, attemptsOnTarget: 2 }))).toEqual(NEXT)
  })

  test.each([undefined, 0])('is backed off from, queue or not, when it says %s', (retryAfterMs) => {
    const said = failure('rate-limited', retryAfterMs === undefined ? {} : { retryAfterMs })
    const steps = [LIMITED, aTarget('b/two')]
    expect(decide(input({ steps, failure: said }))).toEqual({
      action: 'retry',
      delayMs: 250,
      isQueued: false,
    })
  })

  test('is asked again after its Retry-After, plus jitter, when that is within the patience', () => {
    expect(decide(input({ failure: failure('rate-limited', { retryAfterMs: 2000 }) }))).toEqual({
      action: 'retry',
      delayMs: 2250,
      isQueued: false,
    })
  })

  test('is waited for exactly up to the patience, and left beyond it', () => {
    const at = (retryAfterMs: number): string =>
      decide(input({ failure: failure('rate-limited', { retryAfterMs }) })).action
    expect([at(3000), at(3001)]).toEqual(['retry', 'next'])
  })

  test('is asked again after a jittered backoff when it names no time', () => {
    expect(decide(input({ failure: failure('rate-limited') }))).toEqual({
      action: 'retry',
      delayMs: 250,
      isQueued: false,
    })
  })

  test('is never asked earlier than it said, whatever the jitter', () => {
    const retry = decide(
      input({ failure: failure('rate-limited', { retryAfterMs: 100 }), random: () => 0.9 }),
    )
    expect(retry).toEqual({ action: 'retry', delayMs: 550, isQueued: false })
  })

  test('is left for the next after its second refusal', () => {
    expect(
      decide(input({ failure: failure('rate-limited', { retryAfterMs: 1 }), attemptsOnTarget: 2 })),
    ).toEqual(NEXT)
  })
})

test.each(['overloaded', 'server', 'connection'] as const)(
  '%s: once more with backoff, then the next',
  (kind) => {
    expect(decide(input({ failure: failure(kind) }))).toEqual({
      action: 'retry',
      delayMs: 250,
      isQueued: false,
    })
    expect(decide(input({ failure: failure(kind), attemptsOnTarget: 2 }))).toEqual(NEXT)
  },
)

test.each(['timeout', 'auth', 'quota', 'not-found', 'protocol', 'stream-interrupted', 'rejected'] as const)(
  '%s: the next target at once, never the same again',
  (kind) => {
    expect(decide(input({ failure: failure(kind) }))).toEqual(NEXT)
  },
)

test.each(['content-filter', 'invalid-request', 'cancelled'] as const)('%s: gives up', (kind) => {
  expect(decide(input({ failure: failure(kind) })).action).toBe('give-up')
})

describe('a prompt that is too long', () => {
  const steps = [
    aTarget('a/8k', { contextWindowTokens: 8000 }),
    aTarget('b/8k', { contextWindowTokens: 8000 }),
    aTarget('c/4k', { contextWindowTokens: 4000 }),
    aTarget('d/128k', { contextWindowTokens: 128_000 }),
  ]

  test('goes to the next target with a larger window and names those passed over', () => {
    const disposition = decide(
      input({ failure: failure('context-window'), steps, tooSmall: steps.slice(0, 1) }),
    )
    expect(disposition).toEqual({ action: 'next', index: 3, passedOver: [steps[1], steps[2]] })
  })

  test('remembers it when a larger target fails for another reason', () => {
    const disposition = decide(
      input({ failure: failure('auth'), steps, index: 1, tooSmall: steps.slice(0, 1) }),
    )
    expect(disposition).toEqual({ action: 'next', index: 3, passedOver: [steps[2]] })
  })

  test('gives up when no larger window is left', () => {
    const disposition = decide(
      input({ failure: failure('context-window'), steps: steps.slice(0, 3), tooSmall: steps.slice(0, 1) }),
    )
    expect(disposition).toEqual({ action: 'give-up', passedOver: [steps[1], steps[2]] })
  })

  test('tries a target whose window nobody knows', () => {
    const unknown = [steps[0] ?? aTarget('a/8k'), aTarget('e/unknown')]
    expect(decide(input({ failure: failure('context-window'), steps: unknown })).action).toBe('next')
  })
})

test('waits are bounded in sum, fallbacks are not', () => {
  const limited = failure('rate-limited', { retryAfterMs: 2500 })
  expect(decide(input({ failure: limited, waitedMs: 7250 })).action).toBe('retry')
  expect(decide(input({ failure: limited, waitedMs: 7251 }))).toEqual(NEXT)
})

test('does not wait into the deadline', () => {
  expect(
    decide(input({ failure: failure('rate-limited', { retryAfterMs: 2000 }), remainingMs: 2000 })),
  ).toEqual(NEXT)
})

test('the attempt limit ends the call, and so does the last target', () => {
  expect(decide(input({ attemptCount: 6 })).action).toBe('give-up')
  expect(decide(input({ index: 2, attemptsOnTarget: 2 })).action).toBe('give-up')
})

test('whatever fails, the cursor never goes back and a wait never breaks a bound', () => {
  const kinds = Object.keys(FAILURE_RULES) as FailureKind[]
  fc.assert(
    fc.property(
      fc.record({
        kind: fc.constantFrom(...kinds),
        retryAfterMs: fc.option(fc.integer({ min: 0, max: 40_000_000 }), { nil: undefined }),
        index: fc.integer({ min: 0, max: 2 }),
        attemptsOnTarget: fc.integer({ min: 1, max: 4 }),
        attemptCount: fc.integer({ min: 1, max: 7 }),
        waitedMs: fc.integer({ min: 0, max: 12_000 }),
        remainingMs: fc.integer({ min: -10, max: 20_000 }),
        chance: fc.double({ min: 0, max: 0.999, noNaN: true }),
      }),
      ({ kind, retryAfterMs, chance, ...rest }) => {
        const told = retryAfterMs === undefined ? {} : { retryAfterMs }
        const disposition = decide(input({ ...rest, failure: failure(kind, told), random: () => chance }))
        if (disposition.action === 'next') expect(disposition.index).toBeGreaterThan(rest.index)
        if (disposition.action !== 'retry') return
        expect(disposition.delayMs).toBeGreaterThanOrEqual(retryAfterMs ?? 0)
        expect(rest.waitedMs + disposition.delayMs).toBeLessThanOrEqual(policy.retryWaitMaxMs)
        expect(disposition.delayMs).toBeLessThan(rest.remainingMs)
        expect(rest.attemptsOnTarget).toBeLessThanOrEqual(policy.retriesPerTarget)
      },
    ),
  )
})

test('a target that is left alone for longer than the wait is not waited for', () => {
  // Half of the first backoff.
  expect(decide(input({ restMs: 250 }))).toMatchObject({ action: 'retry', delayMs: 250 })
  expect(decide(input({ restMs: 251 }))).toEqual(NEXT)
  // Its own Retry-After is what it is left alone for.
  const limited = failure('rate-limited', { retryAfterMs: 1_000 })
  expect(decide(input({ restMs: 999.9, failure: limited }))).toMatchObject({ action: 'retry' })
  expect(decide(input({ restMs: 5_000, failure: limited }))).toEqual(NEXT)
})

test('without quota nobody is asked again, and the next one is', () => {
  expect(decide(input({ hasQuota: false }))).toEqual(NEXT)
  expect(decide(input({ hasQuota: false, failure: failure('rate-limited', { retryAfterMs: 100 }) }))).toEqual(
    NEXT,
  )
  expect(decide(input({ hasQuota: false, steps: [aTarget('a/one')] }))).toMatchObject({ action: 'give-up' })
})
