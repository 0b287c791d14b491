/** What becomes of a ledger in PostgreSQL when the server, its connections or its rights are not what they should be. */
import { inspect } from 'node:util'
import { Client, Pool } from 'pg'
import { describe, expect, onTestFinished, test } from 'vitest'
import { LedgerError } from '../../../src/core/ledger-error.ts'
import type { LedgerStore } from '../../../src/core/ledger-store.ts'
import type { LedgerListener } from '../../../src/ledger/ledger-listener.ts'
import { LedgerWriter } from '../../../src/ledger/ledger-writer.ts'
import { postgresLedger, type PostgresLedgerOptions } from '../../../src/postgres.ts'
import { aRow, NOON_MS } from '../../support/ledger-rows.ts'
import { countsFor, countsOf } from '../../support/ledger-sums.ts'
import { aPostgresServer, NO_POSTGRES } from '../../support/postgres-server.ts'

/** Short enough for a test, long enough for a machine that has others to serve. */
const TIMEOUT_MS = 1_500

async function aStore(
  source: string | Pool,
  options: PostgresLedgerOptions = {},
): Promise<ReturnType<typeof postgresLedger>> {
  const store = postgresLedger(source, { schema: 'llm', timeoutMs: TIMEOUT_MS, ...options })
  onTestFinished(() => store.close())
  await store.open('UTC')
  return store
}

function aPool(connectionString: string, max = 4): Pool {
  const pool = new Pool({ connectionString, max })
  pool.on('error', () => undefined)
  onTestFinished(async () => pool.end())
  return pool
}

async function runSql(connectionString: string, ...statements: readonly string[]): Promise<void> {
  const client = new Client({ connectionString })
  await client.connect()
  try {
    for (const statement of statements) await client.query(statement)
  } finally {
    await client.end()
  }
}

/** What it fails with, and after how long. */
async function failureOf(work: Promise<unknown>): Promise<LedgerError> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (error instanceof LedgerError) return error
  throw new Error(`no LedgerError: ${inspect(error)}`)
}

const someRows = (name: string, count = 10) =>
  Array.from({ length: count }, (_, index) => aRow({ callId: `${name}-${index}`, user: `u${index % 3}` }))

describe.skipIf(NO_POSTGRES)('a server that goes away', () => {
  test.each(['stop', 'kill'] as const)(
    'and comes back, by %s, twice under load: nothing is lost, nothing is double',
    async (how) => {
      const server = await aPostgresServer()
      const store = await aStore(server.url)
      const writer = aWriter(store)
      const batches = 150
      let added = 0
      const load = setInterval(() => {
        if (added < batches) writer.add(someRows(`batch-${(added += 1)}`, 20))
      }, 10)
      onTestFinished(() => clearInterval(load))
      for (const rows of [400, 1_600]) {
        await writer.written(rows)
        await server[how]()
        await writer.failed()
        await server.start()
      }
      await writer.written(batches * 20)
      expect(await countsOf(store)).toEqual(countsFor(batches * 20))
    },
    40_000,
  )

  test('is told of as what passes, and never takes the process with it', async () => {
    const server = await aPostgresServer()
    // An app's pool whose lent connections nobody listens to.
    const pool = aPool(server.url)
    const store = await aStore(pool)
    const inFlight = Promise.allSettled(
      Array.from({ length: 8 }, (_, index) => store.append(someRows(`${index}`, 50))),
    )
    await server.kill()
    await inFlight
    expect(await failureOf(store.append(someRows('x')))).toMatchObject({
      code: 'ledger_unreachable',
      isPassing: true,
    })
    await server.start()
    await store.append(someRows('x'))
    expect((await countsOf(store)).rows % 10).toBe(0)
  })

  test('without a word is waited for as long as was said, and asked again as if nothing had been', async () => {
    const server = await aPostgresServer()
    const store = await aStore(server.url)
    await store.append(someRows('before'))
    server.pause()
    const beginMs = performance.now()
    const failures = await Promise.all([
      failureOf(store.append(someRows('during'))),
      failureOf(store.call('before-1')),
      failureOf(store.prune({ rowsBeforeMs: 1 })),
    ])
    expect(performance.now() - beginMs).toBeLessThan(TIMEOUT_MS * 3)
    for (const failure of failures)
      expect(failure).toMatchObject({ code: 'ledger_unreachable', isPassing: true })
    server.resume()
    await store.append(someRows('during'))
    expect(await countsOf(store)).toEqual(countsFor(20))
  })

  test('without a word lets a ledger be closed', async () => {
    const server = await aPostgresServer()
    const store = await aStore(server.url)
    server.pause()
    const beginMs = performance.now()
    await store.close()
    expect(performance.now() - beginMs).toBeLessThan(10_000)
    server.resume()
  })
})

