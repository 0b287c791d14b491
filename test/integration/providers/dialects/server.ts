import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request as a fake service got it. */
export interface SeenRequest {
  readonly method: string
  /** Path and query. */
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: Record<string, unknown>
}

export interface Reply {
  readonly status?: number
  readonly headers?: Record<string, string>
  /** An object goes out as JSON, a text as it is. */
  readonly body: object | string
}

export interface FakeServer {
  readonly url: string
  readonly seen: SeenRequest[]
  close(): Promise<void>
}

/** A real server on a free port, answering as `reply` says. */
export function startServer(reply: (request: SeenRequest) => Reply): Promise<FakeServer> {
  return startRawServer((request, res) => {
    const { status = 200, headers = {}, body } = reply(request)
    const isText = typeof body === 'string'
    res.writeHead(status, { 'content-type': isText ? 'text/plain' : 'application/json', ...headers })
    res.end(isText ? body : JSON.stringify(body))
  })
}

/** As {@link startServer}, for answers that are no answers. */
export async function startRawServer(
  answer: (request: SeenRequest, res: ServerResponse, req: IncomingMessage) => void,
): Promise<FakeServer> {
  const seen: SeenRequest[] = []
  const server = createServer((req, res) => {
    void readRequest(req).then((request) => {
      seen.push(request)
      answer(request, res, req)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function readRequest(req: IncomingMessage): Promise<SeenRequest> {
  const chunks: Buffer[] = []
  for await (const chunk of req) chunks.push(chunk as Buffer)
  const text = Buffer.concat(chunks).toString()
  const { method = '', url = '', headers } = req
  return { method, url, headers, body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>) }
}
