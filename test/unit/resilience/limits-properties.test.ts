/** Whatever comes, in virtual time: no limit is passed, nobody is forgotten, nobody is passed by. */
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { LimitPolicy, Limits } from '../../../src/resilience/limits.ts'
import { allOf, aRequest, isPermit, limitsOf, ONE, pass, TWO } from './a-limits.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const call = fc.record({
  afterMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 5_000 })),
  target: fc.constantFrom(ONE, TWO),
  tokens: fc.integer({ min: 0, max: 120 }),
  priority: fc.integer({ min: 0, max: 1 }),
  holdsMs: fc.integer({ min: 0, max: 8_000 }),
  /** Never more than expected: what comes on top is known too late to be held back. */
  used: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined }),
  abortsAfterMs: fc.option(fc.integer({ min: 0, max: 30_000 }), { nil: undefined, freq: 4 }),
  maxWaitMs: fc.option(fc.integer({ min: 0, max: 60_000 }), { nil: Number.POSITIVE_INFINITY, freq: 2 }),
  refused: fc.option(fc.integer({ min: 0, max: 10_000 }), { nil: undefined, freq: 12 }),
})
type Script = typeof call extends fc.Arbitrary<infer T> ? T : never

const limit = (max: number) => fc.option(fc.integer({ min: 1, max }), { nil: undefined })
const policy = fc
  .record({ concurrency: limit(4), requestsPerMinute: limit(20), tokensPerMinute: limit(200) })
  .map((limits) => ({
    ...Object.fromEntries(Object.entries(limits).filter(([, max]) => max !== undefined)),
    queueMaxWaitMs: Number.POSITIVE_INFINITY,
  }))
const policies = fc.record({ a: policy, 'a/one': policy, 'a/two': policy })

interface Passage {
  readonly script: Script
  /** Place in the sequence of all that happened. */
  readonly arrived: number
  readonly askedMs: number
  started?: { readonly at: number; readonly ms: number }
  endedMs?: number
  outcome?: 'served' | 'refused' | 'aborted'
}

/** Plays all calls to their ends, and for as long as it takes. */
async function play(limits: Limits, script: readonly Script[]): Promise<Passage[]> {
  const passages: Passage[] = []
  let events = 0
  for (const one of script) {
    await pass(one.afterMs)
    const passage: Passage = { script: one, arrived: events++, askedMs: performance.now() }
    passages.push(passage)
    const abort = new AbortController()
    if (one.abortsAfterMs !== undefined) setTimeout(() => abort.abort('enough'), one.abortsAfterMs)
    void begin(passage, abort.signal)
  }
  await pass(200 * 60_000)
  return passages

  async function begin(passage: Passage, signal: AbortSignal): Promise<void> {
    const { target, tokens, priority, maxWaitMs, holdsMs, used, refused } = passage.script
    try {
      const given = limits.acquire(target, aRequest({ tokens, priority, maxWaitMs, signal }))
      const answer = given instanceof Promise ? await given : given
      passage.outcome = isPermit(answer) ? 'served' : 'refused'
      if (!isPermit(answer)) return
      passage.started = { at: events++, ms: performance.now() }
      setTimeout(() => {
        passage.endedMs = performance.now()
        const useTokens = used === undefined ? undefined : Math.floor(used * tokens)
        if (refused === undefined) answer.end({ tokens: useTokens, isRateLimited: false })
        else answer.end({ tokens: 0, isRateLimited: true, retryAfterMs: refused })
      }, holdsMs)
    } catch (reason) {
      expect(reason).toBe('enough')
      passage.outcome = 'aborted'
    }
  }
}

/** No span of a minute and no moment has more of the scope's calls than its policy allows. */
function expectWithin(policyOf: Partial<LimitPolicy>, served: readonly Passage[]) {
  const { concurrency, requestsPerMinute, tokensPerMinute } = policyOf
  for (const { started } of served) {
    const fromMs = started?.ms ?? 0
    const minute = served.filter((other) => isWithin(other.started?.ms, fromMs, fromMs + 60_000))
    expect(minute.length).toBeLessThanOrEqual(requestsPerMinute ?? Number.POSITIVE_INFINITY)
    const tokens = minute.reduce((sum, other) => sum + tokensOf(other, tokensPerMinute), 0)
    expect(tokens).toBeLessThanOrEqual(tokensPerMinute ?? Number.POSITIVE_INFINITY)
    const underWay = served.filter(
      (other) => (other.started?.ms ?? 0) <= fromMs && (other.endedMs ?? 0) > fromMs,
    )
    expect(underWay.length).toBeLessThanOrEqual(concurrency ?? Number.POSITIVE_INFINITY)
  }
}

