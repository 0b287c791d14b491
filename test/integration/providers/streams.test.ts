import { once } from 'node:events'
import type { Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { createGzip, gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { CallAborted } from '../../../src/core/abort.ts'
import type { ProviderStream } from '../../../src/core/provider-stream.ts'
import { rawAnswer } from '../support/transport-servers.ts'
import { completion } from './dialects/fake.ts'
import {
  chunked,
  CHUNKED,
  closingOf,
  events,
  HEAD,
  LAST_CHUNK,
  QUESTION,
  readAll,
  say,
  STOP,
  type StreamedBy,
  streamedBy,
  USAGE,
} from './stream-support.ts'
import { failureOf, sendOptions } from './support.ts'

const KINDS = ['undici', 'fetch'] as const

function resets(socket: Socket): void {
  socket.resetAndDestroy()
}

describe.each(KINDS)('a stream over %s', (kind) => {
  async function opened(
    answer: (socket: Socket) => void,
    parts: StreamedBy = {},
  ): Promise<{ stream: ProviderStream; socket: Socket }> {
    const { adapter, upstream } = await streamedBy(({ socket }) => answer(socket), {
      ...parts,
      transport: { kind, ...parts.transport },
    })
    const stream = await adapter.stream(QUESTION, sendOptions('mine/m'))
    const [socket] = upstream.connections
    if (socket === undefined) throw new Error('no connection')
    return { stream, socket }
  }

  test('gives every chunk as it came, in the batches in which they came, and what was told of them', async () => {
    const { stream, socket } = await opened((each) =>
      each.write(CHUNKED + chunked(events(say('a'), say('b')))),
    )
    expect(stream).toMatchObject({ upstreamRequestId: 'req_1', usageComes: 'apart', droppedParams: [] })
    expect(stream.head.status).toBe(200)
    expect(stream.head.headers.get('content-type')).toBe('text/event-stream')
    expect(await stream.read()).toEqual(
      [say('a'), say('b')].map((chunk) => ({ chunk, json: JSON.stringify(chunk) })),
    )
    expect(stream.usage()).toBeUndefined()
    socket.write(chunked(': still there\n\n'))
    expect(await stream.read()).toEqual([])
    socket.write(chunked(events(STOP, USAGE, '[DONE]')) + LAST_CHUNK)
    expect(await stream.read()).toHaveLength(2)
    expect(await stream.read()).toBeUndefined()
    expect(await stream.read()).toBeUndefined()
    expect(stream.usage()).toEqual({ inputTokens: 3, outputTokens: 2 })
    expect(stream.costUsd()).toBeUndefined()
    expect(stream.malformedCount()).toBe(0)
  })

  test('hands out nothing but batches, whatever the pieces: every byte in a chunk of its own', async () => {
    const bytes = Buffer.from(events(say('Grüße 🌍'), STOP, '[DONE]'))
    const { stream } = await opened((socket) => {
      socket.write(CHUNKED)
      void (async () => {
        for (let at = 0; at < bytes.length; at++) {
          socket.write(chunked(bytes.subarray(at, at + 1)))
          if (at % 5 === 0) await setImmediate()
        }
        socket.write(LAST_CHUNK)
      })()
    })
    expect(await readAll(stream)).toMatchObject({ contents: 'Grüße 🌍', failure: undefined })
  })

  test.each([
    [
      'with [DONE] and no end',
      (socket: Socket) => socket.write(CHUNKED + chunked(events(say('a'), '[DONE]'))),
    ],
    ['without [DONE]', (socket: Socket) => socket.end(CHUNKED + chunked(events(say('a'))) + LAST_CHUNK)],
    ['by a close, where that is the end', (socket: Socket) => socket.end(`${HEAD}\r\n${events(say('a'))}`)],
    [
      'without its last empty line',
      (socket: Socket) => socket.end(`${HEAD}\r\n${events(say('')) + events(say('a')).trimEnd()}`),
    ],
    [
      'with more behind [DONE]',
      (socket: Socket) => socket.write(CHUNKED + chunked(events(say('a'), '[DONE]', say('b')))),
    ],
  ])('ends %s', async (_how, answer) => {
    const { stream } = await opened(answer)
    expect(await readAll(stream)).toMatchObject({ contents: 'a', failure: undefined })
    stream.cancel()
  })

  test.each([
    ['a reset', resets],
    ['a close before the last chunk', (socket: Socket) => socket.end()],
    ['a close in a chunk', (socket: Socket) => socket.end('ff\r\ndata: {"cho')],
  ])('is interrupted by %s, after the parts that came before', async (_how, breakIt) => {
    const { stream, socket } = await opened((each) => each.write(CHUNKED + chunked(events(say('a')))))
    expect(await stream.read()).toHaveLength(1)
    const rest = readAll(stream)
    socket.write(chunked(events(say('b'))), () => breakIt(socket))
    const { failure } = await rest
    expect(failure).toMatchObject({ kind: 'stream-interrupted', wasSent: true })
    expect(failure?.code).toMatch(/^(UND_ERR_SOCKET|ECONNRESET)$/)
    expect(failure?.message).toBe(`mine broke its stream off (${failure?.code})`)
    await expect(stream.read()).rejects.toMatchObject({ failure: { kind: 'stream-interrupted' } })
  })

  test.each([
    ['no JSON', '{"choices": [{"del'],
    ['a number', '42'],
    ['a text', '"hello"'],
    ['a list', '[]'],
    ['null', 'null'],
    ['a choice that is none', '{"choices": [7]}'],
  ])('leaves a part out that is %s, and counts it', async (_what, garbage) => {
    const { stream } = await opened((socket) =>
      socket.end(CHUNKED + chunked(events(say('a'), garbage, '', { type: 'ping' }, say('b'))) + LAST_CHUNK),
    )
    expect(await readAll(stream)).toMatchObject({ contents: 'ab', failure: undefined })
    expect(stream.malformedCount()).toBe(1)
  })

  test.each([
    ['an object', events({ error: { message: 'busy', code: 503 } }), { kind: 'overloaded', status: 503 }],
    [
      'an object beside choices',
      events({ ...say(''), error: { message: 'slow down', code: 'rate_limit_exceeded' } }),
      { kind: 'rate-limited', code: 'rate_limit_exceeded' },
    ],
    [
      'in a choice',
      events({ choices: [{ index: 0, delta: {}, error: { code: 502, message: 'x' } }] }),
      { kind: 'server', status: 502 },
    ],
    ['in a list', events([{ error: { status: 'UNAVAILABLE', message: 'x' } }]), { kind: 'overloaded' }],
    ['an event', 'event: error\ndata: {"message":"x","code":"server_error"}\n\n', { kind: 'server' }],
    ['an event without JSON', 'event: error\ndata: it broke\n\n', { kind: 'server' }],
    [
      'about the prompt',
      events({ error: { code: 'context_length_exceeded', message: 'too long' } }),
      { kind: 'context-window', providerMessage: 'too long' },
    ],
    [
      'only a finish reason',
      events({ choices: [{ index: 0, delta: { content: '' }, finish_reason: 'error' }] }),
      { kind: 'stream-interrupted', message: 'mine answered with the finish reason "error"' },
    ],
  ])('throws the error inside it, after the parts before it: %s', async (_what, error, expected) => {
    const { stream } = await opened((socket) =>
      socket.write(CHUNKED + chunked(events(say('a'), USAGE) + error + events(say('b'))) + LAST_CHUNK),
    )
    const { contents, failure } = await readAll(stream)
    expect(contents).toBe('a')
    expect(failure).toMatchObject({ wasSent: true, ...expected })
    if (!('status' in expected)) expect(failure?.status).toBeUndefined()
  })

  test('is decoded as it comes when it is compressed', async () => {
    const gzip = createGzip()
    const { stream, socket } = await opened((each) => {
      each.write(CHUNKED.replace('x-request-id', 'content-encoding: gzip\r\nx-request-id'))
      gzip.on('data', (bytes: Buffer) => each.write(chunked(bytes)))
      gzip.write(events(say('a')))
      gzip.flush()
    })
    const first: unknown[] = []
    while (first.length === 0) first.push(...((await stream.read()) ?? ['the end']))
    expect(first).toMatchObject([{ chunk: say('a') }])
    const rest = readAll(stream)
    gzip.end(events(say('b'), '[DONE]'))
    await once(gzip, 'end')
    socket.write(LAST_CHUNK)
    expect(await rest).toMatchObject({ contents: 'b', failure: undefined })
  })

  test('has no good end when its compressed bytes stop in the middle', async () => {
    const { stream } = await opened((socket) => {
      const bytes = gzipSync(events(say('a'), say('b')))
      const head = HEAD.replace('x-request-id', 'content-encoding: gzip\r\nx-request-id')
      socket.end(Buffer.concat([Buffer.from(`${head}connection: close\r\n\r\n`), bytes.subarray(0, -12)]))
    })
    const { failure } = await readAll(stream)
    // The global fetch takes what came for the whole: then it is the missing finish reason that tells.
    if (kind === 'fetch') expect(failure).toBeUndefined()
    else expect(failure).toMatchObject({ kind: 'stream-interrupted', wasSent: true })
  })

  test('is a failure when one event never ends', async () => {
    const { stream, socket } = await opened((each) => {
      each.write(CHUNKED + chunked(events(say('a'))))
      const filler = chunked(Buffer.alloc(1024 * 1024, 'x'))
      for (let count = 0; count < 10; count++) each.write(filler)
    })
    const closed = closingOf(socket)
    expect((await readAll(stream)).failure).toMatchObject({
      kind: 'protocol',
      code: 'event-too-large',
      wasSent: true,
    })
    await closed
  })

  test('is a failure when it is longer than the maximum', async () => {
    const { stream } = await opened(
      (socket) => {
        socket.write(CHUNKED)
        for (let count = 0; count < 50; count++) socket.write(chunked(events(say('x'.repeat(1_000)))))
      },
      { transport: { responseMaxBytes: 20_000 } },
    )
    const { contents, failure } = await readAll(stream)
    expect(contents.length).toBeLessThanOrEqual(20_000)
    expect(failure).toMatchObject({ kind: 'protocol', code: 'response-too-large' })
  })

  test('is cancelled on the wire within 100 ms, and a read under way ends', async () => {
    const half = 'data: {"choices": ['
    const { stream, socket } = await opened((each) => each.write(CHUNKED + chunked(events(say('a')) + half)))
    expect(await stream.read()).toHaveLength(1)
    const reading = stream.read()
    await setImmediate()
    const closing = closingOf(socket)
    stream.cancel()
    expect(await reading).toBeUndefined()
    expect(await closing).toBeLessThan(100)
    stream.cancel()
    expect(await stream.read()).toBeUndefined()
    expect(stream.malformedCount()).toBe(0)
  })

  test('is cancelled before anybody read it', async () => {
    const { stream, socket } = await opened((each) => each.write(CHUNKED + chunked(events(say('a')))))
    const closing = closingOf(socket)
    stream.cancel()
    expect(await closing).toBeLessThan(100)
    expect(await stream.read()).toBeUndefined()
  })

  test('pauses a provider that is faster than its reader', async () => {
    const filler = chunked(events(say('x'.repeat(60_000))))
    let written = 0
    const { stream, socket } = await opened((each) => {
      each.write(CHUNKED)
      const fill = (): void => {
        while (written < 100_000_000) {
          written += filler.length
          if (!each.write(filler)) return
        }
      }
      each.on('drain', fill)
      fill()
    })
    // No byte has gone out for a while: socket buffers, of a few megabytes at most, are full on both sides.
    let before = -1
    while (before !== socket.bytesWritten - socket.writableLength) {
      before = socket.bytesWritten - socket.writableLength
      for (let count = 0; count < 300; count++) await setImmediate()
    }
    expect(written).toBeLessThan(30_000_000)
    const goesOn = once(socket, 'drain').then(() => true)
    while (!(await Promise.race([goesOn, stream.read().then(() => false)])));
    stream.cancel()
  })

  test('ends by its owner only: the signal of its request does not reach it any more', async () => {
    const { adapter, upstream } = await streamedBy(
      ({ socket }) => socket.write(CHUNKED + chunked(events(say('a')))),
      { transport: { kind } },
    )
    const controller = new AbortController()
    const stream = await adapter.stream(QUESTION, sendOptions('mine/m', { signal: controller.signal }))
    controller.abort(new CallAborted('client_gone'))
    expect(await stream.read()).toHaveLength(1)
    upstream.connections[0]?.end(chunked(events(say('b'))) + LAST_CHUNK)
    expect(await readAll(stream)).toMatchObject({ contents: 'b', failure: undefined })
  })

  test('is not begun when the signal aborts, or the time is up, before the headers', async () => {
    const { adapter, upstream } = await streamedBy(() => controller.abort(new CallAborted('deadline')), {
      transport: { kind },
    })
    const controller = new AbortController()
    const { signal } = controller
    expect(await failureOf(adapter.stream(QUESTION, sendOptions('mine/m', { signal })))).toEqual({
      kind: 'cancelled',
      wasSent: true,
      message: 'cancelled while mine was asked',
    })
    expect(await failureOf(adapter.stream(QUESTION, sendOptions('mine/m', { signal })))).toMatchObject({
      kind: 'cancelled',
      wasSent: false,
    })
    const late = adapter.stream(QUESTION, sendOptions('mine/m', { timeoutMs: 30 }))
    expect(await failureOf(late)).toMatchObject({ kind: 'timeout', wasSent: true })
    await Promise.all(upstream.connections.map(closingOf))
  })

  test.each([
    [
      { status: '429 Slow', body: { error: { message: 'x' } } },
      { kind: 'rate-limited', status: 429 },
    ],
    [
      { status: '503 Busy', body: {} },
      { kind: 'overloaded', status: 503 },
    ],
    [
      { status: '400 No', body: { error: { code: 'context_length_exceeded', message: 'too long' } } },
      { kind: 'context-window', status: 400, providerMessage: 'too long' },
    ],
  ])('is refused as any answer is: %o', async ({ status, body }, expected) => {
    const { adapter } = await streamedBy(
      ({ socket }) => socket.end(rawAnswer(body).replace('200 OK', status)),
      { transport: { kind } },
    )
    const outcomes = [
      await failureOf(adapter.stream(QUESTION, sendOptions('mine/m'))),
      await failureOf(adapter.send('chat', QUESTION, sendOptions('mine/m'))),
    ]
    expect(outcomes[0]).toMatchObject(expected)
    expect(outcomes[0]).toEqual(outcomes[1])
  })
})

describe('a 200 that is no stream', () => {
  async function answered(answer: string) {
    const { adapter } = await streamedBy(({ socket }) => socket.end(answer))
    return adapter.stream(QUESTION, sendOptions('mine/m'))
  }

  test('is one chunk when it is a completion', async () => {
    const whole = completion('m', { prompt_tokens: 3, completion_tokens: 2 })
    const stream = await answered(rawAnswer(whole, 'x-request-id: req_2\r\n'))
    const { parts, contents, failure } = await readAll(stream)
    expect({ contents, failure }).toEqual({ contents: 'Hello.', failure: undefined })
    expect(parts).toHaveLength(1)
    expect(parts[0]?.chunk).toMatchObject({
      object: 'chat.completion.chunk',
      choices: [{ finish_reason: 'stop' }],
    })
    expect(JSON.parse(parts[0]?.json ?? '')).toEqual(parts[0]?.chunk)
    expect(stream.usage()).toEqual({ inputTokens: 3, outputTokens: 2 })
    expect(stream.upstreamRequestId).toBe('req_2')
  })

  test('is a stream all the same when only its content type is wrong', async () => {
    const body = events(say('a'), STOP, '[DONE]')
    const head = `HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: ${body.length}\r\n\r\n`
    expect((await readAll(await answered(head + body))).contents).toBe('a')
  })

  test.each([
    ['an error', rawAnswer({ error: { code: 429, message: 'x' } }), { kind: 'rate-limited', status: 429 }],
    [
      'JSON',
      rawAnswer({ id: 'x' }),
      { kind: 'protocol', message: 'mine answered JSON that is no completion' },
    ],
    [
      'a page',
      'HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 6\r\n\r\n<html>',
      { kind: 'protocol', message: 'mine answered HTML' },
    ],
    [
      'nothing',
      'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n',
      { kind: 'protocol', message: 'mine answered an empty body' },
    ],
  ])('is a failure when it is %s', async (_what, answer, expected) => {
    expect(await failureOf(answered(answer))).toMatchObject({ wasSent: true, ...expected })
  })
})

describe('the socket of a stream', () => {
  async function asksTwice(first: (socket: Socket) => void): Promise<number> {
    const { adapter, upstream } = await streamedBy(({ socket, request, connection }) => {
      if (request === 1 && connection === 1) first(socket)
      else socket.write(rawAnswer(completion('m', {})))
    })
    const stream = await adapter.stream(QUESTION, sendOptions('mine/m'))
    const [socket] = upstream.connections
    expect(await readAll(stream)).toMatchObject({ contents: 'a', failure: undefined })
    if (socket?.writable === true) socket.write(LAST_CHUNK)
    for (let count = 0; count < 20; count++) await setImmediate()
    await adapter.send('chat', QUESTION, sendOptions('mine/m'))
    return upstream.connections.length
  }

  test('is used again after [DONE], also when the last chunk comes later', async () => {
    expect(await asksTwice((socket) => socket.write(CHUNKED + chunked(events(say('a'), '[DONE]'))))).toBe(1)
  })

  test('is closed when the rest is long', async () => {
    const filler = chunked(Buffer.alloc(2_000_000, ':'))
    const answer = Buffer.concat([Buffer.from(CHUNKED), chunked(events(say('a'), '[DONE]')), filler])
    expect(await asksTwice((socket) => socket.write(answer))).toBe(2)
  })

  test('is closed when the rest does not come', async () => {
    const { adapter, upstream } = await streamedBy(({ socket }) =>
      socket.write(CHUNKED + chunked(events(say('a'), '[DONE]'))),
    )
    await readAll(await adapter.stream(QUESTION, sendOptions('mine/m')))
    const [socket] = upstream.connections
    if (socket === undefined) throw new Error('no connection')
    expect(await closingOf(socket)).toBeLessThan(1_500)
  })
})