describe.skipIf(NO_POSTGRES)('connections', () => {
  test('that are all lent out are waited for as long as was said, and given back when they come late', async () => {
    const { url } = await aPostgresServer()
    const pool = aPool(url, 1)
    const store = await aStore(pool)
    const lent = await pool.connect()
    const failure = await failureOf(store.append(someRows('one')))
    expect(failure).toMatchObject({ code: 'ledger_unreachable', isPassing: true })
    expect(failure.message).toContain('pool is exhausted')
    lent.release()
    await store.append(someRows('one'))
    expect(await countsOf(store)).toEqual(countsFor(10))
    expect(pool.waitingCount).toBe(0)
  })

  test('that an administrator ends are replaced', async () => {
    const { url } = await aPostgresServer()
    const store = await aStore(url)
    await store.append(someRows('one'))
    await runSql(
      url,
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname IS NOT NULL',
    )
    await store.append(someRows('two')).catch((error: LedgerError) => expect(error.isPassing).toBe(true))
    await store.append(someRows('two'))
    expect(await countsOf(store)).toEqual(countsFor(20))
  })

  test('of an app are left as they were: no setting, no lock, no open transaction', async () => {
    const { url } = await aPostgresServer()
    const pool = aPool(url, 1)
    // Those of plpgsql come with the first function that is run.
    const sql = `SELECT name, setting FROM pg_settings WHERE name NOT LIKE 'plpgsql.%' ORDER BY name`
    const settings = async () => (await pool.query(sql)).rows
    const before = await settings()
    const store = await aStore(pool)
    await store.append(someRows('one'))
    await countsOf(store)
    await failureOf(store.append([aRow({ callId: 'bad', latencyMs: 'NaN-' as never })]))
    const counter = { key: 'all', endsAtMs: Date.now() }
    await store.budgets.seed(counter, 0)
    await store.budgets.settle({ id: 'one', entries: [{ ...counter, spentNanoUsd: 7 }] })
    await failureOf(
      Promise.resolve(store.budgets.settle({ id: 'two', entries: [{ ...counter, spentNanoUsd: 0.5e30 }] })),
    )
    expect(await store.budgets.read([counter])).toEqual([{ spentNanoUsd: 7, heldNanoUsd: 0 }])
    expect(await settings()).toEqual(before)
    const { rows } = await pool.query(
      `SELECT count(*)::int AS locks FROM pg_locks WHERE locktype = 'advisory'`,
    )
    expect(rows).toEqual([{ locks: 0 }])
    expect(pool.totalCount).toBe(1)
  })

  test('that wait for a lock of somebody else give up in time', async () => {
    const { url } = await aPostgresServer()
    const store = await aStore(url)
    const client = new Client({ connectionString: url })
    await client.connect()
    onTestFinished(() => client.end())
    await client.query('BEGIN')
    await client.query('LOCK TABLE llm.llm_ledger_row IN ACCESS EXCLUSIVE MODE')
    expect(await failureOf(store.append(someRows('one')))).toMatchObject({ isPassing: true })
    await client.query('ROLLBACK')
    await store.append(someRows('one'))
    expect(await countsOf(store)).toEqual(countsFor(10))
  })
})

