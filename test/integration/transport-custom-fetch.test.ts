import { getEventListeners } from 'node:events'
import { afterEach, describe, expect, test } from 'vitest'
import { createAdapter } from '../../src/providers/registry.ts'
import { completion } from './providers/dialects/fake.ts'
import { type FakeServer, startServer } from './providers/dialects/server.ts'
import { aProvider, sendOptions } from './providers/support.ts'
import { openTransport, transportErrorOf } from './support/transport-client.ts'

const servers: FakeServer[] = []
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()))
})

const QUESTION = { messages: [{ role: 'user' as const, content: 'Hello?' }] }

async function upstream(): Promise<FakeServer> {
  const server = await startServer(() => ({ body: completion('m', {}) }))
  servers.push(server)
  return server
}

describe("a fetch of the app's own", () => {
  test('that adds a header adds it to this request only', async () => {
    const server = await upstream()
    const users = ['ann', undefined, 'bob', undefined]
    const custom: typeof globalThis.fetch = (input, init) => {
      const user = users.shift()
      if (user !== undefined && init?.headers instanceof Headers) init.headers.set('x-acting-user', user)
      return globalThis.fetch(input, init)
    }
    const transport = openTransport({ kind: 'fetch', fetch: custom })
    const adapter = createAdapter(aProvider('compatible', { baseUrl: `${server.url}/v1` }), transport)
    for (const _ of [1, 2, 3, 4]) await adapter.send('chat', QUESTION, sendOptions('compatible/m'))
    const seen = server.seen.map(({ headers }) => headers['x-acting-user'])
    expect(seen).toEqual(['ann', undefined, 'bob', undefined])
  })

  test('is handed what a fetch knows, and nothing of ours', async () => {
    const server = await upstream()
    const names: string[][] = []
    const custom: typeof globalThis.fetch = (input, init) => {
      names.push(Object.keys(init ?? {}).toSorted())
      return globalThis.fetch(input, init)
    }
    const transport = openTransport({ kind: 'fetch', fetch: custom })
    const adapter = createAdapter(aProvider('compatible', { baseUrl: `${server.url}/v1` }), transport)
    await adapter.send('chat', QUESTION, sendOptions('compatible/m'))
    expect(names).toEqual([['body', 'headers', 'method', 'redirect', 'signal']])
  })

  test('that throws instead of rejecting has failed like any other, and holds nothing', async () => {
    const custom: typeof globalThis.fetch = () => {
      throw new Error('no user')
    }
    const { signal } = new AbortController()
    const transport = openTransport({ kind: 'fetch', fetch: custom })
    const error = await transportErrorOf(transport.fetch('http://provider.test/', { signal }))
    expect(error).toMatchObject({ code: 'unknown', wasSent: true })
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  })

  test('that is asked with a Request sends the headers of that', async () => {
    const server = await upstream()
    const request = new Request(server.url, { method: 'POST', headers: { 'x-own': '1' }, body: '{}' })
    await openTransport({ kind: 'fetch' }).fetch(request)
    expect(server.seen[0]?.headers).toMatchObject({ 'x-own': '1' })
  })
})
