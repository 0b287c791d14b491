import { Readable } from 'node:stream'
import type { TransportConfig } from './provider-config.ts'
import type { Transport } from './transport-contract.ts'
import { closedError, isBeforeSending, tooLargeError, toTransportError } from './transport-error.ts'
import { BufferedResponse, isEventStream, streamedResponse } from './transport-response.ts'

/**
 * The way out: the global fetch, which interceptors such as msw see. Slower, and what it decides for the whole process
 * stays as it is: its sockets, its proxy (none, unless node was told), its 300 s limits, no resend after an idle close.
 */
export function createFetchTransport(config: TransportConfig): Transport {
  const underWay = new Set<AbortController>()
  let isClosed = false

  async function send(input: string | URL | Request, init: RequestInit = {}): Promise<Response> {
    if (isClosed) throw closedError(false)
    const aborter = new AbortController()
    const unlink = follow(init.signal, aborter)
    underWay.add(aborter)
    const release = (): void => {
      unlink()
      underWay.delete(aborter)
    }
    const { signal } = aborter
    // Looked up now: interceptors replace it at any time.
    const answer = (config.fetch ?? globalThis.fetch)(input, { ...init, signal, redirect: 'manual' })
    return receive(answer, { signal, release, maxBytes: config.responseMaxBytes })
  }

  function close(): Promise<void> {
    isClosed = true
    for (const aborter of underWay) aborter.abort(closedError(true))
    return Promise.resolve()
  }

  return { fetch: send, close }
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
  readonly signal: AbortSignal
  readonly maxBytes: number
  /** Called when the answer has come in full, or will come no further. */
  readonly release: () => void
}

async function receive(answer: Promise<Response>, options: ReceiveOptions): Promise<Response> {
  try {
    const response = await answer
    const body = limited(response, options)
    if (response.ok && isEventStream(response.headers)) return streamedResponse(response, Readable.from(body))
    const chunks: Uint8Array[] = []
    for await (const chunk of body) chunks.push(chunk)
    return new BufferedResponse(response, Buffer.concat(chunks))
  } catch (error) {
    options.release()
    throw options.signal.aborted ? options.signal.reason : fetchError(error)
  }
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

/** The global fetch says "fetch failed" and puts what happened into the cause. */
function fetchError(error: unknown): unknown {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
  return toTransportError(cause, !isBeforeSending(cause))
}
