/** Rows of calls in an app's own transaction, on its own connection. */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, onTestFinished, test } from 'vitest'
import type { LedgerRow } from '../../../src/core/ledger-row.ts'
import type { LedgerStore } from '../../../src/core/ledger-store.ts'
import { sqliteLedger, type SqliteLedgerOptions } from '../../../src/sqlite.ts'
import { aFullRow, aRow, DAY_MS, NOON_MS } from '../../support/ledger-rows.ts'
import { aTemporaryFolder } from '../../support/temporary-folder.ts'

const SPAN = { grain: 'hour', fromMs: 0, toMs: NOON_MS + 365 * DAY_MS } as const

interface Stage {
  readonly file: string
  readonly store: LedgerStore
  readonly app: DatabaseSync
}

/** The ledger and the app's tables in one file. */
async function aStage(): Promise<Stage> {
  const file = join(aTemporaryFolder(), 'app.db')
  const store = await anOpenLedger(file)
  const app = anApp(file)
  app.exec('create table orders (id integer primary key, call_id text)')
  return { file, store, app }
}

async function anOpenLedger(file: string, options: SqliteLedgerOptions = {}): Promise<LedgerStore> {
  const store = sqliteLedger(file, options)
  onTestFinished(() => store.close())
  await store.open('UTC')
  return store
}

function anApp(file: string): DatabaseSync {
  const app = new DatabaseSync(file, { timeout: 5_000 })
  onTestFinished(() => app.close())
  return app
}

async function appendIn({ store }: Stage, transaction: unknown, rows: readonly LedgerRow[]): Promise<void> {
  if (store.appendIn === undefined) throw new Error('this store has no transactions')
  await store.appendIn(transaction, rows)
}

async function callsIn(store: LedgerStore): Promise<number> {
  const [total] = await store.totals({ dimension: 'all', spans: [SPAN], limit: 1 })
  return total?.sums.calls ?? 0
}

test('are there when it commits, with what the app has written, and are in the roll-ups once', async () => {
  const stage = await aStage()
  const { store, app } = stage
  app.exec('begin')
  app.prepare('insert into orders (call_id) values (?)').run('call-1')
  await appendIn(stage, app, [aFullRow(), aFullRow({ attempt: 2, isCall: false })])
  expect(await store.call('call-1')).toEqual([])
  expect(await callsIn(store)).toBe(0)
  app.exec('commit')
  expect(await store.call('call-1')).toEqual([aFullRow(), aFullRow({ attempt: 2, isCall: false })])
  expect(await store.calls({ user: 'ada', limit: 9 })).toHaveLength(1)
  expect(await callsIn(store)).toBe(1)
  expect(app.prepare('select count(*) as count from orders').get()).toEqual({ count: 1 })
  // The same again, by the way that rows go otherwise.
  await store.append([aFullRow()])
  expect(await callsIn(store)).toBe(1)
})

test('are gone when it is rolled back, with what the app has written', async () => {
  const stage = await aStage()
  const { store, app } = stage
  app.exec('begin')
  app.prepare('insert into orders (call_id) values (?)').run('call-1')
  await appendIn(stage, app, [aRow()])
  app.exec('rollback')
  expect(await store.call('call-1')).toEqual([])
  expect(await callsIn(store)).toBe(0)
  expect(app.prepare('select count(*) as count from orders').get()).toEqual({ count: 0 })
})

test('are kept as the others are: texts that no database keeps, and numbers that are none', async () => {
  const stage = await aStage()
  const odd = { user: 'a\0b', inputTokens: Infinity, outputTokens: 1.6 }
  await stage.store.append([aRow({ callId: 'call-1', ...odd })])
  stage.app.exec('begin')
  await appendIn(stage, stage.app, [aRow({ callId: 'call-2', ...odd })])
  stage.app.exec('commit')
  const [one] = await stage.store.call('call-1')
  const [other] = await stage.store.call('call-2')
  expect(other).toEqual({ ...one, id: 'call-2/1', callId: 'call-2' })
  const [total] = await stage.store.totals({ dimension: 'user', spans: [SPAN], limit: 9 })
  expect(total).toMatchObject({ value: 'a\uFFFDb', sums: { calls: 2 } })
})

test('that committed while nobody looked are rolled up when the ledger is opened again, once by all who do', async () => {
  const stage = await aStage()
  stage.app.exec('begin')
  await appendIn(
    stage,
    stage.app,
    Array.from({ length: 1_200 }, (_, index) => aRow({ callId: `call-${index}` })),
  )
  await stage.store.close()
  stage.app.exec('commit')
  const stores = ['one', 'two', 'three'].map(() => sqliteLedger(stage.file))
  for (const store of stores) onTestFinished(() => store.close())
  await Promise.all(stores.map((store) => store.open('UTC')))
  for (const store of stores) expect(await callsIn(store)).toBe(1_200)
})

test('go into a file that is attached', async () => {
  const stage = await aStage()
  const other = anApp(join(aTemporaryFolder(), 'other.db'))
  other.exec(`attach '${stage.file}' as "the ""ledger"""`)
  other.exec('begin')
  await appendIn(stage, other, [aRow()])
  other.exec('commit')
  expect(await callsIn(stage.store)).toBe(1)
})

test('go into the ledger that they are of, where one connection serves two of a file', async () => {
  const stage = await aStage()
  const other = await anOpenLedger(stage.file, { tablePrefix: 'other_' })
  for (const store of [stage.store, other]) {
    stage.app.exec('begin')
    await appendIn({ ...stage, store }, stage.app, [aRow()])
    stage.app.exec('commit')
  }
  expect([await callsIn(stage.store), await callsIn(other)]).toEqual([1, 1])
})

test('go in through a connection that was closed and opened again', async () => {
  const stage = await aStage()
  for (const callId of ['call-1', 'call-2']) {
    stage.app.exec('begin')
    await appendIn(stage, stage.app, [aRow({ callId })])
    stage.app.exec('commit')
    stage.app.close()
    stage.app.open()
  }
  expect(await callsIn(stage.store)).toBe(2)
})

test('need an open transaction on the file of the ledger', async () => {
  const stage = await aStage()
  const other = anApp(join(aTemporaryFolder(), 'other.db'))
  other.exec('begin')
  const closed = new DatabaseSync(stage.file)
  closed.close()
  const wrong: readonly (readonly [unknown, RegExp])[] = [
    [stage.app, /in no transaction/],
    [other, /another file open than the ledger's/],
    [closed, /connection is closed/],
    [undefined, /DatabaseSync of node:sqlite/],
    ['begin', /DatabaseSync of node:sqlite/],
    [{ query: () => undefined }, /DatabaseSync of node:sqlite/],
    [{ prepare: () => undefined }, /DatabaseSync of node:sqlite/],
  ]
  for (const [transaction, message] of wrong) {
    await expect(appendIn(stage, transaction, [aRow()])).rejects.toMatchObject({
      name: 'LedgerError',
      code: 'ledger_transaction',
      message: expect.stringMatching(message),
    })
  }
  other.exec('rollback')
  expect(await stage.store.rows({ ...SPAN, limit: 9 })).toEqual([])
})