describe.skipIf(NO_POSTGRES)('what somebody has to mend is told with the way out', () => {
  test('and without the password: a wrong one, no such database, no server', async () => {
    const server = await aPostgresServer()
    const secret = 'hunter2-secret'
    const wrong = server.url.replace(/:[^:@]*@/, `:${secret}@`)
    const open = (url: string) => failureOf(postgresLedger(url, { timeoutMs: TIMEOUT_MS }).open('UTC'))
    const refused = await open(wrong)
    const missing = await open(server.url.replace(/postgres$/, 'no_such_database'))
    await server.stop()
    const gone = await open(wrong)
    expect(refused).toMatchObject({ code: 'ledger_unwritable', isPassing: false })
    expect(refused.message).toContain('Check user, password')
    expect(missing).toMatchObject({ code: 'ledger_unwritable', isPassing: false })
    expect(missing.message).toContain('no_such_database')
    expect(gone).toMatchObject({ code: 'ledger_unreachable', isPassing: true })
    for (const error of [refused, missing, gone])
      expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/hunter2|correct-horse/)
  })

  test('rights: without CREATE where there are no tables; with those on tables once there are', async () => {
    const { url } = await aPostgresServer()
    await runSql(url, `CREATE ROLE app LOGIN PASSWORD 'app'`, 'CREATE SCHEMA llm')
    const asApp = url.replace(/\/\/[^@]*@/, '//app:app@')
    const refused = await failureOf(postgresLedger(asApp, { schema: 'llm' }).open('UTC'))
    expect(refused).toMatchObject({ code: 'ledger_unwritable', isPassing: false })
    expect(refused.message).toContain('CREATE on the schema')
    await aStore(url)
    await runSql(
      url,
      'GRANT USAGE ON SCHEMA llm TO app',
      'GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA llm TO app',
    )
    const store = await aStore(asApp)
    await store.append(someRows('one'))
    expect(await store.prune({ rowsBeforeMs: NOON_MS - 1 })).toBe(0)
    expect(await countsOf(store)).toEqual(countsFor(10))
    await runSql(url, 'REVOKE INSERT ON ALL TABLES IN SCHEMA llm FROM app')
    expect(await failureOf(store.append(someRows('two')))).toMatchObject({ code: 'ledger_unwritable' })
  })

  test('a full disk, and a server that takes no writes', async () => {
    const { url } = await aPostgresServer()
    const store = await aStore(url)
    // As the server itself says it: the code is what is read.
    await runSql(
      url,
      `CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$`,
      'CREATE TRIGGER full_disk BEFORE INSERT ON llm.llm_ledger_row EXECUTE FUNCTION full_disk()',
    )
    expect(await failureOf(store.append(someRows('one')))).toMatchObject({ code: 'ledger_full' })
    await runSql(url, 'DROP TRIGGER full_disk ON llm.llm_ledger_row')
    await store.append(someRows('one'))
    expect(await countsOf(store)).toEqual(countsFor(10))
    await runSql(url, 'ALTER DATABASE postgres SET default_transaction_read_only = on')
    const readOnly = await failureOf(postgresLedger(url, { schema: 'llm' }).open('UTC'))
    expect(readOnly).toMatchObject({ code: 'ledger_unwritable', isPassing: false })
    expect(readOnly.message).toContain('Name the primary')
  })

  test('tables of a newer version, and tables that somebody has removed', async () => {
    const { url } = await aPostgresServer()
    const store = await aStore(url)
    await runSql(url, `UPDATE llm.llm_ledger_meta SET value = '99' WHERE name = 'schema_version'`)
    const newer = await failureOf(postgresLedger(url, { schema: 'llm' }).open('UTC'))
    expect(newer).toMatchObject({ code: 'ledger_too_new', isPassing: false })
    expect(newer.message).toContain('schema 99')
    await runSql(url, 'DROP TABLE llm.llm_ledger_roll_up')
    expect(await failureOf(store.append(someRows('one')))).toMatchObject({ code: 'ledger_broken' })
    expect(await store.rows({ fromMs: 0, toMs: NOON_MS * 2, limit: 9 })).toEqual([])
  })

  test('a ledger that cannot be opened has no more connections than it may have, however often it is tried', async () => {
    const { url } = await aPostgresServer()
    await aStore(url)
    await runSql(url, `UPDATE llm.llm_ledger_meta SET value = '99' WHERE name = 'schema_version'`)
    const address = new URL(url)
    address.searchParams.set('application_name', 'tried')
    const tried = postgresLedger(address.href, { schema: 'llm', connectionsMax: 1 })
    onTestFinished(() => tried.close())
    for (let tries = 1; tries <= 3; tries++)
      expect(await failureOf(tried.open('UTC'))).toMatchObject({ code: 'ledger_too_new' })
    const { rows } = await aPool(url, 1).query(
      `SELECT count(*)::int AS count FROM pg_stat_activity WHERE application_name = 'tried'`,
    )
    expect(rows).toEqual([{ count: 1 }])
  })
})

interface Watched extends Pick<LedgerWriter, 'add'> {
  /** Resolves when so many rows are safe. */
  written(rows: number): Promise<void>
  /** Resolves at the next write that fails. */
  failed(): Promise<void>
}

/** The writer of routers, with its batches, tries and waits. */
function aWriter(store: LedgerStore): Watched {
  let total = 0
  let looks: (() => boolean)[] = []
  const look = (): void => {
    looks = looks.filter((isDone) => !isDone())
  }
  let failures: (() => void)[] = []
  const listener: LedgerListener = {
    written(rows) {
      total += rows
      look()
    },
    failed() {
      for (const resolve of failures) resolve()
      failures = []
    },
    dropped: (rows) => expect.unreachable(`${rows} rows dropped`),
    down: () => undefined,
    up: () => undefined,
    lost: () => undefined,
    failedAside: () => undefined,
  }
  const policy = { queueMax: 10_000, batchMax: 100, flushMs: 20 }
  const writer = new LedgerWriter({ store, timeZone: 'UTC', policy, listener })
  onTestFinished(() => writer.close(1_000))
  return {
    add: (rows) => writer.add(rows),
    written: (rows) =>
      new Promise((resolve) => {
        looks.push(() => {
          if (total < rows) return false
          resolve()
          return true
        })
        look()
      }),
    failed: () => new Promise((resolve) => failures.push(resolve)),
  }
}
