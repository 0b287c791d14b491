import { expect, test } from 'vitest'
import { BudgetBook } from '../../../src/budgets/budget-book.ts'
import type { BudgetEvent } from '../../../src/core/budget.ts'
import { aBudget } from './a-budget.ts'

const DAY_MS = 86_400_000

function aBook() {
  const events: BudgetEvent[] = []
  const book = new BudgetBook((event) => void events.push(event))
  const spent = (spentNanoUsd: number, budget = aBudget()): void =>
    book.observe(budget, { spentNanoUsd, heldNanoUsd: 0 }, { nowMs: 0 })
  const told = (): readonly string[] =>
    events.map(({ kind, threshold }) => (threshold === undefined ? kind : `${kind} ${threshold}`))
  return { book, events, spent, told }
}

test('each mark is told once in a window, the smaller first', () => {
  const { spent, told } = aBook()
  for (const share of [0, 4, 5, 5, 9, 7, 9, 10, 12]) spent(share)
  expect(told()).toEqual(['alert 0.5', 'alert 0.8', 'exceeded'])
})

test('what had been spent before it was first seen is told to nobody again', () => {
  const { spent, told } = aBook()
  spent(9)
  expect(told()).toEqual([])
  spent(10)
  expect(told()).toEqual(['exceeded'])
})

test('what was added before it was first seen is told', () => {
  const { book, told } = aBook()
  book.observe(aBudget(), { spentNanoUsd: 6, heldNanoUsd: 0 }, { nowMs: 0, addedNanoUsd: 6 })
  expect(told()).toEqual(['alert 0.5'])
})

test('a refusal exceeds a budget that is not spent to the last, once', () => {
  const { book, spent, told, events } = aBook()
  spent(0)
  spent(9)
  book.refused(aBudget())
  book.refused(aBudget())
  spent(10)
  expect(told()).toEqual(['alert 0.5', 'alert 0.8', 'exceeded'])
  expect(events.at(-1)).toMatchObject({ share: 0.9, value: 'u1', endsAt: '1970-01-02T00:00:00.000Z' })
})

test('a new window recovers what was exceeded, and is told of afresh', () => {
  const { spent, told } = aBook()
  const next = aBudget({ startsAtMs: DAY_MS, endsAtMs: 2 * DAY_MS })
  spent(0)
  spent(10)
  spent(0, next)
  spent(5, next)
  // The last call of the day before has ended: that window is over.
  spent(11)
  expect(told()).toEqual(['alert 0.5', 'alert 0.8', 'exceeded', 'recovered', 'alert 0.5'])
})

test('where nothing may be spent, all of it is used', () => {
  const { book, spent } = aBook()
  const none = aBudget({ limitNanoUsd: 0 })
  spent(0, none)
  book.refused(none)
  expect(book.current(0)).toMatchObject([{ budget: { limitNanoUsd: 0 } }])
})

test('remembers ten thousand, the latest', () => {
  const { book, spent } = aBook()
  for (let user = 0; user < 10_005; user++) {
    spent(1, aBudget({ value: `u${user}`, subject: `u${user}`, key: `u${user}` }))
  }
  const kept = book.current(0)
  expect(kept).toHaveLength(10_000)
  expect(kept[0]?.budget.value).toBe('u5')
})
