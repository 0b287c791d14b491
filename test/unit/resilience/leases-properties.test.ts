/** Several processes and one shared state, in virtual time: no limit is passed, and nobody is forgotten. */
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { systemClock } from '../../../src/core/clock.ts'
import type { SharedOperations } from '../../../src/core/shared-state.ts'
import { Leases } from '../../../src/resilience/leases.ts'
import type { Target } from '../../../src/core/target.ts'
import {
  createLimits,
  type LimitPolicy,
  type Limits,
  type LimitsOptions,
} from '../../../src/resilience/limits.ts'
import { createMemoryState } from '../../../src/shared/memory-state.ts'
import { aRequest, isPermit, ONE, pass, TWO } from './a-limits.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A process: its limits, and a link that takes a while each time. */
function aProcess(
  state: SharedOperations,
  policy: LimitPolicy,
  name: string,
  policiesOf: LimitsOptions['policiesOf'] = () => [{ scope: 'a', policy }],
): Limits {
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
    policiesOf,
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

test('places that are held are told again and again, however busy other scopes are, and no others', async () => {
  const memory = createMemoryState(systemClock, 60_000)
  const told = new Map<string, number[]>()
  const state: SharedOperations = {
    ...memory,
    timeoutMs: 100,
    onStoreError: 'allow',
    minuteMs: 60_000,
    sync: (request) => memory.sync(request),
    claim: (request) => memory.claim(request),
    lease(request) {
      for (const { scope, held } of request.scopes)
        if (held > 0) told.set(scope, [...(told.get(scope) ?? []), performance.now()])
      return memory.lease(request)
    },
  }
  const policy = { concurrency: 5, queueMax: 10, queueMaxWaitMs: 1_000 }
  const limits = aProcess(state, policy, 'one', ({ id }) => [{ scope: id, policy }])
  const ask = async (target: Target) => {
    const answering = limits.acquire(target, aRequest())
    await pass(2)
    const permit = await answering
    if (!isPermit(permit)) throw new Error('refused')
    return permit
  }
  const long = await ask(ONE)
  for (let count = 0; count < 300; count++) {
    const short = await ask(TWO)
    await pass(100)
    short.end({ tokens: undefined, isRateLimited: false })
  }
  const times = [0, ...(told.get(ONE.id) ?? []), performance.now()]
  const gaps = times.slice(1).map((ms, index) => ms - (times[index] ?? 0))
  expect(Math.max(...gaps)).toBeLessThan(6_000)
  expect(times.length).toBeLessThan(30)
  long.end({ tokens: undefined, isRateLimited: false })
  await pass(30_000)
  expect(vi.getTimerCount()).toBe(0)
})
