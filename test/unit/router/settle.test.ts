import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { AttemptRecord } from '../../../src/core/attempt-record.ts'
import { CallAborted } from '../../../src/core/abort.ts'
import { LlmError } from '../../../src/core/llm-error.ts'
import { sumCosts } from '../../../src/core/money.ts'
import type { Plan } from '../../../src/core/plan.ts'
import { settle, type CallFacts } from '../../../src/router/settle.ts'
import { aRecord, aTarget } from '../../support/targets.ts'

const [first, second] = [aTarget('a/one'), aTarget('b/two')]

const plan: Plan = {
  requestedModel: undefined,
  tier: 'cheap',
  task: undefined,
  reason: 'config-default-tier',
  why: 'because',
  strategy: 'in-order',
  steps: [first, second],
  preferred: first,
  skipped: [],
  isLastResort: false,
  maxAttempts: 4,
  inputTokensEstimate: 10,
}

function facts(records: readonly AttemptRecord[], error?: LlmError): CallFacts {
  return {
    callId: 'call-1',
    traceId: undefined,
    spanId: undefined,
    operation: 'chat',
    plan,
    caller: {},
    route: '/ask',
    requestedModel: undefined,
    error,
    records,
    inputEstimate: undefined,
    skipped: [],
    startedAtMs: 0,
    latencyMs: 12,
    retryWaitMs: 0,
    timeToFirstTokenMs: undefined,
    isStreamed: false,
    isOverhead: false,
    metadata: undefined,
  }
}

const failed = aRecord(first, {
  outcome: 'failed',
  failure: { kind: 'server', status: 500, wasSent: true, message: 'a answered 500' },
  usage: undefined,
  cost: { amountNanoUsd: 0, status: 'free' },
})

const broken = aRecord(first, {
  outcome: 'failed',
  failure: { kind: 'stream-interrupted', wasSent: true, message: 'cut' },
  cost: { amountNanoUsd: 700, status: 'estimated' },
  stream: {
    timeToFirstChunkMs: 5,
    timeToLastChunkMs: 9,
    chunkCount: 3,
    malformedCount: 0,
  },
})

function error(code: LlmError['code'], status = 502): LlmError {
  return new LlmError({ code, status, message: code })
}

describe('the outcome', () => {
  test('is success when the first target answered, even after a retry', () => {
    expect(settle(facts([failed, aRecord(first, { number: 2, reason: 'retry' })]))).toMatchObject({
      outcome: 'success',
      retryCount: 1,
      fallbackDepth: 0,
    })
  })

  test('is degraded when another answered; the failed attempt cost nothing', () => {
    const answered = aRecord(second, { number: 2, reason: 'fallback' })
    expect(settle(facts([failed, answered]))).toMatchObject({
      outcome: 'degraded',
      final: answered,
      fallbackDepth: 1,
      attemptCount: 2,
      cost: { amountNanoUsd: 1000, status: 'exact' },
      wasted: { amountNanoUsd: 0, status: 'free' },
      errorType: undefined,
    })
  })

  test('is refused when no attempt was made', () => {
    expect(settle(facts([], error('not_allowed', 403)))).toMatchObject({
      outcome: 'refused',
      errorType: '403',
    })
    expect(settle(facts([], error('no_candidate', 503)))).toMatchObject({
      outcome: 'refused',
      errorType: 'no_candidate',
    })
  })

  test('is exhausted when attempts were made and none answered', () => {
    expect(settle(facts([failed], error('exhausted')))).toMatchObject({
      outcome: 'exhausted',
      errorType: 'exhausted',
    })
  })

  test('names the failure that ended the call by its kind', () => {
    const refused = aRecord(first, {
      outcome: 'failed',
      failure: { kind: 'invalid-request', status: 422, wasSent: true, message: 'no' },
    })
    expect(settle(facts([refused], error('upstream_refused', 422))).errorType).toBe('422')
  })

  test('is cancelled for the client, the caller and the deadline alike', () => {
    expect(settle(facts([failed], new CallAborted('client_gone')))).toMatchObject({
      outcome: 'cancelled',
      errorType: 'cancelled',
    })
    expect(settle(facts([], new CallAborted('deadline')))).toMatchObject({ outcome: 'cancelled' })
  })

  test('is cancelled for a stream that its reader has left, or that nobody read', () => {
    expect(settle(facts([broken], new CallAborted('reader_stopped')))).toMatchObject({
      outcome: 'cancelled',
      errorType: 'cancelled',
    })
    expect(settle(facts([broken], new CallAborted('abandoned')))).toMatchObject({
      outcome: 'cancelled',
      errorType: 'stream_abandoned',
    })
  })

  test.each([
    ['stream-interrupted', undefined, 'stream_interrupted'],
    ['timeout', undefined, 'timeout'],
    ['connection', undefined, 'connection_error'],
    ['server', 500, '500'],
    ['content-filter', undefined, 'content_filter'],
    ['rejected', undefined, 'stream_interrupted'],
  ] as const)('of a stream that broke by %s is named after what broke it', (kind, status, errorType) => {
    const failure = { kind, wasSent: true, message: 'cut', ...(status === undefined ? {} : { status }) }
    const last = { ...broken, number: 2, failure }
    expect(settle(facts([failed, last], error('stream_interrupted')))).toMatchObject({
      outcome: 'exhausted',
      errorType,
    })
  })
})

