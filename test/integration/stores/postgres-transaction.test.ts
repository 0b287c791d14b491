/** Rows that an app writes in a transaction of its own. */
import { Client, Pool } from 'pg'
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest'
import { startPostgresServer, type PostgresServer } from '../../../bench/postgres-server.ts'
import { postgresLedger } from '../../../src/postgres.ts'
import { aRow } from '../../support/ledger-rows.ts'
import { countsFor, countsOf } from '../../support/ledger-sums.ts'
import { NO_POSTGRES } from '../../support/postgres-server.ts'

describe.skipIf(NO_POSTGRES)('a transaction of an app', () => {
  let server: PostgresServer
  let schemas = 0
  beforeAll(async () => {
    server = await startPostgresServer({ template: inject('postgresTemplate') })
  })
  afterAll(() => server.remove())

  async function aLedger(): Promise<Ledger> {
    const schema = `llm_${(schemas += 1)}`
    const another = async (): Promise<Store> => {
      const store = postgresLedger(server.url, { schema })
      onTestFinished(() => store.close())
      await store.open('UTC')
      return store
    }
    return { schema, store: await another(), another }
  }

  async function aClient(): Promise<Client> {
    const client = new Client({ connectionString: server.url })
    await client.connect()
    onTestFinished(() => client.end())
    return client
  }

  const rowsOf = (name: string, count = 3) =>
    Array.from({ length: count }, (_, index) => aRow({ callId: `${name}-${index}`, user: `user-${index}` }))

  test('has its rows when it commits, in the sums too, and none when it rolls back', async () => {
    const { store } = await aLedger()
    const client = await aClient()
    await client.query('BEGIN')
    await store.appendIn(client, rowsOf('kept'))
    expect(await countsOf(store)).toEqual(countsFor(0))
    await client.query('COMMIT')
    expect(await countsOf(store)).toEqual(countsFor(3))
    await client.query('BEGIN')
    await store.appendIn(client, rowsOf('gone'))
    await client.query('ROLLBACK')
    expect(await countsOf(store)).toEqual(countsFor(3))
  })

  test('is summed up once, however many processes look at the same time, and whoever writes the row again', async () => {
    const { store, another } = await aLedger()
    const others = await Promise.all([another(), another(), another()])
    const client = await aClient()
    for (let round = 0; round < 10; round++) {
      await client.query('BEGIN')
      await store.appendIn(client, rowsOf(`round-${round}`, 30))
      await client.query('COMMIT')
      await Promise.all([
        ...others.map((other) => countsOf(other)),
        store.append(rowsOf(`round-${round}`, 30)),
        store.append(rowsOf(`other-${round}`, 5)),
      ])
    }
    expect(await countsOf(store)).toEqual(countsFor(350))
  })

  test('that nobody is left to sum up is summed up by the next process', async () => {
    const { store, another } = await aLedger()
    const client = await aClient()
    await client.query('BEGIN')
    await store.appendIn(client, rowsOf('left'))
    await store.close()
    await client.query('COMMIT')
    expect(await countsOf(await another())).toEqual(countsFor(3))
  })

  test('takes the rows of calls that end at the same time', async () => {
    const { store } = await aLedger()
    const client = await aClient()
    await client.query('BEGIN')
    await Promise.all(
      Array.from({ length: 12 }, (_, index) => store.appendIn(client, rowsOf(`call-${index}`))),
    )
    await client.query('COMMIT')
    expect(await countsOf(store)).toEqual(countsFor(36))
  })

  test('holds no lock that other writers wait for', async () => {
    const { store } = await aLedger()
    await store.append(rowsOf('before'))
    const client = await aClient()
    await client.query('BEGIN')
    await store.appendIn(client, rowsOf('open'))
    await store.append(rowsOf('beside'))
    expect(await countsOf(store)).toEqual(countsFor(6))
    await client.query('COMMIT')
    expect(await countsOf(store)).toEqual(countsFor(9))
  })

  test('goes on where its rows cannot be written', async () => {
    const { store, schema } = await aLedger()
    const client = await aClient()
    await client.query('CREATE TEMP TABLE sale (id int)')
    await client.query(`ALTER TABLE ${schema}.llm_ledger_row ADD CONSTRAINT never CHECK (call_id <> 'bad-0')`)
    await client.query('BEGIN')
    await client.query('INSERT INTO sale VALUES (1)')
    await expect(store.appendIn(client, rowsOf('bad'))).rejects.toMatchObject({ name: 'LedgerError' })
    await store.appendIn(client, rowsOf('good'))
    await client.query('COMMIT')
    expect((await client.query('SELECT id FROM sale')).rows).toEqual([{ id: 1 }])
    expect(await countsOf(store)).toEqual(countsFor(3))
  })

  test('is none where nobody has begun one, where it has failed, and where it is something else', async () => {
    const { store } = await aLedger()
    const client = await aClient()
    const pool = new Pool({ connectionString: server.url })
    onTestFinished(() => pool.end())
    const refused = async (transaction: unknown) => {
      await expect(store.appendIn(transaction, rowsOf('x'))).rejects.toMatchObject({
        code: 'ledger_transaction',
      })
    }
    await refused(client)
    await refused(olderClient(client))
    await client.query('BEGIN')
    await client.query('SELECT nothing').catch(() => undefined)
    await refused(client)
    await refused(olderClient(client))
    await client.query('ROLLBACK')
    for (const other of [pool, {}, null, undefined, 'BEGIN', { query: () => undefined }]) await refused(other)
    expect(await countsOf(store)).toEqual(countsFor(0))
  })

  test('of another database says so', async () => {
    const { store } = await aLedger()
    const client = new Client({ connectionString: await server.createDatabase('elsewhere') })
    await client.connect()
    onTestFinished(() => client.end())
    await client.query('BEGIN')
    await expect(store.appendIn(client, rowsOf('x'))).rejects.toThrow(/no tables in the database/)
    await client.query('ROLLBACK')
  })
})

type Store = ReturnType<typeof postgresLedger>

interface Ledger {
  readonly schema: string
  readonly store: Store
  /** One more process with the same ledger. */
  readonly another: () => Promise<Store>
}

/** A client of a `pg` that does not tell whether it is in a transaction. */
function olderClient(client: Client): Pick<Client, 'query'> {
  return { query: client.query.bind(client) }
}
