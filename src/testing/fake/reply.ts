import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import type { FakeExchange } from './log.ts'
import type { AfterAnswer, ContentEncoding, FakeResponse, StreamResponse } from './response.ts'
import { batchesOf } from './stream-batches.ts'

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
  if (response.kind === 'stream') {
    void sendStream({ res, connection, exchange }, response)
    return
  }
  exchange.sent(response)
  const { contentEncoding } = response
  const body = contentEncoding ? COMPRESS[contentEncoding](response.body) : response.body
  res.writeHead(response.status, {
    'content-length': Buffer.byteLength(body),
    ...(contentEncoding && { 'content-encoding': contentEncoding }),
    ...response.headers,
  })
  res.end(body)
  afterAnswer(res, connection, response.after)
}

/** Never rejects. Ends with the stream, or when the client has gone. */
async function sendStream(
  { res, connection, exchange }: ReplyChannel,
  response: StreamResponse,
): Promise<void> {
  const gone = new AbortController()
  res.once('close', () => gone.abort())
  exchange.streamBegun(response.status)
  res.writeHead(response.status, response.headers)
  for await (const batch of batchesOf(response, gone.signal)) {
    exchange.streamed(batch)
    if (batch.isEnd && response.ending === 'close') {
      afterAnswer(res, connection, response.after)
      res.end(batch.text)
      return
    }
    if (!(await write(res, batch.text))) return
  }
  if (gone.signal.aborted) return
  if (response.ending === 'reset') reset(connection)
  else endConnection(connection)
}

/** Resolves when the text has left this process, which waits for a slow reader: true, or false when it cannot any more. */
function write(res: ServerResponse, text: string): Promise<boolean> {
  return new Promise((resolve) => {
    if (text !== '') {
      res.write(text, (error) => resolve(!error))
      return
    }
    res.flushHeaders()
    resolve(true)
  })
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
