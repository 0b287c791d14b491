/** The server that other tests break: it has to break as a real one does. */
import { Client } from 'pg'
import { describe, expect, onTestFinished, test } from 'vitest'
import { aPostgresServer, NO_POSTGRES } from '../../support/postgres-server.ts'

async function aClient(connectionString: string): Promise<Client> {
  const client = new Client({ connectionString })
  // A connection that breaks says so; the question under way fails by itself.
  client.on('error', () => undefined)
  await client.connect()
  onTestFinished(() => client.end().catch(() => undefined))
  return client
}

describe.skipIf(NO_POSTGRES)('a PostgreSQL of a test', () => {
  test('keeps through kill -9 and a restart what was committed, and nothing else', async () => {
    const server = await aPostgresServer()
    const url = await server.createDatabase('shop')
    const client = await aClient(url)
    await client.query('CREATE TABLE sale (id int PRIMARY KEY)')
    await client.query('INSERT INTO sale VALUES (1)')
    await client.query('BEGIN')
    await client.query('INSERT INTO sale VALUES (2)')
    await server.kill()
    await expect(client.query('COMMIT')).rejects.toThrow(/terminated|ECONNRESET|not queryable/)
    await server.start()
    const { rows } = await (await aClient(url)).query('SELECT id FROM sale')
    expect(rows).toEqual([{ id: 1 }])
    await server.stop()
    await server.start()
    expect((await (await aClient(url)).query('SELECT id FROM sale')).rows).toEqual([{ id: 1 }])
  })

  test('answers nothing while it is paused, and everything afterwards', async () => {
    const server = await aPostgresServer()
    const client = await aClient(server.url)
    server.pause()
    let answered = false
    const answer = client.query('SELECT 1 AS one').then(({ rows }) => {
      answered = true
      return rows
    })
    await expect(aClientWithin(server.url, 200)).rejects.toThrow(/timeout/i)
    expect(answered).toBe(false)
    server.resume()
    expect(await answer).toEqual([{ one: 1 }])
  })

  test('asks for the password', async () => {
    const { url } = await aPostgresServer()
    await expect(aClient(url.replace(/:[^:@]*@/, ':wrong@'))).rejects.toMatchObject({ code: '28P01' })
  })
})

async function aClientWithin(connectionString: string, connectionTimeoutMillis: number): Promise<void> {
  await new Client({ connectionString, connectionTimeoutMillis }).connect()
}
