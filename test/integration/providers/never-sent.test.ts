/** What never left is never billed: an attempt that ends while it waits for a socket says that it was not sent. */
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { CallAborted } from '../../../src/core/abort.ts'
import type { ProviderConfig, TransportConfig } from '../../../src/providers/provider-config.ts'
import { createAdapter } from '../../../src/providers/registry.ts'
import type { PresetName } from '../../../src/providers/presets.ts'
import { createTransport } from '../../../src/providers/transport.ts'
import { listen, rawAnswer, rawUpstream, testTls } from '../support/transport-servers.ts'
import { type FakeServer, startRawServer } from './dialects/server.ts'
import { aProvider, failureOf, sendOptions, TRANSPORT } from './support.ts'

const PARAMS = { chat: { messages: [{ role: 'user' as const, content: 'x' }] }, embeddings: { input: 'x' } }

function adapterAt(url: string, preset: PresetName, changes: Partial<TransportConfig> = {}) {
  const transport = createTransport({ ...TRANSPORT, ...changes })
  onTestFinished(() => transport.close())
  const parts: Partial<ProviderConfig> = {
    instance: 'mine',
    baseUrl: `${url}/v1`,
    apiVersion: '1',
    region: 'eu-west-1',
  }
  return createAdapter(aProvider(preset, parts), transport)
}

/** Registered before a request is made, so that it runs after that has ended. */
function closeAtEnd(server: FakeServer): void {
  onTestFinished(() => server.close())
}

/** An adapter whose only socket is taken by a request that is never answered. */
async function withoutSocket(preset: PresetName) {
  const arrived = Promise.withResolvers<void>()
  const server = await startRawServer(() => arrived.resolve())
  closeAtEnd(server)
  const adapter = adapterAt(server.url, preset, { connections: 1 })
  const aborter = new AbortController()
  const first = failureOf(
    adapter.send('chat', PARAMS.chat, sendOptions('mine/m', { signal: aborter.signal, timeoutMs: 60_000 })),
  )
  onTestFinished(async () => {
    aborter.abort(new CallAborted('client_gone'))
    // It was on its way, so it may be billed.
    expect(await first).toMatchObject({ kind: 'cancelled', wasSent: true })
    expect(server.seen).toHaveLength(1)
  })
  await arrived.promise
  return adapter
}

const WAYS = [
  ['compatible', 'chat'],
  ['compatible', 'embeddings'],
  ['azure', 'chat'],
  ['azure', 'embeddings'],
  ['bedrock', 'chat'],
] as const

describe.each(WAYS)('%s, %s: a request that waits for a socket', (preset, operation) => {
  test('was not sent, when the time of its attempt is up', async () => {
    const adapter = await withoutSocket(preset)
    // Twice: our own client puts a second request of a kind together in another way.
    for (const _ of [1, 2]) {
      const options = sendOptions('mine/m', { timeoutMs: 50 })
      expect(await failureOf(adapter.send(operation, PARAMS[operation], options))).toEqual({
        kind: 'timeout',
        wasSent: false,
        message: 'the request to mine could not be sent within 50 ms',
      })
    }
  })

  test.each(['deadline', 'client_gone'] as const)('was not sent, when its call ends: %s', async (why) => {
    const adapter = await withoutSocket(preset)
    const aborter = new AbortController()
    const options = sendOptions('mine/m', { signal: aborter.signal, headers: { 'x-own': '1' } })
    const attempt = failureOf(adapter.send(operation, PARAMS[operation], options))
    setImmediate(() => aborter.abort(new CallAborted(why)))
    expect(await attempt).toMatchObject({ kind: 'cancelled', wasSent: false })
  })
})

test.each(WAYS)('%s, %s: a request that nobody answers was sent, each time', async (preset, operation) => {
  const server = await startRawServer(() => {})
  closeAtEnd(server)
  const adapter = adapterAt(server.url, preset)
  for (const _ of [1, 2, 3]) {
    const attempt = adapter.send(operation, PARAMS[operation], sendOptions('mine/m', { timeoutMs: 50 }))
    expect(await failureOf(attempt)).toMatchObject({ kind: 'timeout', wasSent: true })
  }
})

test('a connection that takes longer than the attempt may was not sent', async () => {
  const sockets: Socket[] = []
  // It takes the connection and never answers the TLS handshake.
  const server = createServer((socket) => void sockets.push(socket.on('error', () => {}))).listen(
    0,
    '127.0.0.1',
  )
  await once(server, 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const adapter = adapterAt(`https://127.0.0.1:${port}`, 'compatible')
  const attempt = adapter.send('chat', PARAMS.chat, sendOptions('mine/m', { timeoutMs: 100 }))
  expect(await failureOf(attempt)).toMatchObject({ kind: 'timeout', wasSent: false })
})

test('a request whose idle socket was closed, and whose resend found no connection, was not sent', async () => {
  const upstream = await rawUpstream(
    ({ socket, request }) => void (request === 1 ? socket.write(rawAnswer({})) : socket.destroy()),
    { isTls: true },
  )
  // Only the first connection gets through; the second stays without a handshake.
  const held: Socket[] = []
  let count = 0
  const way = createServer((socket) => {
    count++
    held.push(socket.on('error', () => {}))
    if (count > 1) return
    const onward = connect(upstream.port, '127.0.0.1').on('error', () => {})
    socket.pipe(onward).pipe(socket)
  })
  const port = await listen(way)
  onTestFinished(() => {
    for (const socket of held) socket.destroy()
  })
  const adapter = adapterAt(`https://localhost:${port}`, 'compatible', {
    connections: 1,
    tls: { ca: testTls.cert },
  })
  const send = () => failureOf(adapter.send('chat', PARAMS.chat, sendOptions('mine/m', { timeoutMs: 500 })))
  expect(await send()).toMatchObject({ kind: 'protocol' })
  expect(await send()).toMatchObject({ kind: 'timeout', wasSent: false })
  expect({ count, requests: upstream.requests.length }).toEqual({ count: 2, requests: 2 })
})

test('the global fetch does not tell, so what it was asked for counts as sent', async () => {
  const server = await startRawServer(() => {})
  closeAtEnd(server)
  const adapter = adapterAt(server.url, 'compatible', { kind: 'fetch' })
  const attempt = adapter.send('chat', PARAMS.chat, sendOptions('mine/m', { timeoutMs: 50 }))
  expect(await failureOf(attempt)).toMatchObject({ kind: 'timeout', wasSent: true })
})
