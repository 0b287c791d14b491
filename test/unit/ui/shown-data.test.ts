import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { BudgetReport, CallEntry, CallsReport, CostsGroup } from '../../../src/core/costs.ts'
import { loneIndexes, niceTop, stacked, totalsOf } from '../../../ui/src/chart/chart-data.ts'
import { parseSorting, sorted, sortingText } from '../../../ui/src/data/breakdown-columns.ts'
import { burnDown, projectionOf } from '../../../ui/src/data/burn-down.ts'
import { CALLS_MAX, NO_CALLS, withNewest, withOlder } from '../../../ui/src/data/call-list.ts'
import { spendStack } from '../../../ui/src/data/stack-series.ts'
import { stateWords } from '../../../ui/src/data/target-words.ts'
import { sampleCalls } from '../../e2e/dashboard/sample-calls.ts'
import { DAY_MS, NOW_MS } from '../../e2e/dashboard/sample-calls.ts'
import { sampleCosts } from '../../e2e/dashboard/sample-costs.ts'

const CALLS = sampleCalls()
const sample = (by: 'user' | 'model') =>
  sampleCosts(CALLS, {
    fromMs: NOW_MS - 7 * DAY_MS,
    toMs: NOW_MS,
    nowMs: NOW_MS,
    timeZone: 'UTC',
    by,
    interval: 'day',
  })

describe('a stack', () => {
  test('adds up to the whole in each bucket, whatever is shown by itself', () => {
    for (const by of ['user', 'model'] as const) {
      const report = sample(by)
      const totals = totalsOf(spendStack(report))
      for (const [index, point] of (report.series ?? []).entries())
        expect(totals[index]).toBeCloseTo(point.total.costUsd ?? 0, 9)
    }
  })

  test('never goes down from one part to the next', () => {
    const series = fc.array(
      fc.array(fc.option(fc.double({ min: 0, max: 1e6, noNaN: true }), { nil: undefined }), {
        minLength: 3,
        maxLength: 3,
      }),
    )
    fc.assert(
      fc.property(series, (lists) => {
        const sums = stacked(
          lists.map((values, index) => ({ key: `${index}`, label: '', colour: '1', values })),
        )
        for (const [index, values] of sums.entries())
          for (const [at, value] of values.entries())
            expect(value).toBeGreaterThanOrEqual(sums[index - 1]?.[at] ?? 0)
      }),
    )
  })

  test('has room up to a round number', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-9, max: 1e12, noNaN: true }), (max) => {
        expect(niceTop(max)).toBeGreaterThanOrEqual(max)
        expect(niceTop(max)).toBeLessThanOrEqual(max * 2.1)
      }),
    )
    expect(niceTop(0)).toBe(1)
    expect(niceTop(Number.NEGATIVE_INFINITY)).toBe(1)
  })
})

describe('the breakdown', () => {
  test('sorts what is not known last, either way', () => {
    const groups = sample('model').groups ?? []
    for (const isUp of [true, false]) {
      const known = sorted(groups, 'model', { key: 'spend', isUp }).map(
        ({ costUsd }) => costUsd !== undefined,
      )
      expect(known).toEqual(known.toSorted((a, b) => Number(b) - Number(a)))
      expect(known).toContain(false)
    }
  })

  test('sorts by any column and keeps all groups', () => {
    const groups: readonly CostsGroup[] = sample('user').groups ?? []
    for (const key of [
      'name',
      'spend',
      'calls',
      'average',
      'wasted',
      'saved',
      'failed',
      'fallback',
      'tokens',
      'p50',
      'p95',
      'unpriced',
    ])
      expect(new Set(sorted(groups, 'user', { key, isUp: true }))).toEqual(new Set(groups))
  })

  test('is by spend where the address names no column', () => {
    expect(parseSorting('nonsense')).toEqual({ key: 'spend', isUp: false })
    expect(parseSorting('-calls')).toEqual({ key: 'calls', isUp: true })
    expect(sortingText({ key: 'spend', isUp: false })).toBeUndefined()
    expect(sortingText({ key: 'spend', isUp: true })).toBe('-spend')
  })
})

