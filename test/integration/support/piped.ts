import type { IncomingMessage, ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import type { PartReader } from '../../../src/streams/part-reader.ts'
import { pipeParts, type PipeOptions, type PipeOutcome } from '../../../src/streams/pipe-to-response.ts'
import { served } from '../../support/app.ts'
import { errorBody } from '../../unit/streams/scripted-reader.ts'

export interface Piped {
  readonly url: string
  /** The response, as soon as the first request has come. */
  readonly res: Promise<ServerResponse>
  /** How piping to it ended: what it resolved to, or the error it rejected with. */
  readonly outcome: Promise<PipeOutcome | Error>
}

/** What a handler does before the pipe, and instead of an answer when the pipe failed. */
interface Handling {
  before?(res: ServerResponse): void | Promise<void>
  failed?(error: Error, res: ServerResponse): void
}

/** A server that pipes the reader to whoever asks. */
export async function piped(
  reader: PartReader,
  options: Partial<PipeOptions> = {},
  handling: Handling = {},
): Promise<Piped> {
  const response = Promise.withResolvers<ServerResponse>()
  const outcome = Promise.withResolvers<PipeOutcome | Error>()
  const url = await served((_req: IncomingMessage, res: ServerResponse) => {
    response.resolve(res)
    const handled = (async () => {
      await handling.before?.(res)
      return pipeParts(reader, res, { errorBody, ...options })
    })()
    handled.then(outcome.resolve, (error: Error) => {
      outcome.resolve(error)
      handling.failed?.(error, res)
    })
  })
  return { url, res: response.promise, outcome: outcome.promise }
}

/** Reads a body as it arrives. */
export interface Arriving {
  /** Resolves with all text so far, as soon as it ends so. */
  until(end: string): Promise<string>
  /** All text, at the end. */
  rest(): Promise<string>
}

export function arriving(chunks: AsyncIterable<Uint8Array>): Arriving {
  const decoder = new TextDecoder()
  const iterator = chunks[Symbol.asyncIterator]()
  let text = ''
  const more = async (): Promise<boolean> => {
    const { done, value } = await iterator.next()
    if (done !== true) text += decoder.decode(value, { stream: true })
    return done !== true
  }
  return {
    async until(end) {
      while (!text.endsWith(end)) {
        if (!(await more())) throw new Error(`the body ended before ${JSON.stringify(end)}: ${text}`)
      }
      return text
    },
    async rest() {
      while (await more()) continue
      return text
    },
  }
}

/** Opens a connection, sends a GET, and reads nothing. */
export function silentClient(url: string, version = '1.1'): Socket {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port) })
  onTestFinished(() => void socket.destroy())
  socket.pause().write(`GET / HTTP/${version}\r\nhost: ${hostname}\r\n\r\n`)
  return socket
}

/** Resolves when a number has not changed for many turns of the event loop, in which sockets have had their turn. */
export async function settled(count: () => number): Promise<number> {
  let last = count()
  for (let quietTurns = 0; quietTurns < 200; quietTurns++) {
    await setImmediate()
    if (count() !== last) quietTurns = 0
    last = count()
  }
  return last
}
