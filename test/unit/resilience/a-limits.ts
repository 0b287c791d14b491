import { vi } from 'vitest'
import { systemClock } from '../../../src/core/clock.ts'
import {
  createLimits,
  type LimitPermit,
  type LimitPolicy,
  type LimitRequest,
  type Limits,
} from '../../../src/resilience/limits.ts'
import { aTarget } from '../../support/targets.ts'

/** Under vitest's fake timers this is virtual time, the timers' own. */
export function limitsOf(scopes: Record<string, Partial<LimitPolicy>>): Limits {
  return createLimits({
    clock: systemClock,
    policiesOf: ({ instance, id }) =>
      [instance, id].flatMap((scope) => {
        const policy = scopes[scope]
        return policy ? [{ scope, policy: { queueMax: 100, queueMaxWaitMs: 30_000, ...policy } }] : []
      }),
  })
}

export const ONE = aTarget('a/one')
export const TWO = aTarget('a/two')

export function aRequest(parts: Partial<LimitRequest> = {}): LimitRequest {
  return {
    tokens: 1,
    priority: 0,
    signal: new AbortController().signal,
    maxWaitMs: Number.POSITIVE_INFINITY,
    ...parts,
  }
}

export function isPermit(answer: unknown): answer is LimitPermit {
  return typeof answer === 'object' && answer !== null && 'end' in answer
}

/** @throws where the answer is none, or would have to be waited for */
export function permitOf(answer: ReturnType<Limits['acquire']>): LimitPermit {
  if (!isPermit(answer)) throw new Error('not a permit')
  return answer
}

/** All answers, those that were there at once too. */
export async function allOf(answers: readonly ReturnType<Limits['acquire']>[]) {
  return await Promise.all(answers.map(async (answer) => await answer))
}

export const ANSWERED = { tokens: undefined, isRateLimited: false } as const

/** Lets `ms` of virtual time go by, and what waits for it run. */
export async function pass(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms)
}
