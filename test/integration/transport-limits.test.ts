import { createRequire } from 'node:module'
import { Agent } from 'undici'
import { afterEach, expect, test } from 'vitest'
import { chatParams, clientOf, completion, openTransport, rejectionOf } from './support/transport-client.ts'
import { rawAnswer, rawUpstream } from './support/transport-servers.ts'

/**
 * undici's own clock: its limits on headers and bodies (300 s unless told otherwise) are measured with it, and moving it
 * on is quicker than waiting. It is undocumented: the tests of a plain agent fail when it no longer works.
 */
const timers: { tick(ms: number): void } = createRequire(import.meta.url)('undici/lib/util/timers.js')

function passTenMinutes(): void {
  // The first turn starts the timers that wait to be started.
  timers.tick(0)
  timers.tick(600_000)
}

afterEach(() => {
  // Two turns of the clock drop the timers that ended.
  timers.tick(0)
})

test('a plain undici agent would give up on an answer that takes ten minutes', async () => {
  const upstream = await rawUpstream(passTenMinutes)
  const agent = new Agent()
  const error = await rejectionOf(agent.request({ origin: upstream.url, path: '/', method: 'GET' }))
  expect(error).toMatchObject({ code: 'UND_ERR_HEADERS_TIMEOUT' })
  await agent.destroy()
})

test('a plain undici agent would give up on a body that rests for ten minutes', async () => {
  const head = 'HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n'
  const upstream = await rawUpstream(({ socket }) => socket.write(`${head}data: 1\n\n`))
  const agent = new Agent()
  const { body } = await agent.request({ origin: upstream.url, path: '/', method: 'GET' })
  passTenMinutes()
  expect(await rejectionOf(body.text())).toMatchObject({ code: 'UND_ERR_BODY_TIMEOUT' })
  await agent.destroy()
})

test('the transport waits for headers for ten minutes', async () => {
  const upstream = await rawUpstream(({ socket }) => {
    passTenMinutes()
    socket.write(rawAnswer(completion))
  })
  const client = clientOf(openTransport(), upstream.url)
  expect(await client.chat.completions.create(chatParams)).toEqual(completion)
})

test('the transport waits for ten minutes between two pieces of a body', async () => {
  const head = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n'
  const upstream = await rawUpstream(({ socket }) => socket.write(`${head}data: 1\n\n`))
  // A stream, because its headers are told at once: the limit on the body begins to run with them.
  const response = await openTransport().fetch(upstream.url)
  passTenMinutes()
  upstream.connections[0]?.end('data: 2\n\n')
  expect(await response.text()).toBe('data: 1\n\ndata: 2\n\n')
})

test('also through a proxy, for whose connections undici has limits of its own', async () => {
  const proxy = await rawUpstream(({ socket, text }) => {
    passTenMinutes()
    socket.write(rawAnswer({ line: text.split('\r\n')[0] }))
  })
  const response = await openTransport({ proxyUrl: proxy.url }).fetch('http://provider.test/')
  expect(await response.json()).toEqual({ line: 'GET http://provider.test/ HTTP/1.1' })
})
