/** What an SQLite ledger does when the process, the disk, the file or a thread lets it down. */
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { LedgerRow } from '../../../src/core/ledger-row.ts'
import type { LedgerStore } from '../../../src/core/ledger-store.ts'
import { sqliteLedger, type SqliteLedgerOptions } from '../../../src/sqlite.ts'
import { aProcess, ended } from '../../support/forked.ts'
import { aRow, DAY_MS, NOON_MS } from '../../support/ledger-rows.ts'
import { aSmallDisk, NO_SMALL_DISK } from '../../support/small-disk.ts'
import { aTemporaryFolder } from '../../support/temporary-folder.ts'

const workers = vi.hoisted((): Worker[] => [])
vi.mock(import('node:worker_threads'), async (load) => {
  const real = await load()
  class SeenWorker extends real.Worker {
    constructor(...parts: ConstructorParameters<typeof Worker>) {
      super(...parts)
      workers.push(this)
    }
  }
  return { ...real, default: { ...real, Worker: SeenWorker }, Worker: SeenWorker }
})

const WRITE = new URL('apps/write-ledger.ts', import.meta.url)
const HOLD = new URL('apps/hold-lock.ts', import.meta.url)
const LEAVE = fileURLToPath(new URL('apps/leave-ledger.ts', import.meta.url))
const EVER = { fromMs: 0, toMs: NOON_MS + 365 * DAY_MS } as const

function aLedger(file: string, options?: SqliteLedgerOptions): LedgerStore {
  const store = sqliteLedger(file, options)
  onTestFinished(() => store.close())
  return store
}

async function anOpenLedger(file: string, options?: SqliteLedgerOptions): Promise<LedgerStore> {
  const store = aLedger(file, options)
  await store.open('UTC')
  return store
}

function check(file: string): void {
  const database = new DatabaseSync(file)
  expect(database.prepare('pragma integrity_check').get()).toEqual({ integrity_check: 'ok' })
  database.close()
}

/** Rows and roll-ups tell the same, and no row is double. */
async function expectConsistent(store: LedgerStore): Promise<readonly LedgerRow[]> {
  const rows = await store.rows({ ...EVER, limit: 100_000 })
  expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length)
  for (const grain of ['hour', 'day'] as const) {
    const users = await store.totals({ dimension: 'user', spans: [{ grain, ...EVER }], limit: 100 })
    const sum = (of: (total: (typeof users)[number]) => number) =>
      users.reduce((before, one) => before + of(one), 0)
    expect(sum(({ sums }) => sums.calls)).toBe(rows.length)
    expect(sum(({ sums }) => sums.costNanoUsd)).toBe(
      rows.reduce((before, row) => before + (row.costNanoUsd ?? 0), 0),
    )
  }
  return rows
}

test('kill -9 in the middle of 10,000 writes: what was flushed is there, the file opens, nothing is double', async () => {
  const file = join(aTemporaryFolder(), 'llm.db')
  let least = 0
  for (const killAt of [500, 4_500]) {
    const child = aProcess(WRITE, { FILE: file })
    let flushed = 0
    child.on('message', (count: number) => {
      flushed = count
      if (count >= killAt) child.kill('SIGKILL')
    })
    expect(await ended(child)).toBe('SIGKILL')
    expect(flushed).toBeLessThan(10_000)
    least = Math.max(least, flushed)
    const store = await anOpenLedger(file)
    const rows = await expectConsistent(store)
    expect(rows.length).toBeGreaterThanOrEqual(least)
    expect(rows.slice(0, least).map(({ atMs }) => atMs)).toEqual(
      Array.from({ length: least }, (_, index) => NOON_MS + index * 1_000),
    )
    await store.close()
    check(file)
  }
  // The last one is let through: it finds what the others have left.
  const child = aProcess(WRITE, { FILE: file, BATCH: '1000' })
  expect(await ended(child)).toBe(0)
  expect(await expectConsistent(await anOpenLedger(file))).toHaveLength(10_000)
}, 60_000)

test('several processes make the same file at the same time, and all write: nothing is lost or double', async () => {
  const file = join(aTemporaryFolder(), 'llm.db')
  const names = ['one', 'two', 'three', 'four']
  const children = names.map((name) =>
    aProcess(WRITE, { FILE: file, NAME: name, ROWS: '1000', BATCH: '20', WAITS: '1' }),
  )
  await Promise.all(children.map((child) => once(child, 'message')))
  for (const child of children) child.send('go')
  expect(await Promise.all(children.map(ended))).toEqual([0, 0, 0, 0])
  const rows = await expectConsistent(await anOpenLedger(file))
  expect(rows).toHaveLength(4 * 900 + 100)
})

