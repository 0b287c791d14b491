import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { Readable } from 'node:stream'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import type { FakeExchange } from './log.ts'
import type { AfterAnswer, ContentEncoding, FakeResponse } from './response.ts'

/** One connection of the fake server. */
export interface FakeConnection {
  readonly id: number
  readonly socket: Socket
  /** The next request on it is to find it closed. */
  isDoomed: boolean
  /** The fake itself ended it, so that its end is not the client's doing. */
  isEndedByFake: boolean
}

/** Where a response goes. */
export interface ReplyChannel {
  readonly res: ServerResponse
  readonly connection: FakeConnection
  readonly exchange: FakeExchange
}

const COMPRESS: Readonly<Record<ContentEncoding, (text: string) => Buffer>> = {
  gzip: gzipSync,
  deflate: deflateSync,
  br: brotliCompressSync,
}

/** Acts a response out on a socket. Returns at once; timers end with the connection. */
export function reply(channel: ReplyChannel, response: FakeResponse): void {
  const { res, connection, exchange } = channel
  let timer: NodeJS.Timeout | undefined
  res.once('close', () => {
    clearTimeout(timer)
    if (!res.writableFinished && !connection.isEndedByFake) exchange.clientClosed()
  })
  if (response.kind === 'silence') {
    exchange.sent({ status: undefined, usage: undefined, isAnswer: false })
  } else if (response.delayMs > 0) {
    timer = setTimeout(() => send(channel, response), response.delayMs)
  } else {
    send(channel, response)
  }
}

function send(
  { res, connection, exchange }: ReplyChannel,
  response: Exclude<FakeResponse, { kind: 'silence' }>,
): void {
  if (response.kind === 'reset') {
    exchange.sent({ status: undefined, usage: undefined, isAnswer: false })
    reset(connection)
    return
  }
  exchange.sent(response)
  switch (response.kind) {
    case 'whole': {
      const { contentEncoding } = response
      const body = contentEncoding ? COMPRESS[contentEncoding](response.body) : response.body
      res.writeHead(response.status, {
        'content-length': Buffer.byteLength(body),
        ...(contentEncoding && { 'content-encoding': contentEncoding }),
        ...response.headers,
      })
      res.end(body)
      afterAnswer(res, connection, response.after)
      return
    }
    case 'partial':
      res.writeHead(response.status, { ...response.headers, 'content-length': response.promisedBytes })
      res.write(response.part, () => {
        if (response.ending === 'reset') reset(connection)
      })
      return
    case 'chunks':
      res.writeHead(response.status, response.headers)
      Readable.from(response.chunks).pipe(res)
  }
}

function afterAnswer(res: ServerResponse, connection: FakeConnection, after: AfterAnswer): void {
  if (after === 'keep') return
  if (after === 'close-at-next-request') {
    connection.isDoomed = true
    return
  }
  res.once('finish', () => endConnection(connection))
}

function endConnection(connection: FakeConnection): void {
  connection.isEndedByFake = true
  connection.socket.destroy()
}

/** Ends a connection the hard way: the client reads ECONNRESET, not an orderly end. */
export function reset(connection: FakeConnection): void {
  connection.isEndedByFake = true
  connection.socket.resetAndDestroy()
}
