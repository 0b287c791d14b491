import { type ByteSource, toWebStream } from './transport-source.ts'

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

/** An answer whose body is still arriving: read it from `source`, or as any `Response`; not both. */
export class StreamedResponse implements Response {
  readonly ok = true
  readonly status: number
  readonly statusText: string
  readonly url: string
  readonly headers: Headers
  readonly redirected = false
  readonly type = 'basic'
  readonly source: ByteSource
  #real: Response | undefined

  constructor(head: ResponseHead, source: ByteSource) {
    this.status = head.status
    this.statusText = head.statusText
    this.url = head.url
    this.headers = head.headers
    this.source = source
  }

  /** A real `Response` over the same body; the same one each time. */
  real(): Response {
    return (this.#real ??= realResponse(this, toWebStream(this.source)))
  }

  get body(): ReadableStream<Uint8Array<ArrayBuffer>> | null {
    return this.real().body
  }

  get bodyUsed(): boolean {
    return this.#real?.bodyUsed ?? false
  }

  text(): Promise<string> {
    return this.real().text()
  }

  json(): Promise<unknown> {
    return this.real().json()
  }

  arrayBuffer(): Promise<ArrayBuffer> {
    return this.real().arrayBuffer()
  }

  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return new Uint8Array(await this.arrayBuffer())
  }

  blob(): Promise<Blob> {
    return this.real().blob()
  }

  formData(): Promise<FormData> {
    return this.real().formData()
  }

  clone(): Response {
    return this.real().clone()
  }
}

/** A real `Response`: the one given when it is one, else one with the same status, headers and body. */
export function toRealResponse(response: Response): Response {
  if (response instanceof StreamedResponse) return response.real()
  return response instanceof BufferedResponse ? response.clone() : response
}

export function isEventStream(headers: Headers): boolean {
  return contentTypeOf(headers).startsWith('text/event-stream')
}

/**
 * May the answer to a request for a stream be one? Some servers send it as plain text, or do not say what it is; JSON and
 * pages are something else, and so is what has its length known before it begins.
 */
export function mayBeEventStream(headers: Headers): boolean {
  if (isEventStream(headers)) return true
  return !headers.has('content-length') && !/^[^;]*(?:json|html|xml)/.test(contentTypeOf(headers))
}

function contentTypeOf(headers: Headers): string {
  return headers.get('content-type')?.trimStart().toLowerCase() ?? ''
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