test.skipIf(NO_SMALL_DISK)(
  'a full disk is said, and what was flushed stays; with room it goes on',
  async () => {
    const disk = aSmallDisk('2m')
    const file = join(disk.folder, 'llm.db')
    const store = await anOpenLedger(file)
    const batch = (number: number) =>
      Array.from({ length: 100 }, (_, index) =>
        aRow({ callId: `call-${number}-${index}`, user: `user-${index}`, atMs: NOON_MS + number }),
      )
    let flushed = 0
    const fill = async (): Promise<void> => {
      for (; flushed < 200; flushed += 1) await store.append(batch(flushed))
    }
    await expect(fill()).rejects.toMatchObject({
      name: 'LedgerError',
      code: 'ledger_full',
      isPassing: false,
      message: expect.stringContaining(file),
    })
    expect(flushed).toBeGreaterThan(2)
    await expect(store.append(batch(flushed))).rejects.toMatchObject({ code: 'ledger_full' })
    disk.remount('size=16m')
    expect(await expectConsistent(store)).toHaveLength(flushed * 100)
    await store.append(batch(flushed))
    expect(await expectConsistent(store)).toHaveLength((flushed + 1) * 100)
    await store.close()
    check(file)
  },
)

test.skipIf(NO_SMALL_DISK)('a file that cannot be written is said, and its rows stay', async () => {
  const disk = aSmallDisk('8m')
  const file = join(disk.folder, 'llm.db')
  const before = await anOpenLedger(file)
  await before.append([aRow()])
  await before.close()
  disk.remount('ro')
  await expect(aLedger(file).open('UTC')).rejects.toMatchObject({
    code: 'ledger_unwritable',
    isPassing: false,
    message: expect.stringContaining('right to write'),
  })
  disk.remount('rw')
  expect(await (await anOpenLedger(file)).call('call-1')).toHaveLength(1)
})

test('a folder that is not there is said, with the way out', async () => {
  const store = aLedger(join(aTemporaryFolder(), 'nowhere', 'llm.db'))
  await expect(store.open('UTC')).rejects.toMatchObject({
    code: 'ledger_unwritable',
    isPassing: false,
    message: expect.stringMatching(/The folder .*nowhere of the ledger file does not exist\. Create it/),
  })
})

test('a folder in the place of the file is said', async () => {
  const folder = join(aTemporaryFolder(), 'llm.db')
  mkdirSync(folder)
  await expect(aLedger(folder).open('UTC')).rejects.toMatchObject({ code: 'ledger_unwritable' })
})

test('a file that another process holds passes: later the same works', async () => {
  const file = join(aTemporaryFolder(), 'llm.db')
  const store = await anOpenLedger(file, { busyTimeoutMs: 50 })
  const child = aProcess(HOLD, { FILE: file })
  await once(child, 'message')
  await expect(store.append([aRow()])).rejects.toMatchObject({ code: 'ledger_locked', isPassing: true })
  // Readers do not wait for who writes.
  expect(await store.calls({ limit: 9 })).toEqual([])
  child.send('let go')
  await once(child, 'message')
  await store.append([aRow()])
  expect(await expectConsistent(store)).toHaveLength(1)
})

test('a lock that is held for less than the time limit is waited for', async () => {
  const file = join(aTemporaryFolder(), 'llm.db')
  const store = await anOpenLedger(file)
  const child = aProcess(HOLD, { FILE: file })
  await once(child, 'message')
  const written = store.append([aRow()])
  child.send('let go')
  await written
  expect(await store.call('call-1')).toHaveLength(1)
})

test('a file that is no database is left alone, and said', async () => {
  const file = join(aTemporaryFolder(), 'llm.db')
  writeFileSync(file, 'Dear diary, '.repeat(500))
  await expect(aLedger(file).open('UTC')).rejects.toMatchObject({ code: 'ledger_broken', isPassing: false })
  expect(readFileSync(file, 'utf8')).toBe('Dear diary, '.repeat(500))
})

test('a ledger that a newer version has written is left alone, and both versions are named', async () => {
  const file = join(aTemporaryFolder(), 'llm.db')
  const store = await anOpenLedger(file)
  await store.close()
  const database = new DatabaseSync(file)
  database.exec(`update llm_ledger_meta set value = '99' where name = 'schema_version'`)
  database.exec(`insert into llm_ledger_migration values ('0099-later', '2031-01-01T00:00:00.000Z')`)
  database.close()
  await expect(aLedger(file).open('UTC')).rejects.toMatchObject({
    code: 'ledger_too_new',
    isPassing: false,
    message: expect.stringMatching(/schema 99.*knows 1\b/),
  })
  await expect(aLedger(file).open('Europe/Berlin')).rejects.toMatchObject({ code: 'ledger_too_new' })
})

