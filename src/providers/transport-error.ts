/**
 * The transport's own codes, beside those of sockets, DNS, TLS and undici (`ECONNREFUSED`, `ENOTFOUND`,
 * `DEPTH_ZERO_SELF_SIGNED_CERT`, `UND_ERR_SOCKET`, …), which are passed on as they are.
 */
export type TransportErrorCode =
  /** The answer is longer than `responseMaxBytes`, as sent or after decoding. */
  | 'response-too-large'
  /** One event of a stream is longer than any part of an answer could be. */
  | 'event-too-large'
  /** The answer's content encoding is unknown to us, or its bytes do not decode. */
  | 'bad-encoding'
  /** What came is no HTTP/1.1 answer. */
  | 'bad-http'
  /** The URL is none, or carries a user name or password. */
  | 'bad-url'
  /** The proxy did not let the request through. */
  | 'proxy-refused'
  /** The transport was closed before or during the request. */
  | 'closed'
  /** undici is missing, or did not take the options; see also `transport.kind: 'fetch'`. */
  | 'undici-unavailable'
  /** An error without a code of its own. */
  | 'unknown'
  // Any other string; written this way, editors still offer the names above.
  | (string & {})

interface TransportErrorOptions {
  readonly code: TransportErrorCode
  readonly message: string
  /** False when no byte of the request left: DNS, connect, proxy tunnel and TLS failures, and all that precedes them. */
  readonly wasSent: boolean
}

/**
 * Why the bytes did not get through. Aborts are not among them: they throw the signal's own reason.
 *
 * It has no `cause` on purpose: undici's errors may hold bytes of the answer. The message never says "timeout" or
 * "timed out", because the `openai` client would then replace this error with one that has lost `code` and `wasSent`.
 */
export class TransportError extends Error {
  override readonly name = 'TransportError'
  readonly code: TransportErrorCode
  readonly wasSent: boolean

  constructor(options: TransportErrorOptions) {
    super(options.message)
    this.code = options.code
    this.wasSent = options.wasSent
  }
}

/** Puts what a socket or undici threw into our words; only its code is kept. */
export function toTransportError(error: unknown, wasSent: boolean): TransportError {
  if (error instanceof TransportError) return error
  const code = codeOf(error) ?? 'unknown'
  if (error instanceof Error && error.name === 'HTTPParserError') return badHttpError()
  if (code === 'UND_ERR_DESTROYED' || code === 'UND_ERR_CLOSED') return closedError(wasSent)
  // What undici makes of a proxy's refusal: our own aborts never get here, and our arguments were taken before.
  const isProxyRefusal = wasSent ? code === 'UND_ERR_INVALID_ARG' : code === 'UND_ERR_ABORTED'
  if (isProxyRefusal) {
    return new TransportError({ code: 'proxy-refused', message: 'The proxy refused the request.', wasSent })
  }
  const message = wasSent
    ? 'The connection broke before the answer was complete.'
    : 'The request could not be sent: no connection was made.'
  return new TransportError({ code, message, wasSent })
}

/** The short identifier that errors of node and undici carry; undefined when there is none. */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

/**
 * Can it be read off this error of node that it came before the first byte of the request? For the global fetch, which
 * does not say how far it got.
 */
export function isBeforeSending(error: unknown): boolean {
  // Every address was tried in vain.
  if (error instanceof AggregateError) return error.errors.every(isBeforeSending)
  const syscall = error instanceof Error && 'syscall' in error ? error.syscall : undefined
  if (syscall === 'connect' || syscall === 'getaddrinfo') return true
  return BEFORE_SENDING.test(codeOf(error) ?? '')
}

/** A URL that is none, a connect that took too long, and what OpenSSL and node find wrong with a certificate. */
const BEFORE_SENDING =
  /^(ERR_INVALID_URL|UND_ERR_CONNECT_TIMEOUT|ERR_TLS_.+|ERR_SSL_.+|CERT_.+|.+_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_.+)$/

/** undici's own code for it is often undefined. */
function badHttpError(): TransportError {
  return new TransportError({ code: 'bad-http', message: 'The answer is not HTTP/1.1.', wasSent: true })
}

export function closedError(wasSent: boolean): TransportError {
  return new TransportError({ code: 'closed', message: 'The transport is closed.', wasSent })
}

export function tooLargeError(maxBytes: number): TransportError {
  const message = `The answer is longer than responseMaxBytes, ${maxBytes} bytes.`
  return new TransportError({ code: 'response-too-large', message, wasSent: true })
}
