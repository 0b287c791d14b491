import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import http from 'node:http'
import net, { type AddressInfo, type Socket } from 'node:net'
import tls from 'node:tls'
import { onTestFinished } from 'vitest'

/** Certificate (its own authority) and key, for localhost, provider.test and 127.0.0.1. */
export const testTls = {
  cert: readFileSync(new URL('../../fixtures/tls/cert.pem', import.meta.url)),
  key: readFileSync(new URL('../../fixtures/tls/key.pem', import.meta.url)),
}

/** Starts listening on a free port; closes when the test ends, and waits for its last socket to go. */
export async function listen(server: net.Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    // Without cutting a socket: one that the transport left open would hang the test here, and fail it.
    if (server.listening) await new Promise((resolve) => server.close(resolve))
  })
  return (server.address() as AddressInfo).port
}

export interface Upstream {
  readonly url: string
  readonly port: number
  /** Each TCP connection made so far. */
  readonly connections: Socket[]
}

/** An HTTP server with one handler. */
export async function httpUpstream(
  handler: (req: http.IncomingMessage, res: http.ServerResponse) => unknown,
): Promise<Upstream> {
  const server = http.createServer({ keepAliveTimeout: 60_000 }, (req, res) => void handler(req, res))
  const connections: Socket[] = []
  server.on('connection', (socket: Socket) => connections.push(socket))
  const port = await listen(server)
  return { url: `http://127.0.0.1:${port}`, port, connections }
}

export interface RawRequest {
  readonly socket: Socket
  /** Head and body, as they came. */
  readonly text: string
  /** 1 for the first connection. */
  readonly connection: number
  /** 1 for the first request of this connection. */
  readonly request: number
}

/** A server that decides about every byte: called with each whole request, it writes, ends or resets by itself. */
export async function rawUpstream(
  onRequest: (request: RawRequest) => void,
  options: { readonly isTls?: boolean } = {},
): Promise<Upstream & { readonly requests: RawRequest[] }> {
  const connections: Socket[] = []
  const requests: RawRequest[] = []
  const onConnection = (socket: Socket): void => {
    const connection = connections.push(socket)
    let received = ''
    let count = 0
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1')
      if (!isWhole(received)) return
      const request = { socket, text: received, connection, request: ++count }
      received = ''
      requests.push(request)
      onRequest(request)
    })
  }
  const server = options.isTls ? tls.createServer(testTls, onConnection) : net.createServer(onConnection)
  const port = await listen(server)
  const url = `${options.isTls ? 'https' : 'http'}://127.0.0.1:${port}`
  return { url, port, connections, requests }
}

function isWhole(text: string): boolean {
  const end = text.indexOf('\r\n\r\n')
  const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0)
  return end !== -1 && text.length >= end + 4 + length
}

/** A whole HTTP/1.1 answer with a JSON body, as bytes. */
export function rawAnswer(body: object, head = ''): string {
  const json = JSON.stringify(body)
  return `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(json)}\r\n${head}\r\n${json}`
}
