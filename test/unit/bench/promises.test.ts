import { expect, test } from 'vitest'
import type {
  LedgerQueryResult,
  LedgerResult,
  Measurement,
  RowResult,
  StreamRowResult,
  StreamSpeed,
} from '../../../bench/measurement.ts'
import { tableOf } from '../../../bench/print.ts'
import { checkPromises } from '../../../bench/promises.ts'

function row(name: string, facts: Partial<RowResult> = {}): RowResult {
  return {
    name,
    title: name,
    requestsPerSecond: 5000,
    requestsPerClockSecond: 5000,
    ratioToBare: 1.5,
    ratioToLimit: 0.3,
    p50Ms: 5,
    p99Ms: 9,
    cpuShare: 1,
    spansPerCall: 2,
    rounds: [],
    ...facts,
  }
}

const speed: StreamSpeed = {
  chunksPerSecond: 50_000,
  ratioToBare: 1.2,
  ratioToLimit: 0.3,
  cpuShare: 0.5,
  spansPerStream: 2,
  rounds: [],
}

function streamRow(facts: Partial<StreamRowResult> = {}): StreamRowResult {
  return {
    name: 'stream-otel',
    title: 'routed stream',
    packed: speed,
    single: speed,
    firstContent: { p50Ms: 4, p99Ms: 9, overheadMs: 2, rounds: [] },
    held: { streams: 1000, rssKbPerStream: 50, heapKbPerStream: 20, cpuShare: 0.1 },
    ...facts,
  }
}

function question(medianMs: number): LedgerQueryResult {
  return { medianMs, firstMs: 500, worstMs: 500 }
}

const ledger: LedgerResult = {
  usPerCall: 10,
  longestPauseMs: 5,
  longestPauseWithoutMs: 1,
  longestDelayMs: 80,
  longestDelayWithoutMs: 70,
  rounds: [],
  rows: 200_000,
  fileMb: 300,
  today: question(50),
  modelsByDay: question(300),
  newestCalls: question(50),
  rareUser: question(50),
  callsOfTenant: question(500),
  call: question(10),
}

function measurement(facts: Partial<Measurement> = {}): Measurement {
  return {
    rows: [row('routed-otel')],
    streams: [streamRow()],
    planning: { targets: 10, medianUs: 20, p99Us: 30 },
    guards: { medianUs: 15, p99Us: 30, targets: 10_000, bytesPerTarget: 1_000, growth: 0.02 },
    ledger,
    import: { medianMs: 250, medianRssMb: 50, runs: 9 },
    tarball: { bytes: 300_000, unpackedBytes: 400_000, files: 90 },
    environment: {
      node: '24',
      cpus: 2,
      cpuModel: 'x',
      isPinned: true,
      connections: 32,
      rounds: 5,
      seconds: 4,
    },
    ...facts,
  }
}

const broken = (measured: Measurement): string[] =>
  checkPromises(measured).flatMap((promise) => (promise.isKept ? [] : [promise.name]))

test('numbers that just reach their limits keep every promise', () => {
  expect(broken(measurement())).toEqual([])
})

test.each([
  ['of the bare client', { rows: [row('routed-otel', { ratioToBare: 1.49 })] }],
  ['of the limit', { rows: [row('routed-otel', { ratioToLimit: 0.29 })] }],
  ['packed', { streams: [streamRow({ packed: { ...speed, ratioToBare: 1.19 } })] }],
  ['one by one', { streams: [streamRow({ single: { ...speed, ratioToBare: 1.19 } })] }],
  [
    'first content',
    { streams: [streamRow({ firstContent: { p50Ms: 4, p99Ms: 9, overheadMs: 2.01, rounds: [] } })] },
  ],
  [
    'held',
    {
      streams: [
        streamRow({ held: { streams: 999, rssKbPerStream: 50, heapKbPerStream: 20, cpuShare: 0.1 } }),
      ],
    },
  ],
  ['planning', { planning: { targets: 10, medianUs: 20.1, p99Us: 30 } }],
  [
    'breaker',
    { guards: { medianUs: 15.1, p99Us: 30, targets: 10_000, bytesPerTarget: 1_000, growth: 0.02 } },
  ],
  ['memory', { guards: { medianUs: 15, p99Us: 30, targets: 10_000, bytesPerTarget: 1_000, growth: 0.021 } }],
  ['import', { import: { medianMs: 251, medianRssMb: 50, runs: 9 } }],
  ['tarball', { tarball: { bytes: 300_001, unpackedBytes: 1, files: 1 } }],
])('a number beyond its limit breaks one promise: %s', (name, facts) => {
  expect(broken(measurement(facts))).toEqual([expect.stringContaining(name)])
})

test('a number that could not be measured keeps no promise', () => {
  expect(broken(measurement({ rows: [row('routed-otel', { ratioToBare: Number.NaN })] }))).toHaveLength(1)
})

test('a row that was left out is shown as not measured, and breaks nothing', () => {
  const measured = measurement({ rows: [row('limit'), row('openai')], streams: [] })
  expect(broken(measured)).toEqual([])
  expect(tableOf(measured, checkPromises(measured))).toContain('not measured')
})

test('the table warns of a server that did not fill its core', () => {
  const measured = measurement({ rows: [row('limit', { cpuShare: 0.6 }), row('routed-otel')] })
  expect(tableOf(measured, [])).toMatch(/Not alone on the machine.*: limit\./)
})

test('the table shows streams at both paces, the first content and what a held one takes', () => {
  const shown = tableOf(measurement({ rows: [] }), [])
  for (const text of ['routed stream', '4.00', '2.00', '1000', 'RSS kB/stream']) {
    expect(shown).toContain(text)
  }
})
