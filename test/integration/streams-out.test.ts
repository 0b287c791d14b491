import { once } from 'node:events'
import { createServer as createHttp2Server, connect as connectHttp2 } from 'node:http2'
import { request } from 'node:http'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { StreamPart } from '../../src/core/provider-stream.ts'
import type { PartReader } from '../../src/streams/part-reader.ts'
import { DONE_TEXT, eventStreamText } from '../../src/streams/event-stream-text.ts'
import { pipeParts } from '../../src/streams/pipe-to-response.ts'
import { aPart, errorBody, ScriptedReader } from '../unit/streams/scripted-reader.ts'
import { arriving, piped, settled, silentClient } from './support/piped.ts'

const first = [aPart('Grüße'), aPart(' 🌍')]
const second = [aPart('!')]
const all = eventStreamText([...first, ...second])
const errorEvent = 'data: {"error":{"message":"broke"}}\n\n'

describe('a complete answer', () => {
  test('is its events and [DONE], with the headers of an event stream and the status of the app', async () => {
    const reader = new ScriptedReader(first, second, undefined)
    const { url, outcome } = await piped(reader, { headers: { 'x-llm-target': 'a/b' } })
    const response = await fetch(url)
    expect(response.status).toBe(200)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
      'x-llm-target': 'a/b',
    })
    expect(await response.text()).toBe(all + DONE_TEXT)
    expect(await outcome).toBe('complete')
    expect(reader.stops).toBe(0)
  })

  test('arrives batch by batch', async () => {
    const reader = new ScriptedReader()
    const { url } = await piped(reader)
    reader.give(first)
    const body = arriving((await fetch(url)).body!)
    await body.until(eventStreamText(first))
    reader.give(second)
    await body.until(all)
    reader.give(undefined)
    expect(await body.rest()).toBe(all + DONE_TEXT)
  })

  test('may be empty', async () => {
    const { url, outcome } = await piped(new ScriptedReader(undefined))
    expect(await (await fetch(url)).text()).toBe(DONE_TEXT)
    expect(await outcome).toBe('complete')
  })

  test('leaves headers alone that were sent before, and no-store in force where it was asked for', async () => {
    const sent = await piped(
      new ScriptedReader(first, undefined),
      { headers: { 'x-late': '1' } },
      { before: (res) => res.writeHead(201, { 'content-type': 'text/plain' }).flushHeaders() },
    )
    const response = await fetch(sent.url)
    expect([response.status, response.headers.get('content-type')]).toEqual([201, 'text/plain'])
    expect(await response.text()).toBe(eventStreamText(first) + DONE_TEXT)

    const secret = await piped(
      new ScriptedReader(undefined),
      {},
      { before: (res) => void res.setHeader('Cache-Control', 'private, no-store') },
    )
    expect((await fetch(secret.url)).headers.get('cache-control')).toBe('no-store, no-transform')
  })

  test('reaches a client of HTTP/1.0, whose body ends with the connection', async () => {
    const { url } = await piped(new ScriptedReader(first, undefined))
    const socket = silentClient(url, '1.0')
    const [head, body] = (await arriving(socket).rest()).split('\r\n\r\n')
    expect(head).toMatch(/^HTTP\/1\.1 200 OK/)
    expect(head?.toLowerCase()).not.toContain('transfer-encoding')
    expect(body).toBe(eventStreamText(first) + DONE_TEXT)
  })

  test('leaves the connection of an HTTP/1.1 client open for its next request', async () => {
    const { url } = await piped(new ScriptedReader(first, undefined, second, undefined))
    const socket = silentClient(url)
    const body = arriving(socket)
    await body.until('0\r\n\r\n')
    socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
    const text = await body.until(`${eventStreamText(second)}\r\ne\r\n${DONE_TEXT}\r\n0\r\n\r\n`)
    expect(text.match(/\[DONE\]/g)).toHaveLength(2)
  })

  test('reaches a client of HTTP/2', async () => {
    const server = createHttp2Server((_req, res) => {
      void pipeParts(new ScriptedReader(first, undefined), res as never, { errorBody }).then(ended.resolve)
    })
    const ended = Promise.withResolvers<string>()
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const client = connectHttp2(`http://127.0.0.1:${(server.address() as { port: number }).port}`)
    onTestFinished(() => {
      client.close()
      server.close()
    })
    expect(await arriving(client.request()).rest()).toBe(eventStreamText(first) + DONE_TEXT)
    expect(await ended.promise).toBe('complete')
  })
})

