import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  COUNTER_KEPT_MS,
  type BudgetClaim,
  type BudgetCounter,
  type ReserveReply,
} from '../../../src/core/budget-store.ts'
import { createMemoryBudgets, type MemoryBudgetBounds } from '../../../src/shared/memory-budgets.ts'
import { BudgetModel, budgetSteps, doStep } from '../../support/budget-model.ts'

const HOUR_MS = 3_600_000

/** A store whose time stands still until it is told to go on. */
function aStore(bounds: Partial<MemoryBudgetBounds> = {}) {
  let nowMs = 1_000_000
  const clock = { now: () => nowMs, monotonic: () => nowMs }
  const store = createMemoryBudgets(clock, bounds)
  const endsIn = (key: string, ms: number): BudgetCounter => ({ key, endsAtMs: nowMs + ms })
  const knows = (key: string) => store.read([endsIn(key, HOUR_MS)])[0] !== undefined
  return { store, endsIn, knows, pass: (ms: number) => void (nowMs += ms) }
}

function claimOf(counter: BudgetCounter, amountNanoUsd: number): BudgetClaim {
  return { ...counter, amountNanoUsd, limitNanoUsd: 100, isEnforced: true }
}

test('answers at once, not with promises', () => {
  const { store, endsIn } = aStore()
  const counter = endsIn('a', HOUR_MS)
  store.seed(counter, 10)
  const reply: ReserveReply = store.reserve({ id: 'one', claims: [claimOf(counter, 20)], ttlMs: 1_000 })
  expect(reply).toEqual({ outcome: 'reserved', standings: [{ spentNanoUsd: 10, heldNanoUsd: 20 }] })
  expect(store.settle({ id: 'one', entries: [{ ...counter, spentNanoUsd: 5 }] })).toEqual([
    { spentNanoUsd: 15, heldNanoUsd: 0 },
  ])
})

test('a reservation ends to the millisecond when its time is over', () => {
  const { store, endsIn, pass } = aStore()
  const counter = endsIn('a', HOUR_MS)
  store.seed(counter, 0)
  const reserve = (id: string, ttlMs: number) =>
    store.reserve({ id, claims: [claimOf(counter, 60)], ttlMs }).outcome
  expect(reserve('one', 1_000)).toBe('reserved')
  pass(999)
  expect(reserve('two', 1_000)).toBe('refused')
  pass(1)
  expect(reserve('two', 1_000)).toBe('reserved')
})

test('where there is no room for another counter, those whose windows have ended go first', () => {
  const { store, endsIn, knows, pass } = aStore({ countersMax: 6 })
  for (const [key, ms] of [
    ['long', 10 * HOUR_MS],
    ['short', HOUR_MS],
    ['middle', 5 * HOUR_MS],
  ] as const)
    store.seed(endsIn(key, ms), 1)
  pass(2 * HOUR_MS)
  expect(['long', 'short', 'middle'].map(knows)).toEqual([true, true, true])
  store.seed(endsIn('new', HOUR_MS), 1)
  expect(['long', 'short', 'middle', 'new'].map(knows)).toEqual([true, false, true, true])
})

test('then those that were used longest ago, but not one that something is held of', () => {
  const { store, endsIn, knows } = aStore({ countersMax: 8 })
  for (const key of ['held', 'used', 'unused', 'other']) store.seed(endsIn(key, HOUR_MS), 1)
  store.reserve({ id: 'one', claims: [claimOf(endsIn('held', HOUR_MS), 20)], ttlMs: 1_000 })
  for (const key of ['b', 'c', 'd']) {
    store.seed(endsIn(key, HOUR_MS), 1)
    expect(knows('used')).toBe(true)
  }
  store.seed(endsIn('e', HOUR_MS), 1)
  const known = ['held', 'used', 'unused', 'other', 'b', 'e'].filter(knows)
  expect(known).toEqual(['held', 'used', 'b', 'e'])
})

test('however many counters come and are used, at most so many are kept', () => {
  const { store, endsIn, knows } = aStore({ countersMax: 100 })
  const keys = Array.from({ length: 1_000 }, (_, index) => `user ${index}`)
  for (const [index, key] of keys.entries()) {
    store.seed(endsIn(key, HOUR_MS + index), 1)
    knows(`user ${index % 7}`)
  }
  const counters = keys.map((key) => endsIn(key, HOUR_MS))
  const known = keys.filter((_, index) => store.read(counters)[index] !== undefined)
  expect(known.length).toBeLessThanOrEqual(100)
  expect(known.slice(0, 7)).toEqual(keys.slice(0, 7))
  expect(known.at(-1)).toBe('user 999')
})

test('what is held of a counter that had to be forgotten does not come back to a new one', () => {
  const { store, endsIn } = aStore({ countersMax: 1 })
  const counter = endsIn('a', HOUR_MS)
  store.seed(counter, 1)
  store.reserve({ id: 'one', claims: [claimOf(counter, 20)], ttlMs: 1_000 })
  for (const key of ['b', 'c', 'd']) store.seed(endsIn(key, HOUR_MS), 1)
  store.seed(counter, 1)
  expect(store.settle({ id: 'one', entries: [{ ...counter, spentNanoUsd: 5 }] })).toEqual([
    { spentNanoUsd: 6, heldNanoUsd: 0 },
  ])
})

test('a counter is there for a day after its window, and gone after that', () => {
  const { store, endsIn, knows, pass } = aStore()
  store.seed(endsIn('a', HOUR_MS), 1)
  pass(HOUR_MS + COUNTER_KEPT_MS - 1)
  store.seed(endsIn('b', HOUR_MS), 1)
  expect(knows('a')).toBe(true)
  pass(1)
  store.seed(endsIn('c', HOUR_MS), 1)
  expect(knows('a')).toBe(false)
})

test('at most so many reservations are kept: the oldest ends', () => {
  const { store, endsIn } = aStore({ reservationsMax: 2 })
  const counter = endsIn('a', HOUR_MS)
  store.seed(counter, 0)
  for (const id of ['one', 'two', 'three'])
    store.reserve({ id, claims: [claimOf(counter, 10)], ttlMs: 1_000 })
  expect(store.read([counter])).toEqual([{ spentNanoUsd: 0, heldNanoUsd: 20 }])
})

test('at most so many settled ids are known: the latest', () => {
  const { store, endsIn } = aStore({ settledMax: 4 })
  const counter = endsIn('a', HOUR_MS)
  const settle = (id: string) => store.settle({ id, entries: [{ ...counter, spentNanoUsd: 1 }] })[0]
  for (const id of ['one', 'two', 'three', 'four', 'five', 'five', 'four', 'three']) settle(id)
  expect(settle('four')).toMatchObject({ spentNanoUsd: 5 })
  expect(settle('one')).toMatchObject({ spentNanoUsd: 6 })
})

test('does whatever the model of it does, as time goes by', async () => {
  const ttlMs = fc.integer({ min: 1, max: 60 })
  await fc.assert(
    fc.asyncProperty(budgetSteps(1_000_000 + HOUR_MS, ttlMs), async (steps) => {
      const { store, pass } = aStore()
      const model = new BudgetModel()
      for (const step of steps) {
        if (step.what === 'pass') pass(step.ms)
        expect(await doStep(store, step)).toEqual(await doStep(model, step))
      }
    }),
    { numRuns: 300 },
  )
})