test('a thread that dies takes what was not answered with it, and another one takes its place', async () => {
  const file = join(aTemporaryFolder(), 'llm.db')
  const store = await anOpenLedger(file)
  await store.append([aRow({ callId: 'before' })])
  const rows = Array.from({ length: 5_000 }, (_, index) => aRow({ callId: `call-${index}` }))
  const writing = store.append(rows)
  await workers.at(-1)?.terminate()
  await expect(writing).rejects.toMatchObject({ code: 'ledger_unreachable', isPassing: true })
  // Whoever was not told that it is done gives it again; nothing is double.
  await store.append(rows)
  expect(await expectConsistent(store)).toHaveLength(5_001)
  await workers.at(-1)?.terminate()
  expect(await store.call('before')).toHaveLength(1)
})

test('what was asked before it is closed is done', async () => {
  const file = join(aTemporaryFolder(), 'llm.db')
  const store = await anOpenLedger(file)
  const writes = Array.from({ length: 20 }, (_, index) => store.append([aRow({ callId: `call-${index}` })]))
  const pruned = store.prune({ rowsBeforeMs: 0 })
  await store.close()
  await Promise.all([...writes, pruned])
  expect(await expectConsistent(await anOpenLedger(file))).toHaveLength(20)
})

test('a ledger that was never opened is closed, and one that could not be opened too', async () => {
  await sqliteLedger(join(aTemporaryFolder(), 'llm.db')).close()
  const store = sqliteLedger(join(aTemporaryFolder(), 'nowhere', 'llm.db'))
  await expect(store.open('UTC')).rejects.toMatchObject({ code: 'ledger_unwritable' })
  await store.close()
})

test('what could not be opened is opened later', async () => {
  const folder = join(aTemporaryFolder(), 'later')
  const store = aLedger(join(folder, 'llm.db'))
  await expect(store.open('UTC')).rejects.toMatchObject({ code: 'ledger_unwritable' })
  mkdirSync(folder)
  await store.open('UTC')
  await store.append([aRow()])
  expect(await store.call('call-1')).toHaveLength(1)
})

test('questions past the thousand that wait for their answer are refused, and pass', async () => {
  const store = await anOpenLedger(join(aTemporaryFolder(), 'llm.db'))
  await store.append([aRow()])
  const asked = Array.from({ length: 1_100 }, () => store.call('call-1'))
  const answers = await Promise.allSettled(asked)
  const refused = answers.filter(({ status }) => status === 'rejected')
  expect(refused).toHaveLength(100)
  expect(refused[0]).toMatchObject({ reason: { code: 'ledger_unreachable', isPassing: true } })
  expect(await store.call('call-1')).toHaveLength(1)
})

test('a ledger that is opened twice is one, and nothing can be asked before it is opened', async () => {
  const store = aLedger(join(aTemporaryFolder(), 'llm.db'))
  await expect(store.append([aRow()])).rejects.toMatchObject({ code: 'ledger_closed' })
  await Promise.all([store.open('UTC'), store.open('UTC')])
  await store.append([aRow()])
  await store.open('Europe/Berlin')
  expect(await expectConsistent(store)).toHaveLength(1)
})

test("it keeps no process from ending, warns of nothing, and runs none of the app's preloads", () => {
  const file = join(aTemporaryFolder(), 'llm.db')
  const preload = 'data:text/javascript,process.stdout.write(%22preloaded%20%22)'
  for (const [args, options] of [
    [['--import', preload, LEAVE], ''],
    [[LEAVE], `--import=${preload}`],
  ] as const) {
    const env = { ...process.env, FILE: file, NODE_OPTIONS: options }
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8' })
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'preloaded main 1\n' })
    expect(stderr).not.toContain('SQLite')
  }
})

test('a process that may start no thread is told which right it lacks', () => {
  const rights = ['--permission', '--allow-fs-read=*', '--allow-fs-write=*']
  const env = { ...process.env, FILE: join(aTemporaryFolder(), 'llm.db'), NODE_OPTIONS: '' }
  const { stderr } = spawnSync(process.execPath, [...rights, LEAVE], { env, encoding: 'utf8' })
  expect(stderr).toMatch(/LedgerError: The thread .* cannot be started: .*--allow-worker/)
})
