import { describe, expect, test } from 'vitest'
import { messageOf, parse, RIGHT } from './some-options.ts'

const DAY = { per: 'user', limitUsd: 1, window: 'day' } as const

function withBudget(budget: object, options: object = {}): object {
  return { ...RIGHT, budgets: { day: budget }, ...options }
}

describe('budgets', () => {
  test('become complete', () => {
    const { budgets, maxRequestNanoUsd } = parse(withBudget(DAY, { timeZone: 'Europe/Berlin' }))
    expect(budgets).toEqual([
      {
        name: 'day',
        per: 'user',
        limitUsd: 1,
        window: 'day',
        timeZone: 'Europe/Berlin',
        alertAt: [0.5, 0.8, 0.95],
        degrade: undefined,
        status: 402,
        assumedNanoUsd: undefined,
        isDryRun: false,
      },
    ])
    expect(maxRequestNanoUsd).toBeUndefined()
  })

  test('may say everything', () => {
    const limitUsd = (): number => 1
    const budget = {
      ...DAY,
      limitUsd,
      timeZone: 'Asia/Kolkata',
      alertAt: [0.9, 0.1, 0.9],
      degradeAt: 0.5,
      degradeTo: 'cheap',
      status: 429,
      unpriced: { assumeUsd: 0.001 },
      dryRun: true,
    }
    const { budgets, maxRequestNanoUsd } = parse(withBudget(budget, { maxRequestCostUsd: 0.05 }))
    expect(budgets).toMatchObject([
      {
        limitUsd,
        timeZone: 'Asia/Kolkata',
        alertAt: [0.1, 0.9],
        degrade: { at: 0.5, to: 'cheap' },
        status: 429,
        assumedNanoUsd: 1_000_000,
        isDryRun: true,
      },
    ])
    expect(maxRequestNanoUsd).toBe(50_000_000)
  })

  test('are none where none are named', () => {
    expect(parse(RIGHT).budgets).toEqual([])
  })

  test.each([
    [
      { ...DAY, limitUsd: 1e-10 },
      'budgets.day.limitUsd: must be a number of USD from 0.000000001 to 1000000, 0 for nothing',
    ],
    [{ ...DAY, limitUsd: -1 }, 'budgets.day.limitUsd'],
    [{ ...DAY, limitUsd: Number.NaN }, 'budgets.day.limitUsd'],
    [{ ...DAY, limitUsd: '1' }, 'budgets.day.limitUsd'],
    [{ per: 'user', window: 'day' }, 'budgets.day.limitUsd: is missing'],
    [{ ...DAY, per: 'users' }, 'budgets.day.per: must be "user" or "tenant"'],
    [{ ...DAY, window: 'week' }, 'budgets.day.window: must be "hour" or "day" or "month"'],
    [{ ...DAY, timeZone: 'Mars/Olympus' }, 'budgets.day.timeZone: must be'],
    [{ ...DAY, alertAt: [50] }, 'budgets.day.alertAt[0]: must be a number more than 0 and at most 1'],
    [{ ...DAY, status: 403 }, 'budgets.day.status: must be 402 or 429'],
    [{ ...DAY, unpriced: 'allow' }, 'budgets.day.unpriced: must be "block", or { assumeUsd'],
    [{ ...DAY, unpriced: { assumeUsd: -1 } }, 'budgets.day.unpriced'],
    [{ ...DAY, degradeAt: 0.5 }, 'budgets.day.degradeTo: is missing'],
    [{ ...DAY, degradeTo: 'cheap' }, 'budgets.day.degradeAt: is missing'],
    [
      { ...DAY, degradeAt: 0.5, degradeTo: 'chaep' },
      'budgets.day.degradeTo: "chaep" is not a tier. Did you mean "cheap"?',
    ],
    [
      { ...DAY, degradeAt: 0.5, degradeTo: 'premium' },
      '"premium" is the best tier, so no call could go down',
    ],
    [
      { ...DAY, per: 'provider', degradeAt: 0.5, degradeTo: 'cheap' },
      'budgets.day.degradeTo: a budget per provider has no tier to go down to',
    ],
    [{ ...DAY, limitUSD: 1 }, 'Unknown option "budgets.day.limitUSD". Did you mean "limitUsd"?'],
  ])('that are wrong are told, with their rule: %j', (budget, message) => {
    expect(messageOf(withBudget(budget))).toContain(message)
  })

  test('have names that can be shown', () => {
    expect(messageOf({ ...RIGHT, budgets: { 'a b': DAY } })).toContain('is not a name')
  })

  test.each([
    [{ budgets: [] }, 'budgets: must be an object'],
    [{ maxRequestCostUsd: 0 }, 'maxRequestCostUsd: must be a number of USD from 0.000000001 to 1000000'],
    [{ onBudget: 'mail' }, 'onBudget: must be a function (event) => void'],
    [{ timeZone: 'Berlin' }, 'timeZone: must be a time zone'],
  ])('and what stands beside them: %j', (options, message) => {
    expect(messageOf({ ...RIGHT, ...options })).toContain(message)
  })
})
