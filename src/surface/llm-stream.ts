import type { ServerResponse } from 'node:http'
import { CallAborted } from '../core/abort.ts'
import { invalidParams } from '../core/llm-error.ts'
import type { ChatChunk } from '../core/openai-types.ts'
import type { CallReport } from '../core/report.ts'
import { ClientStream } from '../providers/client-stream.ts'
import type { CallStream } from '../router/call-stream.ts'
import { eventStreamBody } from '../streams/event-stream-body.ts'
import { pipeParts } from '../streams/pipe-to-response.ts'
import { wireErrorBody } from './wire-error.ts'

/**
 * A streamed answer: the client's own `Stream`, with `report`, `abort()` and `pipe()`. It can be read once, in one way.
 *
 * Reading ends when the answer is complete, and throws an `LlmError` when it broke off; leaving the loop ends the
 * provider's work.
 */
export class LlmStream extends ClientStream<ChatChunk> {
  /** How the call went, as soon as the stream has ended, however it ended. Never rejects. */
  readonly report: Promise<CallReport>
  readonly #source: CallStream
  readonly #take: () => void

  /** @internal */
  constructor(source: CallStream) {
    const controller = new AbortController()
    const take = takenOnce()
    super(() => {
      take()
      return chunksOf(source)
    }, controller)
    this.report = source.report
    this.#source = source
    this.#take = take
    controller.signal.addEventListener('abort', () => source.stop(), { once: true })
  }

  /** Ends the stream: the provider's work stops, what came is billed. Whoever reads sees the end, not an error. */
  abort(): void {
    this.controller.abort()
  }

  /**
   * Sends the stream to a browser as server-sent events in OpenAI's wire format. A slow browser slows the provider down.
   *
   * @returns how the call went, also when the client has gone before the end
   * @throws LlmError when the answer broke off: the client has been told by then, and got no `[DONE]`
   */
  async pipe(res: ServerResponse): Promise<CallReport> {
    this.#take()
    const { isDetached } = this.#source
    await pipeParts(this.#source, res, { errorBody: wireErrorBody, isDetached })
    return this.report
  }

  /** @internal The stream as the body of a response: read once, as in every other way. */
  body(): ReadableStream<Uint8Array> {
    this.#take()
    return eventStreamBody(this.#source, wireErrorBody)
  }
}

function takenOnce(): () => void {
  let isTaken = false
  return () => {
    if (isTaken) throw invalidParams('A stream can be read once; `.tee()` makes two of it.')
    isTaken = true
  }
}

/** A generator whose reader can leave it at any time: while a read is under way, and before the first one. */
function chunksOf(source: CallStream): AsyncGenerator<ChatChunk, void> {
  const chunks = generate(source)
  const leave = chunks.return.bind(chunks)
  const fail = chunks.throw.bind(chunks)
  return Object.assign(chunks, {
    return(value: void | PromiseLike<void>) {
      source.stop()
      return leave(value)
    },
    throw(error: unknown) {
      source.stop()
      return fail(error)
    },
  })
}

async function* generate(source: CallStream): AsyncGenerator<ChatChunk, void> {
  try {
    for (let parts = await source.read(); parts !== undefined; parts = await source.read()) {
      for (const { chunk } of parts) {
        yield chunk
        source.keep()
      }
    }
  } catch (thrown) {
    // As the client's: who ends the stream himself sees its end.
    if (!(thrown instanceof CallAborted && thrown.abortCause === 'reader_stopped')) throw thrown
  } finally {
    // After the end it does nothing; before, the reader has left the loop.
    source.stop()
  }
}
