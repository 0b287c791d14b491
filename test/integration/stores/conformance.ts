/** What every ledger store does, wherever it keeps its rows. */
import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { LedgerRow } from '../../../src/core/ledger-row.ts'
import { DIMENSIONS, type CallFilter, type LedgerStore, type RollUp } from '../../../src/core/ledger-store.ts'
import { rollUp } from '../../../src/ledger/roll-up.ts'
import { aFullRow, aRow, DAY_MS, HOUR_MS, NOON_MS } from '../../support/ledger-rows.ts'
import { ledgerBatches } from './ledger-batches.ts'

export interface ConformanceParts {
  /** A store with nothing in it, not yet opened. Called twice with the same name, it finds what the first has kept. */
  readonly create: (name: string) => LedgerStore
  /** Runs of each property. @default 15 */
  readonly runs?: number
}

const EVER = { fromMs: 0, toMs: NOON_MS + 365 * DAY_MS } as const
const ALL_HOURS = { grain: 'hour', ...EVER } as const
const ALL_DAYS = { grain: 'day', ...EVER } as const

export function conformance({ create, runs = 15 }: ConformanceParts): void {
  let count = 0

  async function opened(timeZone = 'UTC', name = `store-${(count += 1)}`): Promise<LedgerStore> {
    const store = create(name)
    await store.open(timeZone)
    onTestFinished(() => store.close())
    return store
  }

  describe('rows', () => {
    test('come back as they were written, with everything that there is', async () => {
      const store = await opened()
      const row = aFullRow()
      await store.append([row])
      expect(await store.call('call-1')).toEqual([row])
    })

    test('have nothing that was not known', async () => {
      const store = await opened()
      const { costNanoUsd: _unknown, ...known } = aRow({ costStatus: 'unpriced' })
      await store.append([known])
      const [row] = await store.call('call-1')
      expect(row).toEqual(known)
      expect(Object.keys(row ?? {}).toSorted()).toEqual(Object.keys(known).toSorted())
    })

    test('keep texts that mean something elsewhere as they are', async () => {
      const store = await opened()
      const texts = [
        `'; drop table llm_ledger_row; --`,
        `" or 1=1 /*`,
        '<script>alert(1)</script>',
        '=HYPERLINK("http://evil.example")',
        '$1 ? :name @p1 %s \\',
        'line\r\nbreak\ttab',
        '日本語 🙂 é ة',
        ' spaces ',
        'x'.repeat(500),
      ]
      const rows = texts.map((text, index) =>
        aRow({ callId: `call-${index}`, user: text, route: text, target: text, model: text }),
      )
      await store.append(rows)
      for (const [index, text] of texts.entries()) {
        expect(await store.calls({ user: text, route: text, model: text, limit: 9 })).toEqual([[rows[index]]])
        const [group] = await store.rollUps({ ...ALL_DAYS, dimension: 'user', values: [text] })
        expect(group).toMatchObject({ value: text, sums: { calls: 1 } })
      }
    })

    test('are found by texts that cannot be kept as they are', async () => {
      const store = await opened()
      // No database can make this one shorter.
      const long = Array.from({ length: 5_000 }, (_, index) =>
        String.fromCodePoint(0x4e00 + ((index * 7919) % 20_000)),
      )
      const users = ['a\0b', 'c\uD800d', long.join(''), [...long, 'z'].join('')]
      await store.append(users.map((user, index) => aRow({ callId: `call-${index}`, user, tenant: user })))
      for (const user of users) {
        expect(await store.calls({ user, limit: 9 })).toHaveLength(1)
        expect(await store.rollUps({ ...ALL_DAYS, dimension: 'user', values: [user] })).toHaveLength(1)
      }
    })

    test('with numbers that are none keep no others from being written', async () => {
      const store = await opened()
      const odd = { inputTokens: Infinity, outputTokens: 1.6, costNanoUsd: Number.NaN, latencyMs: Number.NaN }
      await store.append([
        aRow({ ...odd, cacheReadTokens: 1e300 }),
        aRow({ callId: 'call-2', inputTokens: 5 }),
      ])
      expect(await store.rows({ ...EVER, limit: 9 })).toHaveLength(2)
      if (store.name === 'memory') return
      const [total] = await store.totals({ dimension: 'all', spans: [ALL_DAYS], limit: 1 })
      expect(total?.sums).toMatchObject({ calls: 2, inputTokens: 5, cacheReadTokens: 0, costNanoUsd: 1_000 })
    })

    test('are written once, however often they are given', async () => {
      const store = await opened()
      const rows = [aRow(), aRow({ attempt: 2, isCall: false })]
      await store.append(rows)
      await store.append([...rows, aRow({ callId: 'call-2' })])
      await store.append([aRow({ callId: 'call-3' }), aRow({ callId: 'call-3' })])
      await Promise.all([store.append(rows), store.append(rows)])
      expect(await store.rows({ ...EVER, limit: 99 })).toHaveLength(4)
      const [total] = await store.totals({ dimension: 'all', spans: [ALL_DAYS], limit: 1 })
      expect(total?.sums).toMatchObject({ calls: 3, attempts: 4, costNanoUsd: 4_000 })
    })

    test('may be none', async () => {
      const store = await opened()
      await store.append([])
      expect(await store.rows({ ...EVER, limit: 9 })).toEqual([])
      expect(await store.calls({ limit: 9 })).toEqual([])
      expect(await store.totals({ dimension: 'all', spans: [ALL_DAYS], limit: 9 })).toEqual([])
      expect(await store.rollUps({ ...ALL_HOURS, dimension: 'user' })).toEqual([])
      expect(await store.prune({ rowsBeforeMs: NOON_MS, hoursBeforeMs: NOON_MS })).toBe(0)
    })

    test('are listed from the oldest to the newest, each once, page by page', async () => {
      const store = await opened()
      const rows = Array.from({ length: 23 }, (_, index) =>
        aRow({ callId: `call-${index % 7}`, attempt: index, atMs: NOON_MS + Math.floor(index / 5) }),
      )
      await store.append(rows.toReversed())
      const listed: LedgerRow[] = []
      for (;;) {
        const last = listed.at(-1)
        const page = await store.rows({
          ...EVER,
          limit: 4,
          ...(last === undefined ? {} : { after: { atMs: last.atMs, id: last.id } }),
        })
        listed.push(...page)
        if (page.length < 4) break
      }
      expect(listed.map(({ id }) => id).toSorted()).toEqual(rows.map(({ id }) => id).toSorted())
      expect(listed.map(({ atMs }) => atMs)).toEqual(rows.map(({ atMs }) => atMs))
      const part = await store.rows({ fromMs: NOON_MS + 1, toMs: NOON_MS + 3, limit: 99 })
      expect(new Set(part.map(({ atMs }) => atMs))).toEqual(new Set([NOON_MS + 1, NOON_MS + 2]))
    })
  })

  describe('calls', () => {
    test('have all their rows by attempt, the newest call first', async () => {
      const store = await opened()
      const late = aRow({ callId: 'late', atMs: NOON_MS + 9 })
      const early = [3, 1, 2].map((attempt) =>
        aRow({ callId: 'early', attempt, atMs: NOON_MS + attempt, isCall: attempt === 3 }),
      )
      const refused = aRow({ callId: 'refused', attempt: 0, kind: 'refusal', atMs: NOON_MS + 2 })
      await store.append([...early, late, refused])
      const calls = await store.calls({ limit: 9 })
      expect(calls.map((rows) => rows.map(({ id }) => id))).toEqual([
        ['late/1'],
        ['refused/0'],
        ['early/1', 'early/2', 'early/3'],
      ])
      expect((await store.call('early')).map(({ attempt }) => attempt)).toEqual([1, 2, 3])
      expect(await store.call('nobody')).toEqual([])
      expect(await store.call('earl')).toEqual([])
    })

    test('are listed once, page by page, also those of one moment', async () => {
      const store = await opened()
      const rows = Array.from({ length: 25 }, (_, index) =>
        aRow({ callId: `call-${index}`, atMs: NOON_MS + Math.floor(index / 9) }),
      )
      await store.append(rows)
      for (const idOf of [(row: LedgerRow) => row.id, (row: LedgerRow) => row.callId]) {
        const listed: LedgerRow[] = []
        for (;;) {
          const last = listed.at(-1)
          const page = await store.calls({
            limit: 4,
            ...(last === undefined ? {} : { before: { atMs: last.atMs, id: idOf(last) } }),
          })
          listed.push(...page.flat())
          if (page.length < 4) break
        }
        expect(listed.map(({ id }) => id).toSorted()).toEqual(rows.map(({ id }) => id).toSorted())
        expect(listed.map(({ atMs }) => atMs)).toEqual(rows.map(({ atMs }) => atMs).toReversed())
      }
    })

    test('are found by everything that they can be filtered by', async () => {
      const store = await opened()
      const wanted = aFullRow({ callId: 'wanted', attempt: 2, atMs: NOON_MS + 2 })
      const first = aFullRow({ callId: 'wanted', target: 'other/one', provider: 'other', isCall: false })
      await store.append([first, wanted, aRow({ callId: 'another', atMs: NOON_MS + 20 })])
      const filters = [
        { model: 'openai/gpt-5-mini' },
        { provider: 'openai' },
        { tier: 'fast' },
        { task: 'chat' },
        { complexity: 'simple' },
        { user: 'ada' },
        { tenant: 'acme' },
        { route: 'POST /ask/:id' },
        { feature: 'summary' },
        { outcome: 'degraded' },
        { fromMs: NOON_MS, toMs: NOON_MS + 20 },
        { model: 'openai/gpt-5-mini', user: 'ada', fromMs: NOON_MS },
      ]
      for (const filter of filters) {
        expect(await store.calls({ ...filter, limit: 9 }), JSON.stringify(filter)).toEqual([[first, wanted]])
      }
      for (const filter of [
        { user: 'Ada' },
        { user: 'ada', tenant: 'other' },
        { model: 'openai/gpt-5-mini', provider: 'other' },
        { toMs: NOON_MS },
        { user: '%' },
        { user: '' },
      ])
        expect(await store.calls({ ...filter, limit: 9 }), JSON.stringify(filter)).toEqual([])
    })
  })

  describe('calls of a group', () => {
    test('are found wherever they are, however rare they are, page by page', async () => {
      const store = await opened()
      // Rare calls in hours far apart, some of which go on with another model in the next hour.
      const rows = Array.from({ length: 1_200 }, (_, index) => {
        const atMs = NOON_MS + index * 7 * 60_000
        const isRare = index % 131 === 0 || index === 600 || index === 601
        const common = {
          callId: `call-${index}`,
          user: isRare ? 'rare' : `user-${index % 5}`,
          tenant: 'acme',
        }
        const first = aRow({ ...common, atMs, target: 'a/one', provider: 'a', isCall: !isRare })
        const second = { atMs: atMs + 40 * 60_000, attempt: 2, target: 'b/rare', provider: 'b' }
        return isRare ? [first, aRow({ ...common, ...second })] : [first]
      })
      for (let from = 0; from < rows.length; from += 300)
        await store.append(rows.slice(from, from + 300).flat())
      const rare = rows.filter(({ length }) => length === 2).toReversed()
      const paged = async (filter: CallFilter): Promise<LedgerRow[][]> => {
        const listed: LedgerRow[][] = []
        for (;;) {
          const last = listed.at(-1)?.[0]
          const page = await store.calls({
            ...filter,
            limit: 3,
            ...(last === undefined ? {} : { before: { atMs: last.atMs, id: last.id } }),
          })
          listed.push(...page.map((call) => [...call]))
          if (page.length < 3) return listed
        }
      }
      for (const filter of [{ user: 'rare' }, { model: 'b/rare' }, { provider: 'b', tenant: 'acme' }])
        expect(await paged(filter), JSON.stringify(filter)).toEqual(rare)
      const within = { fromMs: rare[4]?.[0]?.atMs ?? 0, toMs: rare[1]?.[0]?.atMs ?? 0 }
      expect(await paged({ user: 'rare', ...within })).toEqual(rare.slice(2, 5))
      expect(await store.calls({ tenant: 'acme', limit: 5 })).toEqual(rows.toReversed().slice(0, 5))
      expect(await store.calls({ user: 'nobody', limit: 5 })).toEqual([])
      // Rows that are kept for longer than hours are found, too.
      await store.prune({ hoursBeforeMs: NOON_MS + 3 * DAY_MS })
      expect(await paged({ user: 'rare' })).toEqual(rare)
    })
  })

  describe('roll-ups', () => {
    test('are what the rows add up to, in whatever batches they come', async () => {
      const store = await opened()
      let run = 0
      await fc.assert(
        fc.asyncProperty(ledgerBatches, async (generated) => {
          // Each run has calls and days of its own.
          run += 1
          const shiftMs = run * 40 * DAY_MS
          const batches = generated.map((batch) =>
            batch.map((row) => ({ ...row, ...placeOf(row, run), atMs: row.atMs + shiftMs })),
          )
          for (const batch of batches) await store.append(batch)
          const rows = [...new Map(batches.flat().map((row) => [row.id, row])).values()]
          const expected = rollUp(rows, 'UTC')
          const time = { fromMs: NOON_MS + shiftMs - DAY_MS, toMs: NOON_MS + shiftMs + 9 * DAY_MS }
          for (const dimension of DIMENSIONS) {
            for (const grain of ['hour', 'day'] as const) {
              const found = await store.rollUps({ grain, dimension, ...time })
              expect(sorted(found)).toEqual(
                sorted(expected.filter((one) => one.dimension === dimension && one.grain === grain)),
              )
            }
          }
        }),
        { numRuns: runs },
      )
    }, 60_000)

    test('are told of a time, and of some groups', async () => {
      const store = await opened()
      await store.append([
        aRow({ callId: 'a', user: 'ada', atMs: NOON_MS }),
        aRow({ callId: 'b', user: 'bob', atMs: NOON_MS + HOUR_MS }),
        aRow({ callId: 'c', atMs: NOON_MS + 2 * HOUR_MS - 1 }),
        aRow({ callId: 'd', user: 'bob', atMs: NOON_MS + 2 * HOUR_MS }),
      ])
      const valuesOf = async (values?: readonly (string | undefined)[]) => {
        const span = { grain: 'hour', fromMs: NOON_MS + HOUR_MS, toMs: NOON_MS + 2 * HOUR_MS } as const
        const found = await store.rollUps({
          ...span,
          dimension: 'user',
          ...(values === undefined ? {} : { values }),
        })
        return found.map(({ value }) => value ?? 'none').toSorted()
      }
      expect(await valuesOf()).toEqual(['bob', 'none'])
      expect(await valuesOf(['bob', 'ada'])).toEqual(['bob'])
      expect(await valuesOf([undefined])).toEqual(['none'])
      expect(await valuesOf([])).toEqual([])
    })

    test('add up to totals: of days and the hours at their edges, the dearest group first', async () => {
      const store = await opened()
      const users = ['ada', 'bob', 'bob', 'cyd', 'cyd', undefined]
      await store.append(
        users.flatMap((user, index) =>
          [0, 1, 2].map((day) =>
            aFullRow({
              callId: `${index}-${day}`,
              atMs: NOON_MS + day * DAY_MS,
              costNanoUsd: user === 'ada' ? 10_000 : 1_000,
              ...(user === undefined ? { user: 'eve' } : { user }),
            }),
          ),
        ),
      )
      const spans = [
        { grain: 'hour', fromMs: NOON_MS, toMs: NOON_MS + DAY_MS / 2 },
        { grain: 'day', fromMs: NOON_MS + DAY_MS / 2, toMs: NOON_MS + 3 * DAY_MS },
      ] as const
      const totals = await store.totals({ dimension: 'user', spans, limit: 3 })
      expect(totals.map(({ value, sums }) => [value, sums.costNanoUsd, sums.calls])).toEqual([
        ['ada', 30_000, 3],
        ['bob', 6_000, 6],
        ['cyd', 6_000, 6],
      ])
      expect(totals[1]?.baselines).toEqual([
        { name: 'openai/gpt-5', costNanoUsd: 6_000_000_000_006, answersNanoUsd: 6_000, calls: 6 },
      ])
      expect(totals[1]?.latencies.reduce((sum, one) => sum + one, 0)).toBe(6)
      expect(await store.totals({ dimension: 'user', spans: [], limit: 3 })).toEqual([])
    })

    test('hold amounts that are larger than what anybody pays', async () => {
      const store = await opened()
      const large = Number.MAX_SAFE_INTEGER
      await store.append(['a', 'b', 'c'].map((callId) => aRow({ callId, costNanoUsd: large, user: callId })))
      const [total] = await store.totals({ dimension: 'all', spans: [ALL_DAYS], limit: 1 })
      expect(total?.sums.costNanoUsd).toBeCloseTo(3 * large, -3)
      expect(await store.totals({ dimension: 'user', spans: [ALL_HOURS], limit: 9 })).toHaveLength(3)
    })

    test('go by the hours and days of the time zone', async () => {
      const store = await opened('Asia/Kolkata')
      // 18:30 UTC is midnight there.
      const midnightMs = Date.UTC(2026, 2, 10, 18, 30)
      await store.append([
        aRow({ callId: 'a', atMs: midnightMs - 1 }),
        aRow({ callId: 'b', atMs: midnightMs }),
      ])
      const days = await store.rollUps({ ...ALL_DAYS, dimension: 'all' })
      expect(startsOf(days)).toEqual([midnightMs - DAY_MS, midnightMs])
      const hours = await store.rollUps({ ...ALL_HOURS, dimension: 'all' })
      expect(startsOf(hours)).toEqual([midnightMs - HOUR_MS, midnightMs])
    })
  })

  describe('what is old', () => {
    test('is forgotten: rows, hours and days each from their own time', async () => {
      const store = await opened()
      const rows = Array.from({ length: 1_300 }, (_, index) =>
        aRow({ callId: `call-${index}`, user: `user-${index % 700}`, atMs: NOON_MS + index * 60_000 }),
      )
      await store.append(rows)
      const beforeMs = NOON_MS + 12 * HOUR_MS
      expect(await store.prune({ rowsBeforeMs: beforeMs })).toBe(720)
      expect(await store.rows({ ...EVER, limit: 9_999 })).toEqual(rows.slice(720))
      const callsIn = async (span: typeof ALL_DAYS | typeof ALL_HOURS) =>
        (await store.totals({ dimension: 'all', spans: [span], limit: 1 }))[0]?.sums.calls ?? 0
      expect(await callsIn(ALL_HOURS)).toBe(1_300)
      expect(await store.prune({ hoursBeforeMs: beforeMs })).toBe(0)
      expect(await callsIn(ALL_HOURS)).toBe(580)
      expect(await callsIn(ALL_DAYS)).toBe(1_300)
      await store.prune({ daysBeforeMs: beforeMs })
      expect(await callsIn(ALL_DAYS)).toBe(580)
      const users = await store.rollUps({ ...ALL_DAYS, dimension: 'user' })
      expect(Math.min(...users.map(({ startMs }) => startMs))).toBe(beforeMs)
    })
  })

  test('a closed store says so', async () => {
    const store = create(`store-${(count += 1)}`)
    await store.open('UTC')
    await store.close()
    await store.close()
    await expect(store.append([aRow()])).rejects.toMatchObject({ name: 'LedgerError', code: 'ledger_closed' })
    await expect(store.calls({ limit: 1 })).rejects.toMatchObject({ code: 'ledger_closed' })
  })
}