describe('an answer that breaks', () => {
  test('before its first parts is thrown, and the response can still become another', async () => {
    const { url, outcome } = await piped(
      new ScriptedReader(new Error('broke')),
      {},
      {
        failed(error, res) {
          expect(res.headersSent).toBe(false)
          expect(res.getHeaderNames()).toEqual([])
          res.writeHead(503, { 'content-type': 'text/plain' }).end(error.message)
        },
      },
    )
    const response = await fetch(url)
    expect([response.status, await response.text()]).toEqual([503, 'broke'])
    expect(await outcome).toEqual(new Error('broke'))
  })

  test('in the middle is told by an error event and an end without [DONE], and thrown when that was sent', async () => {
    const { url, outcome, res } = await piped(new ScriptedReader(first, new Error('broke')))
    expect(await (await fetch(url)).text()).toBe(eventStreamText(first) + errorEvent)
    expect(await outcome).toEqual(new Error('broke'))
    expect((await res).writableFinished).toBe(true)
  })

  test('before its first parts is told by an error event where the headers were sent already', async () => {
    const { url, outcome } = await piped(
      new ScriptedReader(new Error('broke')),
      {},
      { before: (res) => res.flushHeaders() },
    )
    expect(await (await fetch(url)).text()).toBe(errorEvent)
    expect(await outcome).toEqual(new Error('broke'))
  })

  test('because it cannot be written stops the reader', async () => {
    const reader = new ScriptedReader(first)
    const { url, outcome } = await piped(
      reader,
      { headers: { 'x-bad': 'line\nbreak' } },
      { failed: (_error, res) => void res.writeHead(500).end() },
    )
    expect((await fetch(url)).status).toBe(500)
    expect(await outcome).toMatchObject({ code: 'ERR_INVALID_CHAR' })
    expect(reader.stops).toBe(1)
  })
})

describe('a client that goes', () => {
  test('in the middle stops the reader at once, while it is being read', async () => {
    const reader = new ScriptedReader(first)
    const { url, outcome } = await piped(reader)
    const hangUp = new AbortController()
    const body = arriving((await fetch(url, { signal: hangUp.signal })).body!)
    await body.until(eventStreamText(first))
    await reader.untilRead(2)
    hangUp.abort()
    await expect(body.rest()).rejects.toThrow('aborted')
    await reader.untilStopped()
    expect(await outcome).toBe('gone')
    expect(reader.reads).toBe(2)
  })

  test('before the first parts stops the reader too', async () => {
    const reader = new ScriptedReader()
    const { url, outcome } = await piped(reader)
    const socket = silentClient(url)
    await reader.untilRead(1)
    socket.destroy()
    expect(await outcome).toBe('gone')
    expect(reader.stops).toBeGreaterThan(0)
  })

  test('while it is waited for stops the reader', async () => {
    const reader = new Endless()
    const { url, outcome } = await piped(reader)
    const socket = silentClient(url)
    await settled(() => reader.reads)
    socket.destroy()
    expect(await outcome).toBe('gone')
    expect(reader.isStopped).toBe(true)
  })

  test('is not told of what broke then', async () => {
    const reader = new ScriptedReader(first)
    reader.stop = () => reader.give(new Error('stopped'))
    const { url, outcome } = await piped(reader)
    const socket = silentClient(url)
    await reader.untilRead(2)
    socket.destroy()
    expect(await outcome).toBe('gone')
  })

  test.each([['to its end', undefined], ['until it breaks', new Error('broke')] as const])(
    'does not stop a detached call, which is read %s',
    async (_how, end) => {
      const reader = new ScriptedReader(first)
      const { url, outcome, res } = await piped(reader, { isDetached: true })
      const socket = silentClient(url)
      await reader.untilRead(2)
      socket.destroy()
      await once(await res, 'close')
      reader.give(second, second, end)
      expect(await outcome).toBe('gone')
      expect([reader.reads, reader.stops]).toEqual([4, 0])
    },
  )

  test('before the pipe begins is not read for', async () => {
    const reader = new ScriptedReader(first)
    const begin = Promise.withResolvers<void>()
    const { url, outcome, res } = await piped(reader, {}, { before: () => begin.promise })
    const socket = silentClient(url)
    const response = await res
    socket.destroy()
    await once(response, 'close')
    begin.resolve()
    expect(await outcome).toBe('gone')
    expect([reader.reads, reader.stops]).toEqual([0, 1])
  })

  test('after the end was written, but before it could be sent, has not got the answer', async () => {
    const big = [aPart('x'.repeat(20_000_000))]
    const reader = new ScriptedReader(big, undefined)
    const { url, outcome, res } = await piped(reader, {}, { before: lyingWrite })
    const socket = silentClient(url)
    await reader.untilRead(2)
    await settled(() => reader.stops)
    expect((await res).writableEnded).toBe(true)
    socket.destroy()
    expect(await outcome).toBe('gone')
  })
})

