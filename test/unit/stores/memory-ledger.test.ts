import { describe, expect, test } from 'vitest'
import type { LedgerStore } from '../../../src/core/ledger-store.ts'
import { memoryLedger } from '../../../src/stores/memory-ledger.ts'
import { aRow, DAY_MS, HOUR_MS, NOON_MS } from '../../support/ledger-rows.ts'

const EVER = { fromMs: 0, toMs: NOON_MS + 365 * DAY_MS } as const

async function totalOf(store: LedgerStore, grain: 'hour' | 'day'): Promise<number | undefined> {
  const [total] = await store.totals({ dimension: 'all', spans: [{ grain, ...EVER }], limit: 1 })
  return total?.sums.calls
}

describe('an end of its rows', () => {
  test('the oldest calls go, whole; their sums stay', async () => {
    const store = memoryLedger({ rowsMax: 5 })
    for (let call = 0; call < 10; call++) {
      const callId = `call-${call}`
      await store.append([aRow({ callId, attempt: 1, isCall: false }), aRow({ callId, attempt: 2 })])
    }
    const calls = await store.calls({ limit: 99 })
    expect(calls.map((rows) => rows.map(({ id }) => id))).toEqual([
      ['call-9/1', 'call-9/2'],
      ['call-8/1', 'call-8/2'],
    ])
    expect(await totalOf(store, 'day')).toBe(10)
  })
})

describe('an end of its sums', () => {
  test('the oldest hours go first, then days', async () => {
    const store = memoryLedger({ sumsMax: 100 })
    for (let hour = 0; hour < 20; hour++) {
      const parts = { callId: `call-${hour}`, atMs: NOON_MS + hour * HOUR_MS, user: `user-${hour % 3}` }
      await store.append([aRow(parts)])
    }
    const hours = await store.rollUps({ grain: 'hour', dimension: 'all', ...EVER })
    expect(hours.length).toBeLessThan(20)
    expect(Math.max(...hours.map(({ startMs }) => startMs))).toBe(NOON_MS + 19 * HOUR_MS)
    expect(await totalOf(store, 'day')).toBe(20)
  })

  test('of many users within the hour some are forgotten, and nothing of the whole', async () => {
    const store = memoryLedger({ sumsMax: 500 })
    for (let user = 0; user < 2_000; user++)
      await store.append([aRow({ callId: `call-${user}`, user: `user-${user}` })])
    expect(await totalOf(store, 'hour')).toBe(2_000)
    expect(await totalOf(store, 'day')).toBe(2_000)
    const users = await store.rollUps({ grain: 'day', dimension: 'user', ...EVER })
    expect(users.length).toBeLessThan(500)
    expect(users.at(-1)?.value).toBe('user-1999')
  })
})

test('what was told does not change afterwards', async () => {
  const store = memoryLedger()
  await store.append([aRow()])
  const [before] = await store.rollUps({ grain: 'day', dimension: 'all', ...EVER })
  await store.append([aRow({ callId: 'call-2' })])
  expect(before?.sums.calls).toBe(1)
})

test.each([
  [{ rowsMax: 0 }, '"rowsMax" must be a whole number from 1'],
  [{ rowsMax: 1.5 }, '"rowsMax" must be'],
  [{ rowMax: 5 }, '"rowMax" is no option. Did you mean "rowsMax"?'],
  [5, 'must be an object'],
])('memoryLedger(%j) is refused', (options, message) => {
  expect(() => memoryLedger(options as object)).toThrow(message)
})
