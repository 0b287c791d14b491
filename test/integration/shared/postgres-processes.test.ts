/** Several processes with one ledger in PostgreSQL, some of which die. */
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { LedgerStore } from '../../../src/core/ledger-store.ts'
import { postgresLedger } from '../../../src/postgres.ts'
import { countsFor, countsOf } from '../../support/ledger-sums.ts'
import { aPostgresServer, NO_POSTGRES } from '../../support/postgres-server.ts'
import { runExample, type RunningExample } from '../../support/run-example.ts'

const WRITER = fileURLToPath(new URL('apps/postgres-writer.ts', import.meta.url))

function aWriter(env: Readonly<Record<string, string>>): RunningExample {
  const writer = runExample([WRITER], { NODE_NO_WARNINGS: '1', ...env })
  onTestFinished(() => writer.kill('SIGKILL'))
  return writer
}

async function aStore(url: string): Promise<LedgerStore> {
  const store = postgresLedger(url, { schema: 'llm' })
  onTestFinished(() => store.close())
  await store.open('UTC')
  return store
}

describe.skipIf(NO_POSTGRES)('processes with one ledger in PostgreSQL', () => {
  test('make its tables at the same time, write the same hours at the same time, and lose nothing', async () => {
    const { url } = await aPostgresServer()
    const names = ['a', 'bb', 'ccc', 'dddd']
    const writers = names.map((NAME) => aWriter({ DATABASE_URL: url, NAME, BATCHES: '40', ROWS: '15' }))
    for (const writer of writers) await writer.until(/^done$/m)
    expect(await countsOf(await aStore(url))).toEqual(countsFor(4 * 40 * 15))
  }, 40_000)

  test('that die in the middle have written what they said, and nothing by halves', async () => {
    const { url } = await aPostgresServer()
    const names = ['a', 'bb', 'ccc']
    const writers = names.map((NAME) => aWriter({ DATABASE_URL: url, NAME, BATCHES: '100000' }))
    for (const writer of writers) await writer.until(/^safe 20$/m)
    for (const writer of writers) writer.kill('SIGKILL')
    await Promise.all(writers.map((writer) => writer.ended()))
    const store = await aStore(url)
    const safe = writers.map((writer) => Number(/.*^safe (\d+)$/ms.exec(writer.text())?.[1]))
    const counts = await countsOf(store)
    expect(counts).toEqual(countsFor(counts.rows))
    // Whole batches; at most one of each was on its way, or has come without being told.
    expect(counts.rows % 10).toBe(0)
    const told = safe.reduce((sum, one) => sum + one * 10, 0)
    expect(counts.rows).toBeGreaterThanOrEqual(told)
    expect(counts.rows).toBeLessThanOrEqual(told + 2 * 10 * writers.length)
  }, 40_000)
})
