/** What a ledger in SQLite costs calls, and how soon it answers when it is large. */
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sqliteLedger } from '../../src/sqlite.ts'
import { startChild } from '../child.ts'
import type { LedgerQueryResult, LedgerResult, LedgerRound } from '../measurement.ts'
import { median } from '../median.ts'
import { fillLedger } from './fill.ts'
import { RARE_USER } from './rows.ts'

const DAY_MS = 86_400_000
const RUNS = 15

export interface LedgerBenchOptions {
  readonly rounds: number
  readonly ledgerRows: number
  /** Kept, and used again when it is there. */
  readonly ledgerFile: string | undefined
}

export async function measureLedger(
  options: LedgerBenchOptions,
  progress: (text: string) => void,
): Promise<LedgerResult> {
  const folder = mkdtempSync(join(tmpdir(), 'express-llm-bench-'))
  try {
    progress('ledger: writing …')
    const rounds = await measureWrites(join(folder, 'written.db'), options.rounds)
    const file = options.ledgerFile ?? join(folder, 'large.db')
    if (!existsSync(file)) {
      progress(`ledger: ${options.ledgerRows} rows for questions …`)
      await fillLedger(file, options.ledgerRows, progress)
    }
    progress('ledger: questions …')
    return {
      usPerCall: median(rounds.map((round) => round.usPerCall)),
      longestPauseMs: median(rounds.map((round) => round.longestPauseMs)),
      longestPauseWithoutMs: median(rounds.map((round) => round.longestPauseWithoutMs)),
      longestDelayMs: median(rounds.map((round) => round.longestDelayMs)),
      longestDelayWithoutMs: median(rounds.map((round) => round.longestDelayWithoutMs)),
      rounds,
      rows: options.ledgerRows,
      fileMb: statSync(file).size / 1e6,
      ...(await measureQuestions(file)),
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function measureWrites(file: string, rounds: number): Promise<readonly LedgerRound[]> {
  const child = await startChild({ file: 'ledger/writer.ts', args: [file, `${rounds}`], cores: undefined })
  await child.stop()
  return child.ready as readonly LedgerRound[]
}

type Questions = Pick<
  LedgerResult,
  'today' | 'modelsByDay' | 'newestCalls' | 'rareUser' | 'callsOfTenant' | 'call'
>

async function measureQuestions(file: string): Promise<Questions> {
  const store = sqliteLedger(file)
  await store.open('UTC')
  try {
    const newest = await store.calls({ limit: 200 })
    const nowMs = newest[0]?.[0]?.atMs ?? Number.NaN
    const dayMs = Math.floor(nowMs / DAY_MS) * DAY_MS
    const callIds = newest.flatMap((rows) => rows[0]?.callId ?? [])
    const tenant = newest.at(-1)?.[0]?.tenant ?? ''
    return {
      today: await timed(() =>
        store.totals({
          dimension: 'all',
          spans: [{ grain: 'hour', fromMs: dayMs, toMs: dayMs + DAY_MS }],
          limit: 1,
        }),
      ),
      modelsByDay: await timed(() =>
        store.rollUps({
          grain: 'day',
          dimension: 'model',
          fromMs: dayMs - 29 * DAY_MS,
          toMs: dayMs + DAY_MS,
        }),
      ),
      newestCalls: await timed(() => store.calls({ limit: 50 })),
      rareUser: await timed(() => store.calls({ user: RARE_USER, limit: 50 })),
      callsOfTenant: await timed(() => store.calls({ tenant, limit: 50 })),
      call: await timed((run) => store.call(callIds[(run * 13) % callIds.length] ?? '')),
    }
  } finally {
    await store.close()
  }
}

async function timed(ask: (run: number) => Promise<readonly unknown[]>): Promise<LedgerQueryResult> {
  const times: number[] = []
  let found = 0
  for (let run = 0; run < RUNS; run += 1) {
    const begin = performance.now()
    found = (await ask(run)).length
    times.push(performance.now() - begin)
  }
  if (found === 0) throw new Error('a question about the ledger found nothing')
  return { medianMs: median(times), firstMs: times[0] ?? Number.NaN, worstMs: Math.max(...times) }
}
