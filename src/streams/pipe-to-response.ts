import type { ServerResponse } from 'node:http'
import { DONE_TEXT, errorText, eventStreamText } from './event-stream-text.ts'
import type { PartReader } from './part-reader.ts'

export interface PipeOptions {
  /** What the client is told of an error: `{ error: … }`. */
  errorBody(error: unknown): object
  /** Read on to the end when the client has gone. @default false */
  readonly isDetached?: boolean
  /** Headers besides (or instead of) those of an event stream. */
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * `complete`: the client was sent the whole answer and `[DONE]`. `gone`: it left before that, wanted no body (HEAD), or
 * something else has ended the response; how the answer ended then, its report tells.
 */
export type PipeOutcome = 'complete' | 'gone'

/**
 * Sends a streamed answer as server-sent events, batch by batch, as fast as the client takes it: while it does not,
 * the reader is not read. Settles when the last byte has left this process, or nobody is there to take it. When the
 * client goes, the reader is stopped at once (which must end a read under way), unless the call is detached.
 *
 * Nothing is written, and no header set, before the first parts are there. The status stays as the app has set it.
 *
 * @throws what `read()` throws: with the response untouched, so that it can still become an answer with an error status,
 *   when nothing was sent before; else when the client has got the error event and the end
 */
export async function pipeParts(
  reader: PartReader,
  res: ServerResponse,
  options: PipeOptions,
): Promise<PipeOutcome> {
  const client = watchClient(res, () => {
    if (options.isDetached !== true) reader.stop()
  })
  try {
    if (!client.isGone()) await writeParts(reader, client, options)
    if (client.isGone()) return await leave(reader, options)
    return (await client.end(DONE_TEXT)) ? 'complete' : 'gone'
  } catch (error) {
    // Nobody is left to be told: the report says how the answer ended.
    if (client.isGone()) return 'gone'
    // When it was the writing that failed, nobody will read the rest.
    reader.stop()
    if (res.headersSent) await client.end(errorText(options.errorBody(error)))
    throw error
  } finally {
    client.release()
  }
}

async function writeParts(reader: PartReader, client: Client, options: PipeOptions): Promise<void> {
  let parts = await reader.read()
  client.begin(options.headers)
  while (parts !== undefined && !client.isGone()) {
    if (!client.write(eventStreamText(parts))) await client.nextEvent()
    if (!client.isGone()) parts = await reader.read()
  }
}

async function leave(reader: PartReader, { isDetached }: PipeOptions): Promise<'gone'> {
  if (isDetached !== true) reader.stop()
  else while ((await reader.read()) !== undefined) continue
  return 'gone'
}

/** The one who reads the response. */
interface Client {
  /** Can nothing be sent any more? */
  isGone(): boolean
  begin(headers: PipeOptions['headers']): void
  /** False when the client should be waited for. */
  write(text: string): boolean
  /** Resolves when the client takes more, or has gone. */
  nextEvent(): Promise<void>
  /** Resolves when the response has been handed over (true), or the client has gone. */
  end(text: string): Promise<boolean>
  release(): void
}

function watchClient(res: ServerResponse, onGone: () => void): Client {
  let isEnding = false
  let isOver = false
  let isWatchingDrain = false
  let wake: (() => void) | undefined
  let flush: (() => void) | undefined

  const onEvent = (): void => wake?.()
  const onOver = (): void => {
    isOver = true
    if (!isEnding) onGone()
    onEvent()
  }
  res.once('close', onOver).once('finish', onOver)
  const nextEvent = (): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve
    })

  return {
    isGone: () => isOver || res.destroyed || res.writableEnded,
    begin(headers) {
      if (!res.headersSent) setHeaders(res, headers)
      flush = flushOf(res)
      // Express hands HEAD to the handlers of GET. There is no body to write.
      if (res.req?.method === 'HEAD') res.end()
    },
    write(text) {
      // Many an app wraps `write` to log, and forgets to hand on what it returns.
      const returned: boolean | undefined = res.write(text)
      const isTaken = returned ?? !res.writableNeedDrain
      flush?.()
      // One listener for all waits: `compression` puts it on a stream of its own, from where nobody can remove it.
      if (!isTaken && !isWatchingDrain) res.on('drain', onEvent)
      isWatchingDrain ||= !isTaken
      return isTaken
    },
    nextEvent,
    async end(text) {
      isEnding = true
      const { socket } = res
      res.end(text)
      // Once ended, nothing but 'finish' and 'close' is to come.
      if (!isOver) await nextEvent()
      // Node 22 says "finish" too when the socket broke with bytes that nobody will get.
      return res.writableFinished && !socket?.errored
    },
    release() {
      res.off('close', onOver).off('finish', onOver).off('drain', onEvent)
    },
  }
}

/** The headers go out with the first parts, in one packet. */
function setHeaders(res: ServerResponse, headers: PipeOptions['headers']): void {
  res.setHeader('content-type', 'text/event-stream; charset=utf-8')
  // Whoever forbade to keep the answer still does. `no-transform` keeps proxies and `compression` from holding it back.
  const isSecret = /\bno-store\b/i.test(String(res.getHeader('cache-control')))
  res.setHeader('cache-control', `${isSecret ? 'no-store' : 'no-cache'}, no-transform`)
  // nginx would hold the answer back, too.
  res.setHeader('x-accel-buffering', 'no')
  for (const [name, value] of Object.entries(headers ?? {})) res.setHeader(name, value)
}

/** Where an app compresses, its middleware has put a `flush` on the response. */
function flushOf(res: ServerResponse & { readonly flush?: unknown }): (() => void) | undefined {
  const { flush } = res
  return typeof flush === 'function' ? () => void flush.call(res) : undefined
}
