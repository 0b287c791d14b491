import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { LedgerRow } from '../../../src/core/ledger-row.ts'
import { LATENCY_BOUNDS_MS } from '../../../src/core/ledger-store.ts'
import { sumCosts, toUsd } from '../../../src/core/money.ts'
import { costOf } from '../../../src/ledger/call-entry.ts'
import { costFigures } from '../../../src/ledger/cost-figures.ts'
import { latencyPercentiles } from '../../../src/ledger/latency-percentiles.ts'
import { rollUp, sumRollUps } from '../../../src/ledger/roll-up.ts'
import { aRow } from '../../support/ledger-rows.ts'

const figuresOf = (rows: readonly LedgerRow[], baseline?: string) =>
  costFigures(
    sumRollUps(
      undefined,
      rollUp(rows, 'UTC').filter(({ grain, dimension }) => grain === 'day' && dimension === 'all'),
    ),
    baseline,
  )

const FREE = { costStatus: 'free', costNanoUsd: 0 } as const

describe('what a group has cost', () => {
  test('is known as well as its parts are: amount and status are those of the sum of its rows', () => {
    const part = fc.oneof(
      fc.record({
        costStatus: fc.constantFrom('exact' as const, 'estimated' as const),
        costNanoUsd: fc.nat(10 ** 9),
      }),
      fc.constant(FREE),
      fc.constant({ costStatus: 'unpriced' as const }),
    )
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
        const rows = parts.map((cost, index) => {
          const { costNanoUsd: _cost, ...bare } = aRow({ callId: `call-${index}` })
          return { ...bare, ...cost }
        })
        const { amountNanoUsd, status } = sumCosts(rows.map(costOf))
        const { costUsd, costStatus } = figuresOf(rows)
        expect([costUsd, costStatus]).toEqual([
          amountNanoUsd === undefined ? undefined : toUsd(amountNanoUsd),
          status,
        ])
      }),
    )
  })

  test('nothing at all is free, and has neither average nor latency', () => {
    const figures = figuresOf([])
    expect(figures).toMatchObject({ calls: 0, costUsd: 0, costStatus: 'free', wastedUsd: 0 })
    expect(Object.keys(figures)).not.toEqual(expect.arrayContaining(['averageUsd']))
    expect(Object.keys(figures)).not.toEqual(expect.arrayContaining(['latencyMs']))
  })

  test('an unknown amount is absent, and counted', () => {
    const { costNanoUsd: _cost, ...unpriced } = aRow({ costStatus: 'unpriced' })
    const figures = figuresOf([unpriced])
    expect(figures).toMatchObject({ costStatus: 'unpriced', unpricedAttempts: 1, calls: 1 })
    expect(figures).not.toHaveProperty('costUsd')
    expect(figures).not.toHaveProperty('averageUsd')
  })

  test('waste and overhead are parts of it', () => {
    const rows = [
      aRow({ callId: 'a', attempt: 1, purpose: 'wasted', isCall: false, costNanoUsd: 3_000_000 }),
      aRow({ callId: 'a', attempt: 2, costNanoUsd: 5_000_000 }),
      aRow({ callId: 'b', purpose: 'overhead', isCall: false, costNanoUsd: 2_000_000 }),
    ]
    expect(figuresOf(rows)).toMatchObject({
      calls: 1,
      attempts: 3,
      costUsd: 0.01,
      averageUsd: 0.01,
      wastedUsd: 0.003,
      overheadUsd: 0.002,
    })
  })
})

describe('savings', () => {
  const answer = { baseline: 'one/large', baselineNanoUsd: 9_000_000, costNanoUsd: 1_000_000 } as const

  test('are what the answers would have cost, less what they did and everything wasted and overhead', () => {
    const rows = [
      aRow({ callId: 'a', ...answer }),
      aRow({ callId: 'b', attempt: 1, purpose: 'wasted', isCall: false, costNanoUsd: 500_000 }),
      aRow({ callId: 'b', attempt: 2, callOutcome: 'degraded', ...answer }),
      aRow({ callId: 'c', purpose: 'overhead', isCall: false, costNanoUsd: 250_000 }),
    ]
    expect(figuresOf(rows, 'one/large').savings).toEqual({
      baselineUsd: 0.018,
      savedUsd: 0.01525,
      comparedCalls: 2,
      uncomparedCalls: 0,
    })
  })

  test('leave calls that cannot be compared out of both sides, and count them', () => {
    const rows = [aRow({ callId: 'a', ...answer }), aRow({ callId: 'b', costNanoUsd: 70_000_000 })]
    expect(figuresOf(rows, 'one/large').savings).toEqual({
      baselineUsd: 0.009,
      savedUsd: 0.008,
      comparedCalls: 1,
      uncomparedCalls: 1,
    })
  })

  test('are against the model that is named, and no other; absent where none is', () => {
    const rows = [aRow(answer)]
    expect(figuresOf(rows, 'one/other').savings).toMatchObject({ baselineUsd: 0, comparedCalls: 0 })
    expect(figuresOf(rows)).not.toHaveProperty('savings')
  })
})

describe('percentiles', () => {
  const answered = (latencies: readonly number[]) =>
    figuresOf(latencies.map((callLatencyMs, index) => aRow({ callId: `call-${index}`, callLatencyMs })))
      .latencyMs

  test('lie within the bucket of the value that they are of, so within a factor of √2', () => {
    const latency = fc.double({ min: 10.001, max: 655_000, noNaN: true })
    fc.assert(
      fc.property(fc.array(latency, { minLength: 1, maxLength: 60 }), (latencies) => {
        const sorted = latencies.toSorted((one, other) => one - other)
        const told = answered(latencies)
        for (const [share, name] of [
          [0.5, 'p50'],
          [0.9, 'p90'],
          [0.99, 'p99'],
        ] as const) {
          const right = sorted[Math.ceil(share * sorted.length) - 1] ?? 0
          expect((told?.[name] ?? 0) / right).toBeGreaterThan(0.7)
          expect((told?.[name] ?? 0) / right).toBeLessThan(1.42)
        }
      }),
    )
  })

  test('grow with their rank', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(50), {
          minLength: LATENCY_BOUNDS_MS.length + 1,
          maxLength: LATENCY_BOUNDS_MS.length + 1,
        }),
        (counts) => {
          const told = latencyPercentiles(counts)
          if (told === undefined) return
          const { p50, p90, p95, p99 } = told
          expect([p50, p90, p95, p99]).toEqual([p50, p90, p95, p99].toSorted((one, other) => one - other))
        },
      ),
    )
  })

  test('of what is beyond the last bound are told as that bound, the least that they can be', () => {
    expect(answered([9e9])?.p99).toBe(655_360)
  })

  test('of calls that were not answered there are none', () => {
    expect(figuresOf([aRow({ callOutcome: 'exhausted', callLatencyMs: 5 })])).not.toHaveProperty('latencyMs')
  })
})
