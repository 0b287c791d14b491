/** What the cost API answers: every host it is mounted in, every answer as its own description says, and numbers that add up. */
import { createServer } from 'node:http'
import connect from 'connect'
import express from 'express'
import express4 from 'express4'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { costApi, type CostApi } from '../../../src/endpoints/cost-api.ts'
import type { CallDetail, CallsReport, CostsReport } from '../../../src/core/costs.ts'
import type { LedgerRow } from '../../../src/core/ledger-row.ts'
import { DIMENSIONS } from '../../../src/core/ledger-store.ts'
import { toNanoUsd } from '../../../src/core/money.ts'
import { served } from '../../support/app.ts'
import { aCostApi, clientOf } from '../../support/cost-api.ts'
import { aFullRow, aRow, DAY_MS, HOUR_MS, NOON_MS } from '../../support/ledger-rows.ts'
import { aLedgerRouter } from '../../support/ledger-router.ts'
import { wrongBySchema } from '../../support/wrong-by-schema.ts'
import { ledgerBatches } from '../stores/ledger-batches.ts'

const TODAY = [
  aRow({ callId: 'a', user: 'ada', target: 'one/small', provider: 'one', costNanoUsd: 2_000_000 }),
  aRow({ callId: 'b', user: 'bob', target: 'one/large', provider: 'one', costNanoUsd: 7_000_000 }),
  aRow({
    callId: 'c',
    target: 'one/small',
    provider: 'one',
    costNanoUsd: 1_000_000,
    atMs: NOON_MS - HOUR_MS,
  }),
]