function isWithin(ms: number | undefined, fromMs: number, toMs: number): boolean {
  return ms !== undefined && ms >= fromMs && ms < toMs
}

/** What it really used. */
function tokensOf({ script: { tokens, used, refused } }: Passage, most = Number.POSITIVE_INFINITY): number {
  if (refused !== undefined) return 0
  return Math.min(used === undefined ? tokens : Math.floor(used * tokens), most)
}

test('whatever comes, no limit is passed, everybody hears, and nothing is left', async () => {
  await fc.assert(
    fc.asyncProperty(policies, fc.array(call, { maxLength: 40 }), async (scopes, script) => {
      const limits = limitsOf(scopes)
      const passages = await play(limits, script)
      const served = passages.filter(({ outcome }) => outcome === 'served')
      for (const { script: one, outcome, askedMs, started } of passages) {
        if (one.maxWaitMs === Infinity && one.abortsAfterMs === undefined) expect(outcome).toBe('served')
        else expect(outcome).toBeDefined()
        if (started) expect(started.ms - askedMs).toBeLessThanOrEqual(one.maxWaitMs + 1)
      }
      expectWithin(scopes.a, served)
      for (const target of [ONE, TWO]) {
        const own = served.filter((passage) => passage.script.target === target)
        expectWithin(scopes[target === ONE ? 'a/one' : 'a/two'], own)
      }
      for (const scope of limits.report()) expect(scope).toMatchObject({ inFlight: 0, queued: 0 })
      expect(vi.getTimerCount()).toBe(0)
    }),
    { numRuns: 150 },
  )
}, 30_000)

test('nobody passes one of the same target who came earlier, or is of higher priority', async () => {
  await fc.assert(
    fc.asyncProperty(policies, fc.array(call, { maxLength: 30 }), async (scopes, script) => {
      const passages = await play(limitsOf(scopes), script)
      const isBefore = (one: Passage, other: Passage) =>
        one.script.priority > other.script.priority ||
        (one.script.priority === other.script.priority && one.arrived < other.arrived)
      const passedBy = passages.filter((one) =>
        passages.some(
          (other) =>
            one.script.target === other.script.target &&
            isBefore(one, other) &&
            one.started !== undefined &&
            other.started !== undefined &&
            // It stood in the queue when the other went in.
            one.arrived < other.started.at &&
            other.started.ms > one.askedMs &&
            one.started.ms > other.started.ms,
        ),
      )
      expect(passedBy).toEqual([])
    }),
    { numRuns: 100 },
  )
}, 30_000)

test('1,000 calls at once against 60 a minute are all served within 20 minutes, at most 62 in any', async () => {
  const limits = limitsOf({ a: { requestsPerMinute: 60, queueMax: 1_000, queueMaxWaitMs: 1_200_000 } })
  const script = (): Script => ({
    afterMs: 0,
    target: ONE,
    tokens: 10,
    priority: 0,
    holdsMs: 300,
    used: undefined,
    abortsAfterMs: undefined,
    maxWaitMs: 1_200_000,
    refused: undefined,
  })
  const passages = await play(limits, Array.from({ length: 1_000 }, script))
  const times = passages.map(({ started }) => started?.ms ?? Number.NaN)
  const endMs = Math.max(...times) - Math.min(...times)
  expect(passages.every(({ outcome }) => outcome === 'served')).toBe(true)
  expect(endMs).toBeLessThan(17 * 60_000)
  const most = times.map((from) => times.filter((ms) => isWithin(ms, from, from + 60_000)).length)
  expect(Math.max(...most)).toBe(60)
  expect(times).toEqual(times.toSorted((one, other) => one - other))
})

test('with a deadline of one minute those that have no chance are told at once', async () => {
  const limits = limitsOf({ a: { requestsPerMinute: 60, queueMax: 1_000, queueMaxWaitMs: 1_200_000 } })
  const answers = Array.from({ length: 1_000 }, () => limits.acquire(ONE, aRequest({ maxWaitMs: 60_000 })))
  const refused = answers.filter((answer) => !(answer instanceof Promise) && !isPermit(answer))
  expect(refused).toHaveLength(940)
  expect(new Set(refused.map((answer) => 'why' in answer && answer.why))).toEqual(new Set(['rate-limited']))
  await pass(60_000)
  expect((await allOf(answers)).filter(isPermit)).toHaveLength(60)
  expect(vi.getTimerCount()).toBe(0)
})
