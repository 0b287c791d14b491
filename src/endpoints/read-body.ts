import type { IncomingMessage } from 'node:http'
import { badRequest, WireRefusal } from '../surface/wire-refusal.ts'
import { wireJson } from '../surface/wire-request.ts'

export interface BodyLimits {
  readonly bodyMaxBytes: number
  readonly bodyTimeoutMs: number
}

/**
 * The JSON of a request: what a parser of the app has left in `req.body`, else what the door reads itself, of which it
 * holds `bodyMaxBytes` at most.
 *
 * @throws WireRefusal 400, 408, 413, 415; 499 when the client has gone; 500 when somebody else has read the body
 */
export async function readJsonBody(
  req: IncomingMessage & { readonly body?: unknown },
  limits: BodyLimits,
): Promise<unknown> {
  const { body } = req
  if (typeof body === 'string') return wireJson(body)
  if (body instanceof Uint8Array) return wireJson(textOf(body))
  // Parsers of Express 4 leave an empty object where they have not read anything.
  const isEmpty = typeof body === 'object' && body !== null && Object.keys(body).length === 0
  if (body !== undefined && body !== null && !isEmpty) return unlessForm(req, body)
  if (!isUnread(req)) {
    if (isEmpty) return body
    throw readBySomebodyElse()
  }
  checkHeaders(req, limits)
  return wireJson(textOf(await readBytes(req, limits)))
}

/** What `curl -d` sends unless it is told the type; a parser of forms makes one long name of the JSON. */
function unlessForm({ headers }: IncomingMessage, body: unknown): unknown {
  if (!/^application\/x-www-form-urlencoded\b/i.test(headers['content-type'] ?? '')) return body
  throw badRequest('The body was read as a form. Send it with the header "content-type: application/json".')
}

function isUnread(req: IncomingMessage): boolean {
  return !req.readableDidRead && req.readableFlowing !== true
}

function checkHeaders({ headers }: IncomingMessage, limits: BodyLimits): void {
  const encoding = headers['content-encoding'] ?? 'identity'
  if (encoding.toLowerCase() !== 'identity') {
    throw new WireRefusal({
      status: 415,
      code: 'unsupported_content_encoding',
      message: 'The body of the request must be sent without content-encoding.',
      headers: { 'accept-encoding': 'identity' },
    })
  }
  if (Number(headers['content-length'] ?? 0) > limits.bodyMaxBytes) throw tooLong(limits)
}

/** Never holds more than the limit. After a failure what is still to come flows away unread. */
function readBytes(req: IncomingMessage, limits: BodyLimits): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    const onData = (chunk: Buffer | string): void => {
      const piece = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
      bytes += piece.length
      if (bytes > limits.bodyMaxBytes) fail(tooLong(limits))
      else chunks.push(piece)
    }
    const onEnd = (): void => {
      release()
      resolve(Buffer.concat(chunks))
    }
    const onGone = (): void => fail(gone())
    const fail = (refusal: WireRefusal): void => {
      release()
      chunks.length = 0
      reject(refusal)
    }
    const timer = setTimeout(() => fail(tooSlow(limits)), limits.bodyTimeoutMs)
    const release = (): void => {
      clearTimeout(timer)
      req.off('data', onData).off('end', onEnd).off('close', onGone)
      // A client that goes away later makes an error of it, which is nobody's business any more.
      req.off('error', onGone).on('error', () => undefined)
    }
    req.on('data', onData).once('end', onEnd).once('error', onGone).once('close', onGone)
    if (req.destroyed) onGone()
  })
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw badRequest('The body of the request is not UTF-8.')
  }
}

function tooLong({ bodyMaxBytes }: BodyLimits): WireRefusal {
  const message = `The body of the request is longer than ${bodyMaxBytes} bytes.`
  return new WireRefusal({ status: 413, code: 'request_too_large', message })
}

function tooSlow({ bodyTimeoutMs }: BodyLimits): WireRefusal {
  const message = `The body of the request did not arrive within ${bodyTimeoutMs} ms.`
  return new WireRefusal({ status: 408, code: 'request_timeout', message })
}

function gone(): WireRefusal {
  return new WireRefusal({ status: 499, code: 'cancelled', message: 'The client closed its request.' })
}

/** The app's mistake, so it is told in the log too. */
function readBySomebodyElse(): WireRefusal {
  return new WireRefusal({
    status: 500,
    code: 'body_already_read',
    message:
      'The body of the request was read before it came to openaiEndpoint(), and is not in req.body: ' +
      'mount openaiEndpoint() before whatever reads it.',
  })
}