const BUDGET: BudgetReport = {
  budget: 'team',
  per: 'tenant',
  value: 'acme',
  window: 'day',
  timeZone: 'UTC',
  startsAt: '2026-11-21T00:00:00.000Z',
  endsAt: '2026-11-22T00:00:00.000Z',
  limitUsd: 12,
  spentUsd: 6,
  heldUsd: 0,
  share: 0.5,
  state: 'ok',
  isDryRun: false,
}
const at = (hour: number): number => Date.UTC(2026, 10, 21, hour)

describe('a budget', () => {
  test('that goes on like this says what it comes to, and when nothing is left', () => {
    expect(projectionOf(BUDGET, at(12))).toEqual({ usd: 12 })
    expect(projectionOf({ ...BUDGET, spentUsd: 9 }, at(12))).toEqual({ usd: 18, emptyAtMs: at(16) })
    expect(projectionOf({ ...BUDGET, spentUsd: 13 }, at(12))).toEqual({ usd: 26 })
  })

  test('that has just begun says nothing', () => {
    expect(projectionOf(BUDGET, at(0) + 60_000)).toBeUndefined()
  })

  test('burns down from all of it to what it says itself', () => {
    const points = burnDown(BUDGET, undefined, at(12))
    expect(points).toEqual([
      { atMs: at(0), leftUsd: 12 },
      { atMs: at(12), leftUsd: 6 },
    ])
  })
})

describe('the list of calls', () => {
  const entries: readonly CallEntry[] = CALLS.slice(0, 700)
  const page = (from: number, to: number): CallsReport => ({ calls: entries.slice(from, to), next: `${to}` })

  test('puts new calls first and keeps the others, with no call twice', () => {
    const list = withNewest(withNewest(NO_CALLS, page(5, 15)), page(0, 10))
    expect(list.calls).toEqual(entries.slice(0, 15))
    expect([...list.fresh]).toEqual(entries.slice(0, 5).map(({ callId }) => callId))
    expect(list.next).toBe('15')
  })

  test('begins anew where calls between are not known', () => {
    const list = withNewest(withNewest(NO_CALLS, page(50, 60)), page(0, 10))
    expect(list.calls).toEqual(entries.slice(0, 10))
    expect(list.next).toBe('10')
  })

  test('goes on with the next page, and ends at its maximum', () => {
    let list = withNewest(NO_CALLS, page(0, 50))
    for (let from = 50; from < 700; from += 50) list = withOlder(list, page(from, from + 50))
    expect(list.calls).toEqual(entries.slice(0, CALLS_MAX))
  })
})

test('what stands alone in a line is found, at both ends too', () => {
  expect(loneIndexes([1, null, 2, 3, undefined, 0])).toEqual([0, 5])
  expect(loneIndexes([null, 4, null])).toEqual([1])
  expect(loneIndexes([1, 2])).toEqual([])
  expect(loneIndexes([])).toEqual([])
})

describe('a target', () => {
  const target = { target: 'openai/gpt-4o', state: 'open', inFlight: 0 } as const

  test('that is left alone says for how long and why', () => {
    expect(stateWords({ ...target, availableInMs: 3_400 })).toMatchObject({
      label: 'Left alone',
      why: 'for 4 s: it fails again and again',
    })
    expect(
      stateWords({ ...target, state: 'closed', cooldown: { cause: 'auth', endsInMs: 60_000 } }),
    ).toMatchObject({ label: 'Left alone', why: expect.stringContaining('it refused the key') })
  })

  test.each([{}, { availableInMs: 0 }])('whose wait is over may be tried: %o', (rest) => {
    expect(stateWords({ ...target, ...rest })).toEqual({
      label: 'To be probed',
      tone: 'warn',
      why: 'it failed again and again; a call may try it now',
    })
  })
})
