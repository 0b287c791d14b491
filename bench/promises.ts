import type { LedgerResult, Measurement, RowResult } from './measurement.ts'
import { LIMITED_ROW, PROMISED_ROW, SHARED_ROW } from './rows.ts'
import { STREAM_PROMISED_ROW } from './streams/rows.ts'

/** One number that the package is held to. */
export interface PromiseResult {
  readonly name: string
  /** Undefined when this run did not measure it. */
  readonly value: number | undefined
  readonly limit: number
  readonly rule: 'at least' | 'at most'
  readonly unit: string
  readonly isKept: boolean
}

/** The promises of the package, and whether this run kept them. What was not measured is not broken. */
export function checkPromises(measured: Measurement): PromiseResult[] {
  const routed: RowResult | undefined = measured.rows.find((row) => row.name === PROMISED_ROW)
  return [
    atLeast(1.5, {
      name: 'routed call, OTel SDK: of the bare client',
      value: routed?.ratioToBare,
      unit: '×',
    }),
    atLeast(0.3, { name: 'routed call, OTel SDK: of the limit', value: routed?.ratioToLimit, unit: '×' }),
    ...streamPromises(measured),
    atLeast(0.75, { name: 'limits in Redis: of limits in memory', value: sharedRatio(measured), unit: '×' }),
    atMost(20, { name: 'planning, ten targets', value: measured.planning.medianUs, unit: ' µs' }),
    atMost(15, {
      name: 'breaker, limits and health in memory',
      value: measured.guards.medianUs,
      unit: ' µs',
    }),
    atMost(0.02, {
      name: `memory of ${measured.guards.targets} targets, growth in another minute`,
      value: measured.guards.growth,
      unit: '',
    }),
    ...ledgerPromises(measured.ledger),
    atMost(250, { name: 'import', value: measured.import.medianMs, unit: ' ms' }),
    atMost(300, { name: 'tarball', value: measured.tarball.bytes / 1000, unit: ' kB' }),
  ]
}

function sharedRatio({ rows }: Measurement): number | undefined {
  const speedOf = (name: string) => rows.find((row) => row.name === name)?.requestsPerSecond
  const [inMemory, inRedis] = [speedOf(LIMITED_ROW), speedOf(SHARED_ROW)]
  return inMemory === undefined || inRedis === undefined ? undefined : inRedis / inMemory
}

function streamPromises({ streams }: Measurement): PromiseResult[] {
  const routed = streams.find((row) => row.name === STREAM_PROMISED_ROW)
  const name = 'streamed chunks, OTel SDK: of the bare client'
  return [
    atLeast(1.2, { name: `${name}, packed`, value: routed?.packed.ratioToBare, unit: '×' }),
    atLeast(1.2, { name: `${name}, one by one`, value: routed?.single.ratioToBare, unit: '×' }),
    atMost(2, {
      name: 'first content, OTel SDK: above the bare client',
      value: routed?.firstContent.overheadMs,
      unit: ' ms',
    }),
    atLeast(1000, { name: 'streams held on one core', value: routed?.held.streams, unit: '' }),
  ]
}

function ledgerPromises(ledger: LedgerResult): PromiseResult[] {
  const name = `ledger in SQLite, ${ledger.rows} rows`
  const ms = { unit: ' ms' } as const
  return [
    atMost(10, { name: 'ledger in SQLite: main thread, each call', value: ledger.usPerCall, unit: ' µs' }),
    atMost(5, {
      name: 'ledger in SQLite: longest pause at 2000 calls/s',
      value: ledger.longestPauseMs,
      ...ms,
    }),
    atMost(50, { name: `${name}: today`, value: ledger.today.medianMs, ...ms }),
    atMost(300, { name: `${name}: 30 days by model and day`, value: ledger.modelsByDay.medianMs, ...ms }),
    atMost(50, { name: `${name}: newest calls`, value: ledger.newestCalls.medianMs, ...ms }),
    atMost(50, { name: `${name}: newest calls of a rare user`, value: ledger.rareUser.medianMs, ...ms }),
    atMost(10, { name: `${name}: one call`, value: ledger.call.medianMs, ...ms }),
  ]
}

type Quantity = Pick<PromiseResult, 'name' | 'value' | 'unit'>

function atLeast(limit: number, quantity: Quantity): PromiseResult {
  const { value } = quantity
  return { ...quantity, limit, rule: 'at least', isKept: value === undefined || value >= limit }
}

function atMost(limit: number, quantity: Quantity): PromiseResult {
  const { value } = quantity
  return { ...quantity, limit, rule: 'at most', isKept: value === undefined || value <= limit }
}