describe('it is mounted', () => {
  test.each([
    ['Express 5', (api: CostApi) => express().use('/llm', api)],
    ['Express 4', (api: CostApi) => express4().use('/llm', api)],
    ['Connect', (api: CostApi) => connect().use('/llm', api)],
    ['a router of Express', (api: CostApi) => express().use('/', express.Router().use('/llm/', api))],
  ])('in %s', async (_name, mount) => {
    const { router } = await aLedgerRouter(TODAY)
    const api = clientOf(`${await served(mount(costApi(router, { authorize: () => true })))}/llm`)
    const report: CostsReport = await api.json('/costs/?by=user')
    expect([report.total.costUsd, report.groups?.map(({ key }) => key)]).toEqual([0.01, ['bob', 'ada', null]])
    expect(((await api.json('/calls/a')) as CallDetail).callId).toBe('a')
    expect((await api.json('/openapi.json')) as object).toMatchObject({ servers: [{ url: '/llm' }] })
    expect(await api.problem('/nothing')).toMatchObject({ status: 404, code: 'not_found' })
    expect(await api.problem('')).toMatchObject({ status: 404, code: 'not_found' })
  })

  test('in node:http alone', async () => {
    const { router } = await aLedgerRouter(TODAY)
    const server = createServer(costApi(router, { authorize: () => true }))
    onTestFinished(() => {
      server.close()
      server.closeAllConnections()
    })
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const api = clientOf(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`)
    expect(((await api.json('/costs')) as CostsReport).total.calls).toBe(3)
    expect((await api.json('/openapi.json')) as object).toMatchObject({ servers: [{ url: '/' }] })
  })
})

describe('its description', () => {
  test('says what it answers, field by field', async () => {
    const rows = [
      ...TODAY,
      aFullRow({ callId: 'full', attempt: 1, purpose: 'wasted', isCall: false }),
      aFullRow({ callId: 'full', attempt: 2, reason: 'fallback', outcome: 'success' }),
      aRow({
        callId: 'no',
        attempt: 0,
        kind: 'refusal',
        callOutcome: 'refused',
        costStatus: 'free',
        costNanoUsd: 0,
      }),
    ]
    const { router } = await aLedgerRouter(rows, { baseline: 'one/large' })
    const api = await aCostApi(router, { traceUrl: 'https://jaeger.example/trace/{traceId}' })
    const description: {
      readonly paths: Readonly<Record<string, { readonly get: Operation }>>
      readonly components: { readonly schemas: Readonly<Record<string, object>> }
    } = await api.json('/openapi.json')
    const asked = {
      '/costs/today': '?by=user&interval=hour',
      '/costs': '?by=model&interval=day&from=2026-03-09',
      '/calls': '?limit=2',
      '/calls/{id}': '',
      '/budgets': '',
      '/health': '',
    }
    for (const [path, query] of Object.entries(asked)) {
      const answer: unknown = await api.json(path.replace('{id}', 'full') + query)
      const schema = description.paths[path]?.get.responses['200'].content['application/json']?.schema ?? {}
      expect([path, wrongBySchema(answer, schema, description.components.schemas as never)]).toEqual([
        path,
        [],
      ])
    }
    expect(Object.keys(description.paths)).toEqual([...Object.keys(asked), '/export', '/openapi.json'])
    const problem = await api.problem('/costs?by=nobody')
    const schemas = description.components.schemas as never
    expect(wrongBySchema(problem, { $ref: '#/components/schemas/Problem' }, schemas)).toEqual([])
  })

  test('names the params that are taken, and takes those that it names', async () => {
    const { router } = await aLedgerRouter(TODAY)
    const api = await aCostApi(router)
    const description: { readonly paths: Readonly<Record<string, { readonly get: Operation }>> } =
      await api.json('/openapi.json')
    for (const [path, { get }] of Object.entries(description.paths)) {
      const at = path.replace('{id}', 'a')
      const { status, param } = await api.problem(`${at}?nonsense=1`)
      expect([path, status, param]).toEqual([path, 400, 'nonsense'])
      for (const { name, in: where, schema } of get.parameters) {
        if (where !== 'query') continue
        const value =
          schema.enum?.[0] ?? { limit: '1', before: '', baseline: 'one/large' }[name] ?? '2026-03-10'
        const response = await api.get(`${at}?${name}=${encodeURIComponent(value)}`)
        expect([path, name, response.status]).toEqual([path, name, name === 'before' ? 400 : 200])
        await response.text()
      }
    }
  })
})

interface Operation {
  readonly parameters: readonly {
    readonly name: string
    readonly in: string
    readonly schema: { readonly enum?: readonly string[] }
  }[]
  readonly responses: {
    readonly 200: {
      readonly content: Readonly<Record<string, { readonly schema: Readonly<Record<string, unknown>> }>>
    }
  }
}

describe('the numbers', () => {
  const nano = ({ costUsd = 0 }: { costUsd?: number }): number => toNanoUsd(costUsd)
  const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0)

  test('add up to the nano-dollar: groups to the total, points to the total, groups of points to groups', async () => {
    await fc.assert(
      fc.asyncProperty(
        ledgerBatches,
        fc.constantFrom('UTC', 'Europe/Berlin', 'Asia/Kolkata'),
        fc.constantFrom(...DIMENSIONS.filter((each) => each !== 'all')),
        fc.constantFrom('hour' as const, 'day' as const),
        async (batches, timeZone, by, interval) => {
          const rows = [...new Map(batches.flat().map((row) => [row.id, row])).values()].map(small)
          const { router } = await aLedgerRouter(rows, { timeZone, nowMs: NOON_MS + 40 * HOUR_MS })
          const report = await router.costs({ from: '2026-03-09', by, interval })
          const groups = report.groups ?? []
          const series = report.series ?? []
          expect(nano(report.total)).toBe(sum(rows.map(({ costNanoUsd = 0 }) => costNanoUsd)))
          for (const figure of ['calls', 'attempts', 'inputTokens', 'unpricedAttempts'] as const) {
            expect(sum(groups.map((group) => group[figure]))).toBe(report.total[figure])
            expect(sum(series.map(({ total }) => total[figure]))).toBe(report.total[figure])
          }
          expect(sum(groups.map(nano))).toBe(nano(report.total))
          expect(sum(series.map(({ total }) => nano(total)))).toBe(nano(report.total))
          expect(sum(series.flatMap((point) => (point.groups ?? []).map(nano)))).toBe(nano(report.total))
          for (const [index, { end }] of series.slice(0, -1).entries())
            expect(series[index + 1]?.start).toBe(end)
          expect(series[0]?.start).toBe(report.from)
        },
      ),
      { numRuns: 40 },
    )
  })

  test('are those of the rows in the time that is told, and of no others', async () => {
    const rows = [-1, 0, HOUR_MS - 1, HOUR_MS, 26 * HOUR_MS - 1, 26 * HOUR_MS].map((afterMs, index) =>
      aRow({ callId: `call-${index}`, atMs: NOON_MS + afterMs, costNanoUsd: 10 ** index }),
    )
    const { router } = await aLedgerRouter(rows, { nowMs: NOON_MS + 9 * DAY_MS })
    const report = await router.costs({
      from: '2026-03-10T12:20:00Z',
      to: new Date(NOON_MS + 25.5 * HOUR_MS),
    })
    expect([report.from, report.to]).toEqual(['2026-03-10T12:00:00.000Z', '2026-03-11T14:00:00.000Z'])
    expect(nano(report.total)).toBe(11_110)
  })

  test('of today are those of the day of the zone', async () => {
    const rows = [-1, 0].map((afterMs) =>
      aRow({ callId: `call${afterMs}`, atMs: Date.UTC(2026, 2, 9, 18, 30) + afterMs }),
    )
    const { router } = await aLedgerRouter(rows, { timeZone: 'Asia/Kolkata' })
    const api = await aCostApi(router)
    const report: CostsReport = await api.json('/costs/today?interval=hour')
    expect([report.from, report.to]).toEqual(['2026-03-09T18:30:00.000Z', '2026-03-10T18:30:00.000Z'])
    expect(report.total.calls).toBe(1)
    // Noon UTC is half past five there: what has not begun is not told.
    expect(report.series).toHaveLength(18)
    expect(report.series?.[0]).toMatchObject({ start: report.from, total: { calls: 1 } })
  })

  test('of days have 23 and 25 hours where clocks are changed', async () => {
    const timeZone = 'Europe/Berlin'
    const { router } = await aLedgerRouter([], { timeZone, nowMs: Date.UTC(2026, 10, 21) })
    const hoursOf = async (day: string): Promise<number | undefined> =>
      (await router.costs({ from: day, to: day, interval: 'hour' })).series?.length
    expect([await hoursOf('2026-03-29'), await hoursOf('2026-10-25')]).toEqual([23, 25])
  })

  test('of ten years come day by day', async () => {
    const rows = [0, 1_000, 2_000, 3_600].map((day) =>
      aRow({ callId: `call-${day}`, atMs: NOON_MS - day * DAY_MS, target: `one/${day}` }),
    )
    const { router } = await aLedgerRouter(rows, { timeZone: 'America/New_York' })
    const api = await aCostApi(router)
    const report: CostsReport = await api.json('/costs?from=2016-03-11&to=2026-03-10&interval=day&by=model')
    expect(report.series).toHaveLength(3_652)
    expect(report.series?.filter(({ total }) => total.calls > 0)).toHaveLength(4)
    expect(report).toMatchObject({ total: { calls: 4 }, isCut: false, isSeriesCut: false })
    expect(await api.problem('/costs?from=2010-01-01')).toMatchObject({ status: 400, param: 'from' })
  })

  test('of more groups than are told are those of the dearest, and it says so', async () => {
    const rows = Array.from({ length: 1_200 }, (_, index) =>
      aRow({ callId: `call-${index}`, user: `user-${index}`, costNanoUsd: 1_000 + index }),
    )
    const { router } = await aLedgerRouter(rows)
    const report = await router.costs({ by: 'user', interval: 'hour' })
    expect(report).toMatchObject({ isCut: true, isSeriesCut: true, total: { calls: 1_200 } })
    expect([report.groups?.length, report.groups?.[0]?.key, report.groups?.at(-1)?.key]).toEqual([
      1_000,
      'user-1199',
      'user-200',
    ])
    expect(Math.max(...(report.series ?? []).map(({ groups }) => groups?.length ?? 0))).toBe(20)
  })
})

/** Amounts as they can be: nothing for what is free, and sums that a USD number still tells to the nano-dollar. */
function small(row: LedgerRow): LedgerRow {
  const { costNanoUsd, costStatus } = row
  if (costNanoUsd === undefined) return row
  return { ...row, costNanoUsd: costStatus === 'free' ? 0 : costNanoUsd % 10 ** 9 }
}

describe('savings', () => {
  const answers = Array.from({ length: 30 }, (_, index) => {
    const [inputTokens, outputTokens] = [1_000 + index, 10 * index]
    return aRow({
      callId: `call-${index}`,
      outcome: 'success',
      user: `user-${index % 4}`,
      atMs: NOON_MS - index * HOUR_MS,
      inputTokens,
      outputTokens,
      costNanoUsd: inputTokens * 1_000 + outputTokens * 2_000,
      baseline: 'one/large',
      baselineNanoUsd: inputTokens * 10_000 + outputTokens * 20_000,
    })
  })
  const query = { from: '2026-03-08', by: 'user', interval: 'day' } as const

  test('against a model that is named in the query are what they would be had it been configured', async () => {
    const [configured, named] = await Promise.all([
      aLedgerRouter(answers, { baseline: 'one/large' }),
      aLedgerRouter(answers, { baseline: 'one/small' }),
    ])
    const stored = await configured.router.costs(query)
    expect(stored.total.savings).toMatchObject({ comparedCalls: 30, uncomparedCalls: 0 })
    expect(stored.total.savings?.savedUsd).toBeGreaterThan(0)
    expect(await named.router.costs({ ...query, baseline: 'one/large' })).toEqual(stored)
  })

  test('may be against any model that has a price, in a tier or not', async () => {
    const { router } = await aLedgerRouter(answers)
    const report = await router.costs({ ...query, baseline: 'openai/gpt-4o' })
    expect(report).toMatchObject({ baseline: 'openai/gpt-4o', total: { savings: { comparedCalls: 30 } } })
  })

  test.each(['one/unknown', 'nobody/gpt-4o', 'gpt-4o', '='.repeat(9_000)])(
    'against %s are refused with the reason',
    async (baseline) => {
      const { router } = await aLedgerRouter(answers)
      await expect(router.costs({ baseline })).rejects.toMatchObject({
        code: 'invalid_params',
        status: 400,
        param: 'baseline',
        message: expect.stringMatching(/^"baseline": .{10,400}$/) as string,
      })
    },
  )
})

describe('calls', () => {
  const HOSTILE = [
    "Robert'); DROP TABLE ledger_rows;--",
    '<img src=x onerror=alert(1)>',
    '=HYPERLINK("http://evil.example","x")',
    '%2e%2e/..\\',
    'ada\u0000\u001B[2J\r\nset-cookie: a=b',
    '\u202Eevil 🦊 ｅｖｉｌ',
    '__proto__',
    'x'.repeat(10_000),
  ]

  test.each(HOSTILE)('of %s are found, told and exported as they are', async (text) => {
    const names = { user: text, tenant: text, feature: text, route: text, tier: text }
    const { router } = await aLedgerRouter([
      aRow({ callId: 'one', ...names }),
      aRow({ callId: 'two', user: 'ada' }),
    ])
    const api = await aCostApi(router)
    const { calls }: CallsReport = await api.json(`/calls?user=${encodeURIComponent(text)}`)
    expect(calls).toEqual([expect.objectContaining({ callId: 'one', ...names })])
    const { groups }: CostsReport = await api.json('/costs?by=tenant')
    expect(new Set(groups?.map(({ key }) => key))).toEqual(new Set([null, text]))
    const [line = ''] = (await (await api.get('/export?format=jsonl')).text()).split('\n')
    expect(JSON.parse(line)).toMatchObject(names)
    const csv = await (await api.get('/export?format=csv')).text()
    const cell = /^[=+\-@\t\r\n]/.test(text) ? `'${text}` : text
    const quoted = /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell
    expect(csv).toContain(`,${quoted},${quoted},${quoted},${quoted},`)
  })

  test.each(["a'b", 'a/b', 'a b', '../calls', 'ü', '%', 'a?b#c'])(
    'with the id %s have an address',
    async (callId) => {
      const { router } = await aLedgerRouter([aRow({ callId })])
      const api = await aCostApi(router)
      expect((await api.json(`/calls/${encodeURIComponent(callId)}`)) as object).toMatchObject({ callId })
      for (const id of ['nobody', '%E0%A4%A', 'x'.repeat(5_000)])
        expect(await api.problem(`/calls/${id}`)).toMatchObject({ status: 404, code: 'not_found' })
    },
  )

  test('come page by page, each once, whatever comes in meanwhile', async () => {
    const rows = Array.from({ length: 25 }, (_, index) =>
      aRow({ callId: `call-${index}`, atMs: NOON_MS + Math.floor(index / 4) }),
    )
    const { router, store } = await aLedgerRouter(rows)
    const api = await aCostApi(router)
    const seen: string[] = []
    let next: string | undefined = ''
    for (let page = 0; next !== undefined; page += 1) {
      const path: string = `/calls?limit=6${next === '' ? '' : `&before=${next}`}`
      const report: CallsReport = await api.json(path)
      seen.push(...report.calls.map(({ callId }) => callId))
      next = report.next
      await store.append([aRow({ callId: `late-${page}`, atMs: NOON_MS + 1_000 })])
    }
    expect(seen.toSorted()).toEqual(rows.map(({ callId }) => callId).toSorted())
  })

  test('are told with all that their attempts did, in a waterfall', async () => {
    const rows = [
      aRow({
        callId: 'a',
        attempt: 1,
        purpose: 'wasted',
        isCall: false,
        atMs: NOON_MS,
        outcome: 'failed',
        errorKind: 'overloaded',
        callOutcome: 'degraded',
        target: 'one/small',
        costNanoUsd: 5_000,
        inputTokens: 3,
        outputTokens: 0,
        traceId: '0af7651916cd43dd8448eb211c80319c',
        spanId: 'b7ad6b7169203331',
      }),
      aRow({
        callId: 'a',
        attempt: 2,
        atMs: NOON_MS + 250,
        outcome: 'success',
        callOutcome: 'degraded',
        reason: 'fallback',
        target: 'one/large',
        costNanoUsd: 20_000,
        inputTokens: 3,
        outputTokens: 4,
        callLatencyMs: 390,
      }),
    ]
    const { router } = await aLedgerRouter(rows)
    const api = await aCostApi(router, { traceUrl: 'https://jaeger.example/{traceId}#{spanId}' })
    expect((await api.json('/calls/a')) as object).toMatchObject({
      outcome: 'degraded',
      target: 'one/large',
      attempts: 2,
      inputTokens: 6,
      outputTokens: 4,
      costUsd: 0.000025,
      wastedUsd: 0.000005,
      latencyMs: 390,
      traceUrl: 'https://jaeger.example/0af7651916cd43dd8448eb211c80319c#b7ad6b7169203331',
      attemptList: [
        { number: 1, startMs: 0, outcome: 'failed', errorKind: 'overloaded', purpose: 'wasted' },
        { number: 2, startMs: 250, outcome: 'success', reason: 'fallback', purpose: 'answer' },
      ],
    })
    expect(await router.call('a')).not.toHaveProperty('traceUrl')
    expect(await router.call('nobody')).toBeUndefined()
  })
})

describe('an export', () => {
  const rows = Array.from({ length: 1_234 }, (_, index) =>
    aFullRow({ callId: `call-${index}`, atMs: NOON_MS + index, user: `user ${index % 3}` }),
  )

  test('has every row, as it is kept, the oldest first', async () => {
    const { router } = await aLedgerRouter(rows, { nowMs: NOON_MS + DAY_MS })
    const api = await aCostApi(router)
    const response = await api.get('/export?format=jsonl')
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/x-ndjson; charset=utf-8',
      'content-disposition': 'attachment; filename="express-llm-2026-03-11.jsonl"',
      'cache-control': 'no-store',
    })
    const lines = (await response.text()).trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(rows)
    const pieces: string[] = []
    for await (const piece of router.export({ format: 'jsonl' })) pieces.push(piece)
    expect(pieces.join('').trimEnd().split('\n')).toEqual(lines)
    expect(pieces.length).toBeGreaterThan(2)
  })

  test('of a time has what lies in it', async () => {
    const { router } = await aLedgerRouter(rows, { nowMs: NOON_MS + DAY_MS })
    const api = await aCostApi(router)
    const csv = await (
      await api.get('/export?from=2026-03-10T12:00:00.010Z&to=2026-03-10T12:00:00.013Z')
    ).text()
    const [head = '', ...lines] = csv.trimEnd().split('\r\n')
    expect(head).toMatch(/^at,costUsd,id,callId,attempt,kind,/)
    expect(lines.map((line) => line.split(',', 3))).toEqual(
      [10, 11, 12].map((index) => [`2026-03-10T12:00:00.0${index}Z`, '123.456789012', `call-${index}/1`]),
    )
    expect(await (await api.get('/export?to=2026-03-09')).text()).toBe(`${head}\r\n`)
    expect(await api.problem('/export?from=2026-03-10&to=2026-03-09')).toMatchObject({ param: 'from' })
  })
})