describe('a hedge', () => {
  const lost = (target: typeof first, parts: Partial<AttemptRecord> = {}): AttemptRecord =>
    aRecord(target, {
      outcome: 'hedge_lost',
      failure: { kind: 'hedge-lost', wasSent: true, message: 'late' },
      cost: { amountNanoUsd: 300, status: 'estimated' },
      ...parts,
    })

  test('that lost is waste, and no fallback', () => {
    const settlement = settle(facts([lost(second, { number: 2, reason: 'hedge' }), aRecord(first)]))
    expect(settlement).toMatchObject({ outcome: 'success', fallbackDepth: 0, hedgeCount: 1, attemptCount: 2 })
    expect(settlement.final?.target).toBe(first)
    expect(settlement.wasted.amountNanoUsd).toBe(300)
  })

  test('that won is another target’s answer, and no fallback either', () => {
    const settlement = settle(facts([lost(first), aRecord(second, { number: 2, reason: 'hedge' })]))
    expect(settlement).toMatchObject({ outcome: 'degraded', fallbackDepth: 0, hedgeCount: 1 })
    expect(settlement.final?.target).toBe(second)
  })

  test('that failed like the first does not hide the fallback behind it', () => {
    const third = aTarget('c/three')
    const hedge = aRecord(second, { number: 2, reason: 'hedge', outcome: 'failed', failure: failed.failure })
    const settlement = settle(facts([failed, hedge, aRecord(third, { number: 3, reason: 'fallback' })]))
    expect(settlement).toMatchObject({ fallbackDepth: 1, hedgeCount: 1 })
  })
})

test('a stream that broke after its commit has answered nobody: all of its cost is waste', () => {
  const settlement = settle(facts([broken], error('stream_interrupted')))
  expect(settlement.final).toBeUndefined()
  expect(settlement.wasted).toEqual({ amountNanoUsd: 700, status: 'estimated' })
  expect(settlement.cost).toEqual(settlement.wasted)
})

test('an answer that came after the call had ended is billed as waste, not delivered', () => {
  const settlement = settle(facts([aRecord(first)], new CallAborted('deadline')))
  expect(settlement.final).toBeUndefined()
  expect(settlement.cost).toEqual({ amountNanoUsd: 1000, status: 'exact' })
  expect(settlement.wasted).toEqual({ amountNanoUsd: 1000, status: 'exact' })
})

test('tokens that nobody told are unknown, not zero', () => {
  expect(settle(facts([failed], error('exhausted'))).usage).toEqual({
    inputTokens: undefined,
    outputTokens: undefined,
  })
})

test('the total is the sum of the attempts to the nano-dollar, and waste is the part that did not answer', () => {
  const cost = fc.oneof(
    fc.record({
      amountNanoUsd: fc.nat(1e12),
      status: fc.constantFrom('exact' as const, 'estimated' as const),
    }),
    fc.constant({ status: 'unpriced' as const }),
    fc.constant({ amountNanoUsd: 0, status: 'free' as const }),
  )
  fc.assert(
    fc.property(fc.array(cost, { minLength: 1, maxLength: 8 }), (costs) => {
      const records = costs.map((each, index) => {
        const isLast = index === costs.length - 1
        return aRecord(isLast ? second : first, {
          number: index + 1,
          outcome: isLast ? 'success' : 'rejected',
          cost: each,
        })
      })
      const settlement = settle(facts(records))
      const known = (list: typeof costs): number =>
        list.reduce((sum, each) => sum + ('amountNanoUsd' in each ? each.amountNanoUsd : 0), 0)
      if (settlement.cost.amountNanoUsd === undefined) expect(known(costs)).toBe(0)
      else expect(settlement.cost.amountNanoUsd).toBe(known(costs))
      expect(settlement.wasted).toEqual(sumCosts(costs.slice(0, -1)))
      const hasUnpriced = costs.some((each) => each.status === 'unpriced')
      expect(['unpriced', 'partial'].includes(settlement.cost.status)).toBe(hasUnpriced)
    }),
  )
})
