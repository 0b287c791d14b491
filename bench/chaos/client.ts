/** One HTTP request to one process of the app. */
import { request, type Agent, type IncomingHttpHeaders } from 'node:http'
import type { StoryClock } from './story-clock.ts'

export interface ClientRequest {
  readonly port: number
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface Received {
  /** Undefined when no answer began. */
  readonly status: number | undefined
  readonly headers: IncomingHttpHeaders
  readonly body: string
  /** Story time; undefined when no body came. */
  readonly firstByteAtMs: number | undefined
  /** The error's code when the connection broke. */
  readonly error: string | undefined
}

export interface ClientParts {
  readonly agent: Agent
  readonly clock: StoryClock
}

/** Never rejects. */
export function send({ agent, clock }: ClientParts, asking: ClientRequest): Promise<Received> {
  const { port, path, headers, body } = asking
  return new Promise((resolve) => {
    let error: string | undefined
    let status: number | undefined
    let received: IncomingHttpHeaders = {}
    let firstByteAtMs: number | undefined
    const pieces: Buffer[] = []
    const onError = (thrown: Error & { readonly code?: string }): void => {
      error ??= thrown.code ?? thrown.message
    }
    const options = { port, path, agent, method: 'POST', host: '127.0.0.1' }
    const length = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    const req = request({ ...options, headers: { ...headers, ...length } })
    req.on('response', (res) => {
      status = res.statusCode
      received = res.headers
      res.on('data', (piece: Buffer) => {
        firstByteAtMs ??= clock.now()
        pieces.push(piece)
      })
      res.on('error', onError)
    })
    req.on('error', onError)
    req.on('close', () =>
      resolve({ status, headers: received, body: Buffer.concat(pieces).toString(), firstByteAtMs, error }),
    )
    req.end(body)
  })
}
