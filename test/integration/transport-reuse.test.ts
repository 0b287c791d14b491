import { once } from 'node:events'
import { describe, expect, test, vi } from 'vitest'
import {
  chatParams,
  clientOf,
  completion,
  openTransport,
  transportErrorOf,
} from './support/transport-client.ts'
import { rawAnswer, rawUpstream, type RawRequest, testTls } from './support/transport-servers.ts'

const post = { method: 'POST', body: '{"n":1}', headers: { 'content-type': 'application/json' } }

/** Answers the first request of each connection and does as told with the second. */
function secondRequest(then: (request: RawRequest) => void): (request: RawRequest) => void {
  return (request) => void (request.request === 1 ? request.socket.write(rawAnswer({})) : then(request))
}

/** A turn of the event loop: so long does undici let a socket rest before it is used again. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

const told = (request: RawRequest): string => `${request.connection}.${request.request}`

test('a socket is used again', async () => {
  const upstream = await rawUpstream(({ socket }) => socket.write(rawAnswer(completion)))
  const client = clientOf(openTransport(), upstream.url)
  for (let i = 0; i < 5; i++) {
    await client.chat.completions.create(chatParams)
    await turn()
  }
  expect(upstream.requests.map(told)).toEqual(['1.1', '1.2', '1.3', '1.4', '1.5'])
})

test('no more sockets than allowed are opened', async () => {
  const upstream = await rawUpstream(({ socket }) => setImmediate(() => socket.write(rawAnswer({}))))
  const transport = openTransport({ connections: 2 })
  await Promise.all(Array.from({ length: 10 }, () => transport.fetch(upstream.url, post)))
  expect(upstream.requests).toHaveLength(10)
  expect(upstream.connections).toHaveLength(2)
})

test('a request that was aborted while it waited for a socket is never sent', async () => {
  const held: RawRequest[] = []
  const upstream = await rawUpstream((request) => {
    if (held.push(request) > 1) request.socket.write(rawAnswer({}))
  })
  const transport = openTransport({ connections: 1 })
  const first = transport.fetch(upstream.url, { ...post, body: 'first' })
  await vi.waitUntil(() => held.length === 1)
  const aborter = new AbortController()
  const second = transport.fetch(upstream.url, { ...post, body: 'second', signal: aborter.signal })
  const third = transport.fetch(upstream.url, { ...post, body: 'third' })
  aborter.abort(new Error('enough'))
  await expect(second).rejects.toThrow('enough')
  held[0]?.socket.write(rawAnswer({}))
  await Promise.all([first, third])
  expect(held.map(({ text }) => text.split('\r\n\r\n')[1])).toEqual(['first', 'third'])
})

test('an idle socket is closed after its time, and close() ends the others', async () => {
  const upstream = await rawUpstream(({ socket }) => socket.write(rawAnswer({})))
  await openTransport({ keepAliveTimeoutMs: 20 }).fetch(upstream.url)
  const patient = openTransport()
  await patient.fetch(upstream.url)
  const [first, second] = upstream.connections
  await once(first!, 'close')
  expect(second!.destroyed).toBe(false)
  await Promise.all([once(second!, 'close'), patient.close()])
})

test("a server's keep-alive hint does not lengthen the idle time", async () => {
  const hint = 'keep-alive: timeout=600\r\n'
  const upstream = await rawUpstream(({ socket }) => socket.write(rawAnswer({}, hint)))
  await openTransport({ keepAliveTimeoutMs: 20 }).fetch(upstream.url)
  const [socket] = upstream.connections
  await once(socket!, 'close')
  expect(upstream.connections).toHaveLength(1)
})

describe('a socket that is closed while idle', () => {
  test.each([
    ['closed', false, (request: RawRequest) => void request.socket.destroy()],
    ['reset', false, (request: RawRequest) => void request.socket.resetAndDestroy()],
    ['closed, over TLS', true, (request: RawRequest) => void request.socket.destroy()],
  ])('%s: the request goes out once more over a new one, unnoticed', async (_how, isTls, close) => {
    const upstream = await rawUpstream(secondRequest(close), { isTls })
    const transport = openTransport({ tls: { ca: testTls.cert } })
    await transport.fetch(upstream.url, post)
    await turn()
    const response = await transport.fetch(upstream.url, post)
    expect(response.status).toBe(200)
    expect(upstream.requests.map(told)).toEqual(['1.1', '1.2', '2.1'])
    expect(upstream.requests[2]?.text).toContain('{"n":1}')
  })

  test('the second sending is on a new socket even while old ones are free', async () => {
    const held: RawRequest[] = []
    const upstream = await rawUpstream(secondRequest((request) => held.push(request)))
    const transport = openTransport()
    await Promise.all([transport.fetch(upstream.url, post), transport.fetch(upstream.url, post)])
    await turn()
    const arrived = (count: number): Promise<void> => vi.waitUntil(() => held.length === count).then(() => {})
    const sendingA = transport.fetch(upstream.url, post)
    await arrived(1)
    const sendingB = transport.fetch(upstream.url, post)
    await arrived(2)
    held[0]?.socket.write(rawAnswer({}))
    await sendingA
    await turn()
    // Now the first socket is free, and comes before any new one in the pool.
    held[1]?.socket.destroy()
    expect((await sendingB).status).toBe(200)
    expect(upstream.requests.map(told)).toEqual(['1.1', '2.1', '1.2', '2.2', '3.1'])
  })

  test('there is no third sending', async () => {
    const upstream = await rawUpstream((request) => {
      if (request.connection === 1 && request.request === 1) request.socket.write(rawAnswer({}))
      else request.socket.destroy()
    })
    const transport = openTransport()
    await transport.fetch(upstream.url, post)
    await turn()
    const error = await transportErrorOf(transport.fetch(upstream.url, post))
    expect(error).toMatchObject({ code: 'UND_ERR_SOCKET', wasSent: true })
    expect(upstream.requests.map(told)).toEqual(['1.1', '1.2', '2.1'])
  })

  test('the second sending can be aborted', async () => {
    const aborter = new AbortController()
    const reason = new Error('gone')
    const upstream = await rawUpstream((request) => {
      if (request.connection === 2) aborter.abort(reason)
      else secondRequest(({ socket }) => socket.destroy())(request)
    })
    const transport = openTransport()
    await transport.fetch(upstream.url, post)
    await turn()
    const sending = transport.fetch(upstream.url, { ...post, signal: aborter.signal })
    await expect(sending).rejects.toBe(reason)
  })

  test('closings between requests go unnoticed too', async () => {
    const upstream = await rawUpstream(({ socket }) => socket.end(rawAnswer({})))
    const transport = openTransport()
    for (let i = 0; i < 20; i++) expect((await transport.fetch(upstream.url, post)).status).toBe(200)
    expect(upstream.requests).toHaveLength(20)
  })
})

describe('what may have been worked on is never sent twice', () => {
  test('a new socket that is closed without an answer', async () => {
    const upstream = await rawUpstream(({ socket }) => socket.destroy())
    const error = await transportErrorOf(openTransport().fetch(upstream.url, post))
    expect(error).toMatchObject({ code: 'UND_ERR_SOCKET', wasSent: true })
    expect(upstream.requests).toHaveLength(1)
  })

  test('a new socket that is closed without an answer, after an older one of the same pool answered', async () => {
    const upstream = await rawUpstream(({ socket, connection }) => {
      if (connection === 1) socket.end(rawAnswer({}))
      if (connection === 3) socket.destroy()
    })
    const transport = openTransport()
    const first = transport.fetch(upstream.url, post)
    // Keeps the pool from being dropped when its first socket closes.
    const unanswered = transportErrorOf(transport.fetch(upstream.url, post))
    await first
    await once(upstream.connections[0]!, 'close')
    await turn()
    const error = await transportErrorOf(transport.fetch(upstream.url, post))
    expect(error).toMatchObject({ code: 'UND_ERR_SOCKET', wasSent: true })
    expect(upstream.requests.map(told)).toEqual(['1.1', '2.1', '3.1'])
    await transport.close()
    expect(await unanswered).toMatchObject({ code: 'closed' })
  })

  test('a used socket that is closed after the first byte of the answer', async () => {
    const upstream = await rawUpstream(secondRequest(({ socket }) => socket.end('H')))
    const transport = openTransport()
    await transport.fetch(upstream.url, post)
    await turn()
    const error = await transportErrorOf(transport.fetch(upstream.url, post))
    expect(error.wasSent).toBe(true)
    expect(upstream.requests.map(told)).toEqual(['1.1', '1.2'])
  })

  test('a used socket that is closed in the middle of the body', async () => {
    const half = rawAnswer(completion).slice(0, -10)
    const upstream = await rawUpstream(secondRequest(({ socket }) => socket.end(half)))
    const transport = openTransport()
    await transport.fetch(upstream.url, post)
    await turn()
    expect((await transportErrorOf(transport.fetch(upstream.url, post))).wasSent).toBe(true)
    expect(upstream.requests).toHaveLength(2)
  })

  test('a used socket whose peer had the request for over a second', async () => {
    // The server's working time, not a wait for something to happen: the transport measures it.
    const work = ({ socket }: RawRequest): void => void setTimeout(() => socket.destroy(), 1_100)
    const upstream = await rawUpstream(secondRequest(work))
    const transport = openTransport()
    await transport.fetch(upstream.url, post)
    await turn()
    const error = await transportErrorOf(transport.fetch(upstream.url, post))
    expect(error).toMatchObject({ code: 'UND_ERR_SOCKET', wasSent: true })
    expect(upstream.requests).toHaveLength(2)
  })
})
