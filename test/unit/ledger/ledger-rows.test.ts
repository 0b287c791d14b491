import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CallAborted } from '../../../src/core/abort.ts'
import { LlmError } from '../../../src/core/llm-error.ts'
import type { LedgerRow } from '../../../src/core/ledger-row.ts'
import { sumCosts } from '../../../src/core/money.ts'
import { repriceRow, type Baseline } from '../../../src/ledger/baseline.ts'
import { ledgerRows } from '../../../src/ledger/ledger-rows.ts'
import { reprice } from '../../../src/pricing/reprice.ts'
import { aRecord } from '../../support/targets.ts'
import { aPlan, aRateLimited, aSettlement, FIRST, SECOND, someFacts } from '../telemetry/some-calls.ts'

const BASELINE: Baseline = {
  name: 'openai/gpt-4o',
  model: { price: undefined, priceProvider: 'openai', priceModel: 'gpt-4o' },
}
const exhausted = new LlmError({ code: 'exhausted', status: 502, message: 'nobody answered' })
const answered = aRecord(SECOND, { number: 2, reason: 'fallback', spanId: 'span-2' })

function rowsOf(...given: Parameters<typeof aSettlement>): readonly LedgerRow[] {
  return ledgerRows(aSettlement(...given), undefined)
}

describe('the rows of a call', () => {
  test('are one for each attempt; the one that answered stands for the call', () => {
    const rows = rowsOf([aRateLimited(), answered], { traceId: 'trace-1', spanId: 'span-0' })
    expect(rows).toMatchObject([
      { id: 'call-1/1', isCall: false, purpose: 'wasted', outcome: 'failed', errorKind: 'rate-limited' },
      { id: 'call-1/2', isCall: true, purpose: 'answer', reason: 'fallback', spanId: 'span-2' },
    ])
    expect(rows.map(({ traceId, callOutcome }) => [traceId, callOutcome])).toEqual([
      ['trace-1', 'degraded'],
      ['trace-1', 'degraded'],
    ])
    expect(rows[0]).toMatchObject({ errorType: '429', costNanoUsd: 0, costStatus: 'free' })
    expect(rows[1]).toMatchObject({
      callLatencyMs: 1500,
      costNanoUsd: 1000,
      route: '/ask/:id',
      tier: 'cheap',
    })
    expect(rows[0]).not.toHaveProperty('callLatencyMs')
  })

  test('of a call that failed: the last attempt stands for it, whichever ended last', () => {
    const late = aRateLimited({ number: 1 })
    const rows = rowsOf([aRateLimited({ number: 2 }), late], { error: exhausted })
    expect(rows.map(({ attempt, isCall, errorCode }) => [attempt, isCall, errorCode])).toEqual([
      [2, true, 'exhausted'],
      [1, false, undefined],
    ])
  })

  test('are one refusal for a call without attempts', () => {
    const error = new LlmError({ code: 'not_allowed', status: 403, message: 'no' })
    const [row, ...others] = rowsOf([], { error, plan: undefined, spanId: 'span-0' })
    expect(others).toEqual([])
    expect(row).toMatchObject({
      id: 'call-1/0',
      attempt: 0,
      kind: 'refusal',
      isCall: true,
      callOutcome: 'refused',
      errorType: '403',
      errorCode: 'not_allowed',
      costNanoUsd: 0,
      costStatus: 'free',
      spanId: 'span-0',
    })
    expect(row).not.toHaveProperty('target')
    expect(row).not.toHaveProperty('errorKind')
  })

  test("of the router's own requests are overhead, and nobody's call", () => {
    expect(rowsOf([aRecord(FIRST)], { isOverhead: true })).toMatchObject([
      { purpose: 'overhead', isCall: false },
    ])
    const error = new CallAborted('deadline')
    expect(rowsOf([], { isOverhead: true, error })).toMatchObject([{ purpose: 'overhead', isCall: false }])
  })

  test('of a hedge that lost are what the hedge has cost', () => {
    const lost = aRecord(FIRST, {
      outcome: 'hedge_lost',
      failure: { kind: 'hedge-lost', wasSent: true, message: 'late' },
    })
    const rows = rowsOf([{ ...answered, reason: 'hedge' }, lost])
    expect(rows.map(({ purpose }) => purpose)).toEqual(['answer', 'hedge'])
  })

  test('hold no more than the begin of a name that anybody may write', () => {
    const error = new LlmError({ code: 'model_not_found', status: 404, message: 'no' })
    const [row] = rowsOf([], { error, requestedModel: 'x'.repeat(1_000_000) })
    expect(row?.requestedModel).toBe('x'.repeat(256))
  })

  test('hold nothing that is not known', () => {
    for (const row of rowsOf([aRateLimited(), answered])) expect(Object.values(row)).not.toContain(undefined)
  })

  test('say how likely the decision was where it was certain, and nothing where lots were drawn', () => {
    const propensity = (plan: Parameters<typeof aPlan>[0]) =>
      rowsOf([answered], { plan: aPlan(plan) })[0]?.propensity
    expect(propensity({})).toBe(1)
    expect(propensity({ strategy: 'fastest', reason: 'explicit-target' })).toBe(1)
    expect(propensity({ strategy: 'fastest' })).toBeUndefined()
  })

  test('tell the times of a stream', () => {
    const streamed = aRecord(FIRST, { stream: someFacts(), queuedMs: 3, retryDelayMs: 4 })
    expect(rowsOf([streamed], { isStreamed: true, timeToFirstTokenMs: 450 })).toMatchObject([
      {
        isStreamed: true,
        timeToFirstChunkMs: 200,
        callTimeToFirstTokenMs: 450,
        queuedMs: 3,
        retryDelayMs: 4,
      },
    ])
  })
})

