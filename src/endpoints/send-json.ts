import type { IncomingMessage, ServerResponse } from 'node:http'
import type { WholeAnswer } from '../surface/wire-answer.ts'

/** How long a client that is still sending what nobody wants is listened to, ms: until it has seen the answer. */
const LINGER_MS = 1_000

/** @param bodyMaxBytes what may still come and be thrown away, so that the connection can be used again */
export function sendJson(
  req: IncomingMessage,
  res: ServerResponse,
  { answer, bodyMaxBytes }: { readonly answer: WholeAnswer; readonly bodyMaxBytes: number },
): void {
  const text = JSON.stringify(answer.body)
  res.statusCode = answer.status
  for (const [name, value] of Object.entries(answer.headers)) res.setHeader(name, value)
  if (answer.status !== 408 && isOverSoon(req, bodyMaxBytes)) {
    res.end(text)
    return
  }
  res.setHeader('connection', 'close')
  res.setHeader('content-length', Buffer.byteLength(text))
  res.write(text)
  closeLater(req, res)
}

/** Is the request's body read, or so short that what is left of it does no harm? */
function isOverSoon({ complete, headers }: IncomingMessage, bodyMaxBytes: number): boolean {
  if (complete) return true
  const length = headers['content-length']
  if (length === undefined) return headers['transfer-encoding'] === undefined
  return Number(length) <= bodyMaxBytes
}

/**
 * To close at once, with bytes of the client on their way, would reset the connection and take the answer from the
 * client before it has read it (RFC 9112, 9.6). What comes is thrown away.
 */
function closeLater(req: IncomingMessage, res: ServerResponse): void {
  const close = (): void => {
    clearTimeout(timer)
    res.end()
  }
  const timer = setTimeout(close, LINGER_MS)
  req.once('end', close).once('close', close).resume()
}
