import type { FakeExchange } from './log.ts'
import type { StreamEnding, StreamResponse } from './response.ts'
import type { StreamBatch } from './stream-batches.ts'
import { batchesOf } from './stream-batches.ts'

/** A body over time. Reading slowly pauses it; the signal or the reader's `cancel()` ends it. */
export function streamBody(
  response: StreamResponse,
  exchange: FakeExchange,
  signal: AbortSignal | undefined,
): ReadableStream {
  const gone = new AbortController()
  const batches = batchesOf(response, gone.signal)
  let abort: (() => void) | undefined
  const settle = () => abort && signal?.removeEventListener('abort', abort)
  const leave = () => {
    settle()
    exchange.clientClosed()
    gone.abort()
  }
  exchange.streamBegun(response.status)
  return new ReadableStream({
    start(controller) {
      abort = () => {
        leave()
        controller.error(signal?.reason)
      }
      signal?.addEventListener('abort', abort)
    },
    async pull(controller) {
      const isOver = await pull(controller, { response, exchange, batches, gone: gone.signal })
      if (isOver) settle()
    },
    cancel: leave,
  })
}

interface Source {
  readonly response: StreamResponse
  readonly exchange: FakeExchange
  readonly batches: AsyncGenerator<StreamBatch, undefined>
  readonly gone: AbortSignal
}

/** Reads until there is text to hand on. @returns whether the body is over, well or not */
async function pull(controller: ReadableStreamDefaultController, source: Source): Promise<boolean> {
  const { response, exchange, batches, gone } = source
  const { value: batch } = await batches.next()
  if (gone.aborted) return true
  if (!batch) {
    // Not before what was sent has been read: an error throws away what is queued.
    controller.error(new TypeError('terminated', { cause: causeOf(response.ending) }))
    return true
  }
  exchange.streamed(batch)
  if (batch.text !== '') controller.enqueue(Buffer.from(batch.text))
  if (batch.isEnd && response.ending === 'close') {
    controller.close()
    return true
  }
  return batch.text === '' ? pull(controller, source) : false
}

function causeOf(ending: StreamEnding): Error {
  if (ending === 'reset') return connectionReset()
  return Object.assign(new Error('other side closed'), { code: 'UND_ERR_SOCKET' })
}

/** As the global `fetch` shows it. */
export function connectionReset(): Error {
  return Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', syscall: 'read' })
}