describe('a response that takes no body', () => {
  test('of a HEAD request gets the headers, and the reader is stopped', async () => {
    const reader = new ScriptedReader(first)
    const { url, outcome } = await piped(reader)
    const response = await fetch(url, { method: 'HEAD' })
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    expect(await outcome).toBe('gone')
    expect([reader.reads, reader.stops > 0]).toEqual([1, true])
  })

  test('because it has ended before is left alone', async () => {
    const reader = new ScriptedReader(first)
    const { url, outcome } = await piped(reader, {}, { before: (res) => void res.writeHead(503).end('late') })
    const response = await fetch(url)
    expect([response.status, await response.text()]).toEqual([503, 'late'])
    expect(await outcome).toBe('gone')
    expect([reader.reads, reader.stops > 0]).toEqual([0, true])
  })

  test('because somebody else ends it in the middle is not written to any more', async () => {
    const reader = new ScriptedReader(first)
    const { url, outcome, res } = await piped(reader)
    const body = arriving((await fetch(url)).body!)
    await body.until(eventStreamText(first))
    const response = await res
    // An error event without a listener would end the process.
    response.on('error', (error) => expect.fail(error.message))
    response.end()
    reader.give(second)
    expect(await body.rest()).toBe(eventStreamText(first))
    expect(await outcome).toBe('gone')
    expect(reader.stops).toBeGreaterThan(0)
  })
})

describe('a client that reads slowly', () => {
  test.each([
    ['', {}],
    [', also where somebody has wrapped write() and forgotten what it returns', { before: forgetfulWrite }],
  ])('pauses the reader; what waits for it is bounded; it gets everything%s', async (_where, handling) => {
    const batches = 600
    const reader = new Endless(batches)
    const { url, outcome, res } = await piped(reader, {}, handling)
    const socket = silentClient(url)
    const reads = await settled(() => reader.reads)
    const response = await res
    // What the system's own buffers take, and not much more.
    expect(reads).toBeLessThan(batches / 2)
    expect(response.writableLength).toBeLessThan(4 * reader.batchBytes)
    expect(reader.reads).toBe(reads)

    let bytes = 0
    for await (const chunk of socket) {
      bytes += (chunk as Buffer).length
      if (bytes > batches * reader.batchBytes) break
    }
    expect(await outcome).toBe('complete')
    expect(reader.reads).toBe(batches + 1)
  })

  test('leaves no listener behind, however often it is waited for', async () => {
    const warnings: Error[] = []
    const onWarning = (warning: Error): void => void warnings.push(warning)
    process.on('warning', onWarning)
    onTestFinished(() => void process.off('warning', onWarning))
    const reader = new Endless(100)
    let counts: readonly number[] = []
    const events = ['close', 'finish', 'drain', 'error'] as const
    const { url, outcome, res } = await piped(
      reader,
      {},
      {
        before(response) {
          counts = events.map((event) => response.listenerCount(event))
        },
      },
    )
    await (await fetch(url)).text()
    expect(await outcome).toBe('complete')
    const response = await res
    expect(events.map((event) => response.listenerCount(event))).toEqual(counts)
    expect(warnings).toEqual([])
  })
})

test('a batch is one write, and the headers go with the first', async () => {
  const writes: string[] = []
  const reader = new ScriptedReader(first, second, undefined)
  const { url } = await piped(
    reader,
    {},
    {
      before(res) {
        const write = res.write.bind(res) as (text: string) => boolean
        res.write = (text: string) => {
          writes.push(text)
          return write(text)
        }
        res.flushHeaders = () => expect.fail('an extra packet')
      },
    },
  )
  await (await fetch(url)).text()
  expect(writes).toEqual([eventStreamText(first), eventStreamText(second)])
})

test('a HEAD request of an app that forbids bodies for it is answered', async () => {
  const { url, outcome } = await piped(
    new ScriptedReader(first),
    {},
    {
      before(res) {
        res.write = () => expect.fail('no body can be written')
      },
    },
  )
  const [response] = (await once(request(url, { method: 'HEAD' }).end(), 'response')) as [
    { resume(): void; statusCode: number },
  ]
  response.resume()
  expect(response.statusCode).toBe(200)
  expect(await outcome).toBe('gone')
})

/** Always has another batch at hand. */
class Endless implements PartReader {
  reads = 0
  isStopped = false
  readonly batchBytes = 64 * 1024
  readonly #batch: readonly StreamPart[] = [aPart('x'.repeat(this.batchBytes))]
  readonly #batches: number

  constructor(batches = Number.POSITIVE_INFINITY) {
    this.#batches = batches
  }

  read(): Promise<readonly StreamPart[] | undefined> {
    this.reads += 1
    const isEnd = this.isStopped || this.reads > this.#batches
    return Promise.resolve(isEnd ? undefined : this.#batch)
  }

  stop(): void {
    this.isStopped = true
  }
}

function forgetfulWrite(res: { write: unknown }): void {
  const write = res.write as (text: string) => boolean
  res.write = (text: string) => void write.call(res, text)
}

/** Lets the pipe go on to its end although the client takes nothing. */
function lyingWrite(res: { write: unknown }): void {
  const write = res.write as (text: string) => boolean
  res.write = (text: string) => {
    write.call(res, text)
    return true
  }
}
