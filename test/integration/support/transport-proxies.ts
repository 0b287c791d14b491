import http from 'node:http'
import net, { type Socket } from 'node:net'
import { listen } from './transport-servers.ts'

export interface Proxy {
  readonly url: string
  readonly port: number
  /** `CONNECT host:port` and `GET http://…` lines, in order. */
  readonly seen: string[]
  /** Proxy-Authorization of each request, in order. */
  readonly credentials: (string | undefined)[]
  readonly requestHeaders: http.IncomingHttpHeaders[]
}

/** A forward proxy: tunnels CONNECT, and forwards absolute requests. Every name leads to 127.0.0.1. */
export async function startProxy(options: { readonly refuseWith?: number } = {}): Promise<Proxy> {
  const { refuseWith } = options
  const seen: string[] = []
  const credentials: (string | undefined)[] = []
  const requestHeaders: http.IncomingHttpHeaders[] = []
  const note = (req: http.IncomingMessage): void => {
    seen.push(`${req.method} ${req.url}`)
    credentials.push(req.headers['proxy-authorization'])
    requestHeaders.push(req.headers)
  }
  const server = http.createServer((req, res) => {
    note(req)
    if (refuseWith !== undefined) return void res.writeHead(refuseWith).end('refused')
    const { port, pathname } = new URL(req.url ?? '')
    const forwarded = http.request({
      host: '127.0.0.1',
      port,
      path: pathname,
      method: req.method,
      headers: req.headers,
      agent: false,
    })
    forwarded.on('response', (answer) => {
      res.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(res)
    })
    forwarded.on('error', () => res.destroy())
    req.pipe(forwarded)
  })
  server.on('connect', (req, client: Socket, head: Buffer) => {
    note(req)
    client.on('error', () => {})
    if (refuseWith !== undefined) return void client.end(`HTTP/1.1 ${refuseWith} No\r\n\r\n`)
    const upstream = net.connect(Number(new URL(`http://${req.url}`).port), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n')
      upstream.write(head)
      upstream.pipe(client).pipe(upstream)
    })
    upstream.on('error', () => client.destroy())
    client.on('close', () => upstream.destroy())
  })
  const port = await listen(server)
  return { url: `http://127.0.0.1:${port}`, port, seen, credentials, requestHeaders }
}