describe('system prompt and tools', () => {
  const inputEstimate = { tokens: 100, systemTokens: 25, toolTokens: 50 }
  const used = (inputTokens: number) => aRecord(FIRST, { usage: { inputTokens, outputTokens: 1 } })

  test('are their share of what the provider counted', () => {
    expect(rowsOf([used(40)], { inputEstimate })).toMatchObject([{ systemTokens: 10, toolTokens: 20 }])
    expect(
      rowsOf([used(40)], { inputEstimate: { tokens: 0, systemTokens: 0, toolTokens: 0 } }),
    ).toMatchObject([{ systemTokens: 0, toolTokens: 0 }])
  })

  test('are unknown where tokens are, and where there are no prompts', () => {
    for (const [row] of [
      rowsOf([aRateLimited()], { inputEstimate }),
      rowsOf([used(40)]),
      rowsOf([used(40)], { inputEstimate, operation: 'embeddings' }),
    ]) {
      expect(row).not.toHaveProperty('systemTokens')
      expect(row).not.toHaveProperty('toolTokens')
    }
  })

  test('are never more than the input', () => {
    const part = fc.nat(1_000_000)
    fc.assert(
      fc.property(fc.nat(10_000_000), part, part, part, (inputTokens, systemTokens, toolTokens, rest) => {
        const estimate = { tokens: systemTokens + toolTokens + rest, systemTokens, toolTokens }
        const [row] = rowsOf([used(inputTokens)], { inputEstimate: estimate })
        const parts = [row?.systemTokens ?? -1, row?.toolTokens ?? -1]
        expect(parts.every((tokens) => Number.isSafeInteger(tokens) && tokens >= 0)).toBe(true)
        expect((parts[0] ?? 0) + (parts[1] ?? 0)).toBeLessThanOrEqual(inputTokens)
      }),
    )
  })
})

describe('the baseline', () => {
  test('prices the tokens of the answer, and of nothing else', () => {
    const rows = ledgerRows(aSettlement([aRateLimited(), answered]), BASELINE)
    const expected = reprice(BASELINE.model, { inputTokens: 10, outputTokens: 5 }, answered.startedAtMs)
    // $2.50 and $10 per million.
    expect(expected).toBe(75_000)
    expect(rows[0]).not.toHaveProperty('baseline')
    expect(rows[1]).toMatchObject({ baseline: 'openai/gpt-4o', baselineNanoUsd: 75_000 })
    expect(rows[1] && repriceRow(rows[1], BASELINE.model)).toBe(75_000)
  })

  test.each([
    ['the cost is not known', { cost: { status: 'unpriced' } } as const, {}],
    ['the tokens are not known', { usage: undefined }, {}],
    ['it is no chat', {}, { operation: 'embeddings' } as const],
    ["it is the router's own", {}, { isOverhead: true }],
    ['nobody was answered', {}, { error: exhausted }],
  ])('prices nothing where %s', (_why, record, facts) => {
    const [row] = ledgerRows(aSettlement([aRecord(FIRST, record)], facts), BASELINE)
    expect(row).not.toHaveProperty('baseline')
    expect(row).not.toHaveProperty('baselineNanoUsd')
    expect(row && repriceRow(row, BASELINE.model)).toBeUndefined()
  })

  test('prices cached and reasoning tokens as it would have charged them', () => {
    const usage = { inputTokens: 1_000_000, outputTokens: 0, cacheReadTokens: 400_000, reasoningTokens: 0 }
    const [row] = ledgerRows(aSettlement([aRecord(FIRST, { usage })]), BASELINE)
    // 600,000 at $2.50 and 400,000 at $1.25 per million.
    expect(row?.baselineNanoUsd).toBe(2_000_000_000)
    expect(row && repriceRow(row, BASELINE.model)).toBe(2_000_000_000)
  })
})

test('the sum of the rows is the cost of the call, and one row at most stands for it', () => {
  const cost = fc.oneof(
    fc.nat(1e12).map((amountNanoUsd) => ({ amountNanoUsd, status: 'exact' as const })),
    fc.constant({ status: 'unpriced' as const }),
    fc.constant({ amountNanoUsd: 0, status: 'free' as const }),
  )
  const record = fc.record({
    cost,
    outcome: fc.constantFrom('success' as const, 'failed' as const, 'hedge_lost' as const),
    reason: fc.constantFrom('initial' as const, 'retry' as const, 'fallback' as const, 'hedge' as const),
  })
  fc.assert(
    fc.property(
      fc.array(record, { maxLength: 6 }),
      fc.boolean(),
      fc.boolean(),
      (parts, isFailed, isOverhead) => {
        const records = parts.map((part, index) => aRecord(FIRST, { ...part, number: index + 1 }))
        const isUnanswered = isFailed || !records.some(({ outcome }) => outcome === 'success')
        const settlement = aSettlement(records, { isOverhead, ...(isUnanswered ? { error: exhausted } : {}) })
        const rows = ledgerRows(settlement, undefined)
        const sum = sumCosts(
          rows.map(({ costNanoUsd: amountNanoUsd, costStatus: status }) => ({
            status,
            ...(amountNanoUsd === undefined ? {} : { amountNanoUsd }),
          })),
        )
        expect(sum).toEqual(settlement.cost)
        expect(rows.filter(({ isCall }) => isCall).length).toBe(isOverhead ? 0 : 1)
        expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length)
      },
    ),
  )
})
