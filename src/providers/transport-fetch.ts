import { untilAborted } from '../core/abort.ts'
import type { TransportConfig } from './provider-config.ts'
import type { Transport, TransportInit } from './transport-contract.ts'
import { closedError, isBeforeSending, tooLargeError, toTransportError } from './transport-error.ts'
import { BufferedResponse, isEventStream, mayBeEventStream, StreamedResponse } from './transport-response.ts'
import { ByteQueue, type ByteSource } from './transport-source.ts'

/**
 * The way out: the global fetch, which interceptors such as msw see. Slower, and what it decides for the whole process
 * stays as it is: its sockets, its proxy (none, unless node was told), its 300 s limits, no resend after an idle close.
 */
export function createFetchTransport(config: TransportConfig): Transport {
  const underWay = new Set<AbortController>()
  let isClosed = false

  async function send(
    input: string | URL | Request,
    { delivery, isStreamWanted = false, ...init }: TransportInit = {},
  ): Promise<Response> {
    if (isClosed) throw closedError(false)
    const aborter = new AbortController()
    const unlink = follow(init.signal, aborter)
    underWay.add(aborter)
    const release = (): void => {
      unlink()
      underWay.delete(aborter)
    }
    aborter.signal.addEventListener('abort', release, { once: true })
    // From here on nobody tells how far it got.
    if (delivery !== undefined) delivery.isSent = true
    // Looked up now: interceptors replace it at any time. Async, because one of the app's own may throw.
    const ask = async (): Promise<Response> =>
      (config.fetch ?? globalThis.fetch)(input, requestOf(init, aborter.signal))
    const response = await receive(ask(), {
      aborter,
      release,
      maxBytes: config.responseMaxBytes,
      isStreamWanted,
    })
    delivery?.onHeaders?.(response.headers)
    return response
  }

  function close(): Promise<void> {
    isClosed = true
    for (const aborter of underWay) aborter.abort(closedError(true))
    return Promise.resolve()
  }

  return { fetch: send, close }
}

/** Headers are copied: the client sends the same ones again, and a fetch of the app's own may add to its own. */
function requestOf(init: RequestInit, signal: AbortSignal): RequestInit {
  const headers = init.headers === undefined ? {} : { headers: new Headers(init.headers) }
  return { ...init, ...headers, signal, redirect: 'manual' }
}

/** Aborts `aborter` with the signal. `AbortSignal.any` would do, were all of them as short-lived as the request. */
function follow(signal: AbortSignal | null | undefined, aborter: AbortController): () => void {
  if (!signal) return () => undefined
  const abort = (): void => aborter.abort(signal.reason)
  if (signal.aborted) abort()
  else signal.addEventListener('abort', abort, { once: true })
  return () => signal.removeEventListener('abort', abort)
}

interface ReceiveOptions {
  readonly aborter: AbortController
  readonly maxBytes: number
  readonly isStreamWanted: boolean
  /** Called when the answer has come in full, or will come no further. */
  readonly release: () => void
}

async function receive(answer: Promise<Response>, options: ReceiveOptions): Promise<Response> {
  const { aborter, release } = options
  try {
    // A fetch of the app's own may mind no signal.
    return await untilAborted(read(answer, options), aborter.signal)
  } catch (error) {
    release()
    throw aborter.signal.aborted ? aborter.signal.reason : fetchError(error)
  }
}

async function read(answer: Promise<Response>, options: ReceiveOptions): Promise<Response> {
  const response = await answer
  const body = limited(response, options)
  const isStream = options.isStreamWanted ? mayBeEventStream : isEventStream
  if (response.ok && isStream(response.headers)) {
    return new StreamedResponse(response, sourceOf(body, options.aborter))
  }
  const chunks: Uint8Array[] = []
  for await (const chunk of body) chunks.push(chunk)
  return new BufferedResponse(response, Buffer.concat(chunks))
}

/**
 * On Node 22 the body of an aborted global fetch leaves its reader waiting for ever, so it is the queue that is read, and
 * whoever fills it may wait.
 */
function sourceOf(body: AsyncIterable<Uint8Array>, aborter: AbortController): ByteSource {
  const { signal } = aborter
  let proceed: (() => void) | undefined
  const queue = new ByteQueue({
    resume: () => proceed?.(),
    cancel: () => aborter.abort(new DOMException('The rest of the answer is not wanted.', 'AbortError')),
  })
  const fill = async (): Promise<void> => {
    for await (const { buffer, byteOffset, byteLength } of body) {
      if (queue.push(Buffer.from(buffer, byteOffset, byteLength))) continue
      await new Promise<void>((resolve) => {
        proceed = resolve
      })
    }
    queue.end()
  }
  signal.addEventListener('abort', () => queue.fail(signal.reason), { once: true })
  fill().catch((error: unknown) => queue.fail(toTransportError(causeOf(error), true)))
  return queue
}

async function* limited(response: Response, options: ReceiveOptions): AsyncGenerator<Uint8Array, void> {
  const { maxBytes, release } = options
  let bytes = 0
  try {
    for await (const chunk of response.body ?? []) {
      bytes += chunk.length
      if (bytes > maxBytes) throw tooLargeError(maxBytes)
      yield chunk
    }
  } finally {
    release()
  }
}

function fetchError(error: unknown): unknown {
  const cause = causeOf(error)
  return toTransportError(cause, !isBeforeSending(cause))
}

/** The global fetch says "fetch failed", or "terminated", and puts what happened into the cause. */
function causeOf(error: unknown): unknown {
  return error instanceof Error && error.cause !== undefined ? error.cause : error
}
