import { expect, test } from 'vitest'
import { spentBefore } from '../../../src/budgets/spent-before.ts'
import { spanAt, type CalendarUnit } from '../../../src/core/calendar.ts'
import { memoryLedger } from '../../../src/stores/memory-ledger.ts'
import { aRow } from '../../support/ledger-rows.ts'
import { aBudget, aPolicy } from './a-budget.ts'

const HOURS_KEPT_SINCE = Date.parse('2026-11-15T00:00:00Z')

/** A nano-dollar of `u1` at each of these moments; hours before the 15th are forgotten. */
async function aLedger(moments: readonly string[], timeZone: string) {
  const store = Object.assign(memoryLedger(), { isPersistent: true })
  await store.open(timeZone)
  await store.append(
    moments.map((moment, index) =>
      aRow({ callId: `${index}`, user: 'u1', atMs: Date.parse(moment), costNanoUsd: 1 }),
    ),
  )
  await store.prune({ hoursBeforeMs: HOURS_KEPT_SINCE })
  return spentBefore({ store, timeZone, flush: () => Promise.resolve() }, () => HOURS_KEPT_SINCE)
}

function inWindow(window: CalendarUnit, moment: string, timeZone = 'UTC') {
  const { startMs, endMs } = spanAt(window, Date.parse(moment), timeZone)
  const policy = aPolicy({ window, timeZone })
  return aBudget({ policy, startsAtMs: startMs, endsAtMs: endMs })
}

test('what was spent in a month is known though its first hours are forgotten', async () => {
  const moments = [
    '2026-10-31T23:59:59Z',
    '2026-11-01T00:00:00Z',
    '2026-11-03T10:00:00Z',
    '2026-11-21T09:00:00Z',
  ]
  const spent = await aLedger(moments, 'UTC')
  expect(await spent?.(inWindow('month', '2026-11-21T10:00:00Z'))).toBe(3)
})

test('where a month begins within a day whose hours are forgotten, all of that day counts', async () => {
  const moments = [
    '2026-10-31T10:00:00Z',
    '2026-10-31T23:30:00Z',
    '2026-11-20T10:00:00Z',
    '2026-11-30T23:30:00Z',
  ]
  const spent = await aLedger(moments, 'UTC')
  // It begins and ends at 23:00 UTC.
  expect(await spent?.(inWindow('month', '2026-11-21T10:00:00Z', 'Europe/Berlin'))).toBe(3)
})

test('a window of which all hours are kept is counted by the hour', async () => {
  const moments = [
    '2026-11-20T22:59:59Z',
    '2026-11-20T23:00:00Z',
    '2026-11-21T22:00:00Z',
    '2026-11-21T23:00:00Z',
  ]
  const spent = await aLedger(moments, 'UTC')
  expect(await spent?.(inWindow('day', '2026-11-21T10:00:00Z', 'Europe/Berlin'))).toBe(2)
  expect(await spent?.(inWindow('hour', '2026-11-20T23:10:00Z'))).toBe(1)
})
