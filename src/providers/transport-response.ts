import type { Readable } from 'node:stream'

export interface ResponseHead {
  readonly status: number
  readonly statusText: string
  readonly url: string
  readonly headers: Headers
}

/**
 * An answer whose body is already here: what the `openai` client reads of a `Response`, without the streams behind a
 * real one (29 µs to make one on Node 24, this under 1). The body may be read more than once. `body` is null; who needs
 * it as a stream asks {@link toRealResponse}.
 */
export class BufferedResponse implements Response {
  readonly ok: boolean
  readonly status: number
  readonly statusText: string
  readonly url: string
  readonly headers: Headers
  readonly body = null
  readonly bodyUsed = false
  readonly redirected = false
  readonly type = 'basic'
  readonly #bytes: Buffer

  /** @param bytes the whole body, decoded */
  constructor(head: ResponseHead, bytes: Buffer) {
    this.ok = head.status >= 200 && head.status < 300
    this.status = head.status
    this.statusText = head.statusText
    this.url = head.url
    this.headers = head.headers
    this.#bytes = bytes
  }

  text(): Promise<string> {
    return Promise.resolve(this.#text())
  }

  async json(): Promise<unknown> {
    return JSON.parse(this.#text())
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    return this.#copy().buffer
  }

  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return this.#copy()
  }

  blob(): Promise<Blob> {
    return this.clone().blob()
  }

  formData(): Promise<FormData> {
    return this.clone().formData()
  }

  /** A real `Response` with the same content. */
  clone(): Response {
    return realResponse(this, this.#copy())
  }

  #text(): string {
    const text = this.#bytes.toString()
    // As `Response.text()` does: a byte order mark is not part of the text.
    return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
  }

  /** The bytes at hand may be a window on a larger buffer. */
  #copy(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#bytes)
  }
}

/** A real `Response`: the one given when it is one, else a new one with the same status, headers and body. */
export function toRealResponse(response: Response): Response {
  return response instanceof BufferedResponse ? response.clone() : response
}

/**
 * A real `Response` over a body that is still arriving.
 *
 * @param stop called when the reader cancels; must end a read of `body` that is under way
 */
export function streamedResponse(
  head: ResponseHead,
  body: AsyncIterable<Uint8Array>,
  stop: () => void,
): Response {
  return realResponse(head, webStreamOf(body, stop))
}

/** The same over a stream of node, which ends when the reader cancels. */
export function readableResponse(head: ResponseHead, body: Readable): Response {
  // The reader sees the error; without a listener, one that nobody reads would end the process.
  body.on('error', () => undefined)
  return streamedResponse(head, body, () => body.destroy())
}

/**
 * Not `Readable.toWeb`: on Node 24 it closes a stream that was cancelled while data was buffered, and that throws where
 * nobody can catch it. Here all happens within `pull`, whose errors are the stream's.
 */
function webStreamOf(body: AsyncIterable<Uint8Array>, stop: () => void): ReadableStream<Uint8Array> {
  const chunks = body[Symbol.asyncIterator]()
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await chunks.next()
      if (done === true) controller.close()
      // As bytes, whose methods differ from those of a Buffer.
      else controller.enqueue(new Uint8Array(value.buffer, value.byteOffset, value.byteLength))
    },
    cancel() {
      stop()
      // It ends because we said so, and may say that once more. Not awaited: on Node 22 the body of an aborted global
      // fetch leaves its reader waiting for ever.
      Promise.resolve(chunks.return?.()).catch(() => undefined)
    },
  })
}

export function isEventStream(headers: Headers): boolean {
  return headers.get('content-type')?.trimStart().toLowerCase().startsWith('text/event-stream') ?? false
}

/** Statuses for which the `Response` constructor refuses even an empty body (Fetch standard, "null body status"). */
const BODILESS = new Set([204, 205, 304])

function realResponse(head: ResponseHead, body: Uint8Array | ReadableStream): Response {
  const response = new Response(BODILESS.has(head.status) ? null : body, {
    status: head.status,
    // The constructor throws on what a server may well send.
    statusText: /^[\t\x20-\x7e]*$/.test(head.statusText) ? head.statusText : '',
    headers: unpacked(head.headers),
  })
  // No constructor takes the URL, and logs want it.
  return Object.defineProperty(response, 'url', { value: head.url })
}

/** The body is decoded, so what is said of its packing is no longer true. */
function unpacked(headers: Headers): [string, string][] {
  if (!headers.has('content-encoding')) return [...headers]
  return [...headers].filter(([name]) => name !== 'content-encoding' && name !== 'content-length')
}
