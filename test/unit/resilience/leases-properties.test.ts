/** Several processes and one shared state, in virtual time: no limit is passed, and nobody is forgotten. */
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { systemClock } from '../../../src/core/clock.ts'
import type { SharedOperations } from '../../../src/core/shared-state.ts'
import { Leases } from '../../../src/resilience/leases.ts'
import { createLimits, type LimitPolicy, type Limits } from '../../../src/resilience/limits.ts'
import { createMemoryState } from '../../../src/shared/memory-state.ts'
import { aRequest, isPermit, ONE, pass } from './a-limits.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A process: its limits, and a link that takes a while each time. */
function aProcess(state: SharedOperations, policy: LimitPolicy, name: string): Limits {
  const link = {
    state,
    process: name,
    isUp: true,
    ownPart: 1,
    onChange: () => undefined,
    async run<T>(operation: () => Promise<T>): Promise<T> {
      await new Promise((resolve) => setTimeout(resolve, 1))
      return await operation()
    },
  }
  return createLimits({
    clock: systemClock,
    policiesOf: () => [{ scope: 'a', policy }],
    leases: new Leases({ link, clock: systemClock }),
  })
}

const limit = (max: number) => fc.option(fc.integer({ min: 1, max }), { nil: undefined })
const policies = fc.record({
  concurrency: limit(4),
  requestsPerMinute: limit(20),
  tokensPerMinute: limit(200),
})

const call = fc.record({
  afterMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 3_000 })),
  process: fc.integer({ min: 0, max: 2 }),
  tokens: fc.integer({ min: 0, max: 120 }),
  holdsMs: fc.integer({ min: 0, max: 5_000 }),
  used: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined }),
  abortsAfterMs: fc.option(fc.integer({ min: 0, max: 10_000 }), { nil: undefined, freq: 5 }),
})

interface Passage {
  readonly tokens: number
  startedMs?: number
  endedMs?: number
  outcome?: 'served' | 'aborted'
}

test('whatever comes, together they keep each limit, and everybody is served in the end', async () => {
  await fc.assert(
    fc.asyncProperty(policies, fc.array(call, { maxLength: 25 }), async (limits, script) => {
      const set = Object.fromEntries(Object.entries(limits).filter(([, max]) => max !== undefined))
      const policy: LimitPolicy = { ...set, queueMax: 100, queueMaxWaitMs: Number.POSITIVE_INFINITY }
      const state = createMemoryState(systemClock, 60_000)
      const processes = ['one', 'two', 'three'].map((name) => aProcess(state, policy, name))
      const passages: Passage[] = []
      for (const one of script) {
        await pass(one.afterMs)
        const used = one.used === undefined ? undefined : Math.floor(one.used * one.tokens)
        const passage: Passage = { tokens: used ?? one.tokens }
        passages.push(passage)
        void run(processes[one.process], one, passage)
      }
      await pass(100 * 60_000)
      for (const { outcome } of passages) expect(outcome).toBeDefined()
      expectWithin(policy, passages)
      const closing = Promise.all(processes.map((process) => process.close()))
      await pass(1_000)
      await closing
      expect(vi.getTimerCount()).toBe(0)
    }),
    { numRuns: 150 },
  )

  async function run(
    limits: Limits | undefined,
    {
      tokens,
      holdsMs,
      used,
      abortsAfterMs,
    }: { tokens: number; holdsMs: number; used: number | undefined; abortsAfterMs: number | undefined },
    passage: Passage,
  ): Promise<void> {
    const abort = new AbortController()
    if (abortsAfterMs !== undefined) setTimeout(() => abort.abort('enough'), abortsAfterMs)
    try {
      const permit = await limits?.acquire(ONE, aRequest({ tokens, signal: abort.signal }))
      if (!isPermit(permit)) throw new Error('refused')
      passage.startedMs = performance.now()
      setTimeout(() => {
        passage.endedMs = performance.now()
        passage.outcome = 'served'
        const useTokens = used === undefined ? undefined : Math.floor(used * tokens)
        permit.end({ tokens: useTokens, isRateLimited: false })
      }, holdsMs)
    } catch (reason) {
      expect(reason).toBe('enough')
      passage.outcome = 'aborted'
    }
  }
}, 60_000)

function expectWithin(policy: LimitPolicy, passages: readonly Passage[]): void {
  const { concurrency = Infinity, requestsPerMinute = Infinity, tokensPerMinute = Infinity } = policy
  const served = passages.filter(({ startedMs }) => startedMs !== undefined)
  for (const { startedMs: fromMs = 0 } of served) {
    // A grant travels for a millisecond.
    const minute = served.filter(({ startedMs = 0 }) => startedMs >= fromMs && startedMs < fromMs + 59_990)
    expect(minute.length).toBeLessThanOrEqual(requestsPerMinute)
    const tokens = minute.reduce((sum, { tokens }) => sum + Math.min(tokens, tokensPerMinute), 0)
    expect(tokens).toBeLessThanOrEqual(tokensPerMinute)
    const underWay = served.filter(
      ({ startedMs = 0, endedMs = 0 }) => startedMs <= fromMs && endedMs > fromMs,
    )
    expect(underWay.length).toBeLessThanOrEqual(concurrency)
  }
}