/** Only for stores that keep what they have: opened again with the same name. */
export function persistence({ create }: ConformanceParts): void {
  let count = 0

  test('what was written is there when it is opened again', async () => {
    const name = `kept-${(count += 1)}`
    const before = create(name)
    await before.open('UTC')
    await before.append([aFullRow()])
    await before.close()
    const after = create(name)
    await after.open('UTC')
    onTestFinished(() => after.close())
    await after.append([aFullRow()])
    expect(await after.call('call-1')).toEqual([aFullRow()])
    const [total] = await after.totals({ dimension: 'all', spans: [ALL_DAYS], limit: 1 })
    expect(total?.sums.calls).toBe(1)
  })

  test('days are computed again when it is opened with another time zone', async () => {
    const name = `kept-${(count += 1)}`
    const rows = Array.from({ length: 60 }, (_, index) =>
      aFullRow({ callId: `call-${index}`, user: `user-${index % 3}`, atMs: NOON_MS + index * HOUR_MS }),
    )
    const before = create(name)
    await before.open('UTC')
    await before.append(rows)
    await before.close()
    const after = create(name)
    await after.open('America/New_York')
    onTestFinished(() => after.close())
    const more = aFullRow({ callId: 'more', atMs: NOON_MS + HOUR_MS })
    await after.append([more])
    const expected = rollUp([...rows, more], 'America/New_York')
    for (const dimension of ['all', 'user', 'model'] as const) {
      const found = await after.rollUps({ ...ALL_DAYS, dimension })
      expect(sorted(found)).toEqual(
        sorted(expected.filter((one) => one.grain === 'day' && one.dimension === dimension)),
      )
    }
  })

  test('days that have forgotten hours count once, whatever time zones come and go', async () => {
    const name = `kept-${(count += 1)}`
    const rows = Array.from({ length: 96 }, (_, index) =>
      aFullRow({ callId: `call-${index}`, atMs: NOON_MS + index * HOUR_MS }),
    )
    const zones = ['UTC', 'America/New_York', 'UTC', 'Asia/Tokyo', 'UTC']
    for (const [turn, timeZone] of zones.entries()) {
      const store = create(name)
      await store.open(timeZone)
      await store.append(rows)
      const [total] = await store.totals({ dimension: 'all', spans: [ALL_DAYS], limit: 1 })
      expect({ timeZone, calls: total?.sums.calls }).toEqual({ timeZone, calls: 96 })
      // In the middle of a day of each zone, a day further each second time.
      await store.prune({ hoursBeforeMs: NOON_MS + (25 + 24 * Math.floor(turn / 2)) * HOUR_MS })
      await store.close()
    }
  }, 60_000)
}

function startsOf(rollUps: readonly RollUp[]): number[] {
  return rollUps.map(({ startMs }) => startMs).toSorted((a, b) => a - b)
}

function placeOf({ callId, attempt }: LedgerRow, run: number): Pick<LedgerRow, 'id' | 'callId'> {
  return { id: `${run}-${callId}/${attempt}`, callId: `${run}-${callId}` }
}

function sorted(rollUps: readonly RollUp[]): readonly RollUp[] {
  const keyOf = ({ startMs, value }: RollUp) => `${startMs} ${value ?? ''}`
  const byName = (one: RollUp) => ({
    ...one,
    baselines: one.baselines.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  })
  return rollUps.map(byName).toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
}
