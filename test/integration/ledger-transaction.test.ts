/** A call that is written down in the app's own transaction, in a real database. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { RouterOptions } from '../../src/config/options.ts'
import { LedgerError } from '../../src/core/ledger-error.ts'
import { LlmError } from '../../src/core/llm-error.ts'
import { sqliteLedger } from '../../src/sqlite.ts'
import { stateOf, type Router } from '../../src/surface/router.ts'
import { aFake, aRouter, providersOf, saying } from '../support/app.ts'

async function anApp(parts: Partial<RouterOptions> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'express-llm-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'llm.db')
  const fake = await aFake()
  const { router, lines } = aRouter({
    tiers: { cheap: ['fake/a'] },
    targets: { 'fake/a': { price: { inputUsdPerMTok: 1, outputUsdPerMTok: 2 } } },
    providers: providersOf({ fake }),
    ledger: sqliteLedger(file),
    ...parts,
  })
  await stateOf(router).ledger.flush()
  const db = new DatabaseSync(file)
  onTestFinished(() => db.close())
  db.exec('create table orders (id text)')
  return { fake, router, lines, db }
}

async function known(router: Router, callId: string | undefined): Promise<readonly string[]> {
  const { ledger } = stateOf(router)
  await ledger.flush()
  return (await ledger.store.call(callId ?? '')).map(({ id }) => id)
}

describe('a call with a transaction', () => {
  test('is there when it commits, together with what the app has written', async () => {
    const { router, db } = await anApp()
    db.exec('begin')
    db.exec("insert into orders values ('order-1')")
    const { report } = await router.ask('hi', { transaction: db })
    expect(await known(router, report.callId)).toEqual([])
    db.exec('commit')
    expect(await known(router, report.callId)).toEqual([`${report.callId}/1`])
  })

  test('is gone when it is rolled back', async () => {
    const { router, db } = await anApp()
    db.exec('begin')
    const { report } = await router.ask('hi', { transaction: db })
    db.exec('rollback')
    expect(await known(router, report.callId)).toEqual([])
    expect(router.summary().calls).toBe(1)
  })

  test('that fails is there too', async () => {
    const { router, fake, db } = await anApp()
    fake.always({ status: 400 })
    db.exec('begin')
    const error = await router.ask('hi', { transaction: db }).catch((thrown: unknown) => thrown)
    db.exec('commit')
    expect(error).toMatchObject({ code: 'upstream_refused' })
    const { report } = error as LlmError
    expect(await known(router, report?.callId)).toHaveLength(1)
  })

  test('and is streamed: it is written before the stream ends', async () => {
    const { router, db } = await anApp()
    db.exec('begin')
    const stream = await router.chat.completions.create(
      { ...saying('hi'), stream: true },
      { transaction: db },
    )
    for await (const _chunk of stream) continue
    db.exec('commit')
    const { callId } = await stream.report
    expect(await known(router, callId)).toEqual([`${callId}/1`])
  })
})

describe('a transaction that cannot be written', () => {
  /** Of another database: that is seen only when the row is written. */
  function elsewhere(): DatabaseSync {
    const db = new DatabaseSync(':memory:')
    onTestFinished(() => db.close())
    db.exec('begin')
    return db
  }

  test('fails the call, with its report; the call is in the ledger all the same', async () => {
    const { router, lines } = await anApp()
    const error = await router.ask('hi', { transaction: elsewhere() }).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(LlmError)
    const { code, status, cause, report } = error as LlmError
    expect({ code, status }).toEqual({ code: 'ledger_failed', status: 500 })
    expect(cause).toBeInstanceOf(LedgerError)
    expect(report).toMatchObject({ outcome: 'success', attempts: [{ outcome: 'success' }] })
    expect(await known(router, report?.callId)).toEqual([`${report?.callId}/1`])
    expect(lines.filter(({ message }) => message.includes('transaction'))).toHaveLength(1)
  })

  test('fails a stream at its end', async () => {
    const { router } = await anApp()
    const stream = await router.chat.completions.create(
      { ...saying('hi'), stream: true },
      { transaction: elsewhere() },
    )
    const reading = (async () => {
      for await (const _chunk of stream) continue
    })()
    await expect(reading).rejects.toMatchObject({ code: 'ledger_failed' })
    const { callId } = await stream.report
    expect(await known(router, callId)).toEqual([`${callId}/1`])
  })

  test("leaves a failed call's own error as it is", async () => {
    const { router, fake } = await anApp()
    fake.always({ status: 400 })
    const error = await router.ask('hi', { transaction: elsewhere() }).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'upstream_refused' })
    expect(await known(router, (error as LlmError).report?.callId)).toHaveLength(1)
  })
})

test.each([
  ['none', () => ({}), 'A transaction of an SQLite ledger is a DatabaseSync'],
  ['not begun', (db: DatabaseSync) => db, 'The connection is in no transaction.'],
])('a transaction that is %s is refused before anything is sent', async (_name, transaction, why) => {
  const { router, fake, db } = await anApp()
  const asked = router.ask('hi', { transaction: transaction(db) })
  await expect(asked).rejects.toMatchObject({ code: 'invalid_params', status: 400, param: 'transaction' })
  await expect(asked).rejects.toThrow(why)
  expect(fake.requests).toHaveLength(0)
})

test.each([
  ['in memory', undefined, 'the ledger is kept in memory, which has no transactions'],
  ['off', false as const, 'the ledger is off'],
])('with the ledger %s, a transaction is refused before anything is sent', async (_name, ledger, why) => {
  const fake = await aFake()
  const { router } = aRouter({
    tiers: { cheap: ['fake/a'] },
    providers: providersOf({ fake }),
    ...(ledger === undefined ? {} : { ledger }),
  })
  const asked = router.ask('hi', { transaction: {} })
  await expect(asked).rejects.toMatchObject({ code: 'invalid_params', param: 'transaction' })
  await expect(asked).rejects.toThrow(why)
  expect(fake.requests).toHaveLength(0)
})

test('what is no connection at all is no option', async () => {
  const { router } = await anApp()
  await expect(router.ask('hi', { transaction: 'db' as never })).rejects.toMatchObject({
    code: 'invalid_params',
  })
})
