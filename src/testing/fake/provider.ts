import type { IncomingMessage, Server } from 'node:http'
import { createServer } from 'node:http'
import type { Socket } from 'node:net'
import type { FakeProviderOptions } from './options.ts'
import { parseFakeOptions } from './options.ts'
import type { FakeConnection } from './reply.ts'
import { reply, reset } from './reply.ts'
import type { RawFakeRequest } from './request.ts'
import type { FakeControls, FakeService } from './service.ts'
import { createFakeService } from './service.ts'

export interface FakeProviderServerOptions extends FakeProviderOptions {
  /** Where to listen on 127.0.0.1. @default a free port */
  readonly port?: number
}

/** A running fake provider. */
export interface FakeProvider extends FakeControls {
  readonly name: string
  /** `http://127.0.0.1:{port}`. Any prefix is served, so append what the client needs. */
  readonly url: string
  /** `{url}/v1`: what goes into `baseUrl` of a provider or `baseURL` of the `openai` client. */
  readonly baseUrl: string
  readonly port: number
  /** Dies: every socket is destroyed, new connections are refused. Script and log stay. */
  stop(): Promise<void>
  /** Lives again, on the same port. */
  start(): Promise<void>
  /** Ends every socket and the server. Same as `stop`, said by the one who does not want to start again. */
  close(): Promise<void>
}

/**
 * Starts a real HTTP server that speaks the OpenAI protocol: `POST …/chat/completions`, `POST …/embeddings` and
 * `GET …/models` under any prefix (Azure's deployment paths too). It answers well unless told otherwise.
 *
 * @example
 * const fake = await createFakeProvider({ answer: 'Paris.' })
 * fake.script([{ status: 429, retryAfter: 1 }, { fault: 'reset' }])   // then 'Paris.' again
 * const router = createRouter({ tiers: { cheap: ['fake/any'] }, providers: { fake: { baseUrl: fake.baseUrl } } })
 *
 * @throws LlmError `config_invalid`
 */
export async function createFakeProvider(options: FakeProviderServerOptions = {}): Promise<FakeProvider> {
  const config = parseFakeOptions(options, ['port'])
  const service = createFakeService(config)
  const connections = new Map<Socket, FakeConnection>()
  const server = createFakeServer(connections, { service, requestMaxBytes: config.requestMaxBytes })
  const port = await listen(server, options.port ?? 0)
  const url = `http://127.0.0.1:${port}`
  const stop = () => stopServer(server, connections)
  return Object.assign(service, {
    name: config.name,
    url,
    baseUrl: `${url}/v1`,
    port,
    stop,
    start: async () => {
      if (!server.listening) await listen(server, port)
    },
    close: stop,
  })
}

function createFakeServer(
  connections: Map<Socket, FakeConnection>,
  { service, requestMaxBytes }: { readonly service: FakeService; readonly requestMaxBytes: number },
): Server {
  let connectionCount = 0
  const server = createServer((req, res) => {
    const connection = connections.get(req.socket)
    if (!connection) return
    if (connection.isDoomed) {
      service.drop(rawRequest(req, { body: '', socketId: connection.id }))
      reset(connection)
      return
    }
    readBody(req, requestMaxBytes, (body) => {
      const { exchange, response } = service.receive(rawRequest(req, { body, socketId: connection.id }))
      reply({ res, connection, exchange }, response)
    })
  })
  // A client decides how long it keeps a socket; the fake closes one only when it is told to.
  server.keepAliveTimeout = 0
  server.requestTimeout = 0
  server.on('connection', (socket) => {
    connectionCount += 1
    connections.set(socket, { id: connectionCount, socket, isDoomed: false, isEndedByFake: false })
    socket.once('close', () => connections.delete(socket))
  })
  return server
}

/** Hands over the whole body, or undefined when it is longer than `maxBytes` (the rest is read and dropped). */
function readBody(req: IncomingMessage, maxBytes: number, done: (body: string | undefined) => void): void {
  const chunks: Buffer[] = []
  let bytes = 0
  req.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes <= maxBytes) chunks.push(chunk)
  })
  req.once('end', () => done(bytes > maxBytes ? undefined : Buffer.concat(chunks).toString()))
}

function rawRequest(req: IncomingMessage, rest: Pick<RawFakeRequest, 'body' | 'socketId'>): RawFakeRequest {
  return { method: req.method ?? 'GET', path: req.url ?? '/', headers: flatHeaders(req), ...rest }
}

/** node:http joins all repeated headers but `set-cookie`, which requests do not have. */
function flatHeaders(req: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(req.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value
  }
  return headers
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject)
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : port)
    })
  })
}

function stopServer(server: Server, connections: ReadonlyMap<Socket, FakeConnection>): Promise<void> {
  return new Promise((resolve) => {
    // The only error here is that it is not running: then it is stopped, as asked.
    server.close(() => resolve())
    for (const connection of connections.values()) {
      connection.isEndedByFake = true
      connection.socket.destroy()
    }
  })
}
