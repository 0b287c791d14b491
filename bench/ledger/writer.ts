/**
 * What a ledger in SQLite costs the thread that calls are made on, at 2,000 calls a second: says it once. The same is done without
 * a ledger, and the difference is what counts. Argument: file, rounds.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { AttemptRecord } from '../../src/core/attempt-record.ts'
import { systemClock } from '../../src/core/clock.ts'
import type { Settlement } from '../../src/core/settlement.ts'
import type { Target } from '../../src/core/target.ts'
import { createLedger } from '../../src/ledger/ledger.ts'
import { createCallId } from '../../src/router/call-id.ts'
import { settle } from '../../src/router/settle.ts'
import { sqliteLedger } from '../../src/sqlite.ts'
import type { LedgerRound } from '../measurement.ts'

const CALLS_PER_SECOND = 2_000
const SECONDS = 4
const TICK_MS = 5

const [, , file = '', rounds = '5'] = process.argv
const nothing = (): void => undefined
const ledger = createLedger({
  store: sqliteLedger(file),
  timeZone: 'UTC',
  baseline: undefined,
  policy: { queueMax: 10_000, batchMax: 200, flushMs: 200, retentionDays: 90, hourRetentionDays: 400 },
  clock: systemClock,
  listener: {
    written: nothing,
    dropped: () => fail('rows were dropped'),
    failed: (error) => fail(error.message),
    down: nothing,
    up: nothing,
    lost: nothing,
    failedAside: (_work, error) => fail(error.message),
  },
})
await ledger.flush()
const measured: LedgerRound[] = []
for (let round = 0; round <= Number(rounds); round += 1) {
  const without = await run(nothing)
  const with_ = await run((settlement) => ledger.record(settlement))
  // The first round is for warming up.
  if (round === 0) continue
  measured.push({
    usPerCall: with_.usPerCall - without.usPerCall,
    longestPauseMs: with_.longestPauseMs,
    longestPauseWithoutMs: without.longestPauseMs,
    longestDelayMs: with_.longestDelayMs,
    longestDelayWithoutMs: without.longestDelayMs,
  })
}
await ledger.close()
process.send?.(measured)

interface Run {
  readonly usPerCall: number
  readonly longestPauseMs: number
  readonly longestDelayMs: number
}

async function run(record: (settlement: Settlement) => void): Promise<Run> {
  const calls = CALLS_PER_SECOND * SECONDS
  const delay = monitorEventLoopDelay({ resolution: 1 })
  const before = process.threadCpuUsage()
  delay.enable()
  const turns = watchTurns()
  let made = 0
  const startMs = performance.now()
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const due = Math.min(calls, ((performance.now() - startMs) / 1000) * CALLS_PER_SECOND)
      for (; made < due; made += 1) record(aSettlement(made))
      if (made < calls) return
      clearInterval(timer)
      resolve()
    }, TICK_MS)
  })
  await ledger.flush()
  delay.disable()
  const { user, system } = process.threadCpuUsage(before)
  return {
    usPerCall: (user + system) / calls,
    longestPauseMs: turns.end(),
    longestDelayMs: delay.max / 1e6,
  }
}

/** The most processor time that the thread has used between two turns of a timer: no one else's work is in it. */
function watchTurns(): { end(): number } {
  let longestUs = 0
  let last = process.threadCpuUsage()
  const timer = setInterval(() => {
    const { user, system } = process.threadCpuUsage(last)
    last = process.threadCpuUsage()
    longestUs = Math.max(longestUs, user + system)
  }, 1)
  return {
    end() {
      clearInterval(timer)
      return longestUs / 1000
    },
  }
}

function aSettlement(number: number): Settlement {
  const startedAtMs = Date.now()
  const record: AttemptRecord = {
    number: 1,
    reason: 'initial',
    target: { id: 'openai/gpt-5-mini', provider: 'openai', model: 'gpt-5-mini' } as unknown as Target,
    outcome: 'success',
    failure: undefined,
    startedAtMs,
    latencyMs: 812.5,
    retryDelayMs: 0,
    queuedMs: 0,
    usage: { inputTokens: 1_200, outputTokens: 300, cacheReadTokens: 1_000, isEstimated: false },
    cost: { amountNanoUsd: 1_234_567, status: 'exact', source: 'catalog' },
    spanId: 'b7ad6b7169203331',
  } as unknown as AttemptRecord
  return settle({
    callId: createCallId(startedAtMs),
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: 'b7ad6b7169203331',
    operation: 'chat',
    plan: undefined,
    caller: { user: `user-${number % 500}`, tenant: `tenant-${number % 50}` },
    route: 'POST /ask/:id',
    requestedModel: 'fast',
    error: undefined,
    records: [record],
    inputEstimate: undefined,
    skipped: [],
    startedAtMs,
    latencyMs: 815,
    retryWaitMs: 0,
    timeToFirstTokenMs: undefined,
    isStreamed: false,
    isOverhead: false,
    metadata: undefined,
  })
}

function fail(why: string): never {
  throw new Error(`the ledger did not keep up: ${why}`)
}
