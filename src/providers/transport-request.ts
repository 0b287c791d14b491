import { TransportError } from './transport-error.ts'

/** A request as the transport sends it: `init` of a `fetch`, taken apart. */
export interface OutgoingRequest {
  readonly url: string
  readonly origin: string
  /** Path and query. */
  readonly path: string
  readonly method: string
  /** Name, value, name, value … */
  readonly headers: string[]
  readonly body: string | Uint8Array | null
  readonly signal: AbortSignal | undefined
}

/**
 * What the `openai` client passes to `fetch`, when it can be sent as it is: a URL, `Headers`, and a body that is text,
 * bytes or nothing. Undefined for the rest (forms, streams, `Request`): see {@link readRequest}.
 */
export function takeRequest(input: string | URL | Request, init: RequestInit): OutgoingRequest | undefined {
  const { body = null, headers } = init
  if (typeof input !== 'string' && !(input instanceof URL)) return undefined
  if (body !== null && typeof body !== 'string' && !(body instanceof Uint8Array)) return undefined
  const url = URL.parse(String(input))
  if (url === null) throw badUrl('The URL cannot be read.')
  if (url.username !== '' || url.password !== '') throw badUrl('The URL carries a user name or a password.')
  return {
    url: typeof input === 'string' ? input : url.href,
    origin: url.origin,
    path: url.pathname + url.search,
    method: init.method ?? 'GET',
    headers: listHeaders(headers instanceof Headers ? headers : new Headers(headers)),
    body,
    signal: init.signal ?? undefined,
  }
}

/** Any other request, with its body read into memory (forms get their boundary here). */
export async function readRequest(
  input: string | URL | Request,
  init: RequestInit,
): Promise<OutgoingRequest> {
  // `duplex` is what the Fetch standard wants beside a body that is a stream.
  const request = new Request(input, { ...init, duplex: 'half' })
  const body = request.body === null ? null : new Uint8Array(await request.arrayBuffer())
  const { url, method, headers, signal } = request
  const outgoing = takeRequest(url, { method, headers, body, signal })
  if (outgoing === undefined) throw new Error('unreachable: a URL and bytes can always be taken')
  return outgoing
}

/** The client uses the same headers for most requests, and never changes those that it has handed over. */
const listed = new WeakMap<Headers, string[]>()

function listHeaders(headers: Headers): string[] {
  let list = listed.get(headers)
  if (list === undefined) {
    list = [...headers].filter(([name]) => name !== 'accept-encoding').flat()
    // Answers are short, and inflating costs more than reading them; what comes compressed all the same is decoded.
    list.push('accept-encoding', 'identity')
    listed.set(headers, list)
  }
  return list
}

function badUrl(message: string): TransportError {
  return new TransportError({ code: 'bad-url', message, wasSent: false })
}
