/** The reports are the same whatever store the ledger is kept in. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { LedgerRow } from '../../../src/core/ledger-row.ts'
import type { LedgerStore } from '../../../src/core/ledger-store.ts'
import { postgresLedger } from '../../../src/postgres.ts'
import { sqliteLedger } from '../../../src/sqlite.ts'
import type { Router } from '../../../src/surface/router.ts'
import { DAY_MS, HOUR_MS, NOON_MS } from '../../support/ledger-rows.ts'
import { aLedgerRouter } from '../../support/ledger-router.ts'
import { aPostgresServer, NO_POSTGRES } from '../../support/postgres-server.ts'
import { ledgerBatches } from '../stores/ledger-batches.ts'

/** Some hundred rows of forty days, the same in each run; the attempts of a call counted from 1 on, as routers do. */
const ROWS: readonly LedgerRow[] = fc
  .sample(ledgerBatches, { seed: 7, numRuns: 40 })
  .flatMap((batches, run) => {
    const rows = [...new Map(batches.flat().map((row) => [row.id, row])).values()]
    return [...Map.groupBy(rows, ({ callId }) => callId).values()].flatMap((ofCall) =>
      ofCall.map((row, index): LedgerRow => {
        const [callId, attempt] = [`${run}-${row.callId}`, index + 1]
        return { ...row, callId, attempt, id: `${callId}/${attempt}`, atMs: row.atMs + run * DAY_MS }
      }),
    )
  })
const OPTIONS = { nowMs: NOON_MS + 41 * DAY_MS, timeZone: 'Europe/Berlin', baseline: 'one/large' } as const

/** Everything that a router tells of its ledger. */
async function toldBy(router: Router) {
  const from = '2026-03-09'
  const { calls, next } = await router.calls({ limit: 100 })
  return {
    all: await router.costs({ from }),
    byUser: await router.costs({ from, by: 'user', interval: 'day' }),
    byModel: await router.costs({ from, by: 'model', baseline: 'one/small' }),
    hours: await router.costs({
      from: new Date(NOON_MS + 0.3 * HOUR_MS),
      to: new Date(NOON_MS + 20 * DAY_MS),
      by: 'outcome',
      interval: 'hour',
    }),
    calls,
    more: await router.calls({ limit: 500, before: next }),
    filtered: await router.calls({ user: "o'neill", model: '__proto__' }),
    one: await router.call(calls[3]?.callId ?? ''),
    rows: (await piecesOf(router.export({ format: 'jsonl', from })))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown),
  }
}

async function piecesOf(pieces: AsyncIterable<string>): Promise<string> {
  let all = ''
  for await (const piece of pieces) all += piece
  return all
}

/** What is told of the rows in memory, and what of the same rows in another store. */
async function both(store: LedgerStore) {
  const inMemory = await aLedgerRouter(ROWS, OPTIONS)
  const stored = await aLedgerRouter(ROWS, { ...OPTIONS, store })
  const expected = await toldBy(inMemory.router)
  // There is something to compare.
  expect([expected.calls.length, expected.filtered.calls.length]).toEqual([100, 2])
  return { expected, told: await toldBy(stored.router) }
}

describe('the reports of a ledger', () => {
  test('in SQLite are those of one in memory', { timeout: 60_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'express-llm-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const { told, expected } = await both(sqliteLedger(join(folder, 'llm.db')))
    expect(told).toEqual(expected)
  })

  test.skipIf(NO_POSTGRES)('in PostgreSQL are those of one in memory', { timeout: 60_000 }, async () => {
    const server = await aPostgresServer()
    const { told, expected } = await both(postgresLedger(server.url))
    expect(told).toEqual(expected)
  })
})
