import type * as Undici from 'undici'
import type { TlsOptions, TransportConfig } from './provider-config.ts'
import { Exchange, type SocketState } from './transport-exchange.ts'

/** undici itself is loaded late (55–70 ms), so that importing the package stays quick. */
type UndiciModule = typeof Undici

export interface Agents {
  /** Keeps sockets open and uses them again. */
  readonly pooled: Undici.Dispatcher
  /** A new socket for every request. */
  fresh(): Undici.Dispatcher
  destroy(): Promise<void>
}

export function createAgents(undici: UndiciModule, config: TransportConfig): Agents {
  const pooled = createAgent(undici, config, { isKeptAlive: true })
  let fresh: Undici.Dispatcher | undefined
  return {
    pooled,
    fresh: () => (fresh ??= createAgent(undici, config, { isKeptAlive: false })),
    destroy: async () => {
      await Promise.all([pooled.destroy(), fresh?.destroy()])
    },
  }
}

function createAgent(
  undici: UndiciModule,
  config: TransportConfig,
  { isKeptAlive }: { readonly isKeptAlive: boolean },
): Undici.Dispatcher {
  const poolOptions = poolOptionsOf(config, isKeptAlive)
  // undici's own factories forget options on the way to a proxy; this one gives them to every pool.
  const factory = (origin: string | URL, options: object): Undici.Pool =>
    new undici.Pool(origin, {
      ...poolOptions,
      ...options,
      factory: (address, clientOptions) => watch(new undici.Client(address, clientOptions)),
    })
  const { httpProxy = '', httpsProxy = '', noProxy = '' } = config.proxyEnvironment
  if (config.proxyUrl === undefined && httpProxy === '' && httpsProxy === '') {
    return new undici.Agent({ ...poolOptions, factory })
  }
  // A proxy that takes the connection and then keeps silent has failed to connect us.
  const clientFactory = (url: URL, options: object): Undici.Pool =>
    new undici.Pool(url, { ...poolOptions, ...options, headersTimeout: config.connectTimeoutMs })
  const options = { ...poolOptions, factory, clientFactory, ...proxyTlsOf(config) }
  if (config.proxyUrl !== undefined) return new undici.ProxyAgent({ ...options, uri: config.proxyUrl })
  // All three are given, because undici reads the environment for those that are not.
  return new undici.EnvHttpProxyAgent({ ...options, httpProxy, httpsProxy, noProxy })
}

/** Tells each exchange of this client (one client holds one socket at a time) whether its socket was used before. */
function watch(client: Undici.Client): Undici.Client {
  const socket: SocketState = { hasAnswered: false }
  const forget = (): void => {
    socket.hasAnswered = false
  }
  client.on('connect', forget).on('disconnect', forget)
  const dispatch = client.dispatch.bind(client)
  client.dispatch = (options, handler) => {
    if (handler instanceof Exchange) handler.socket = socket
    return dispatch(options, handler)
  }
  return client
}

function poolOptionsOf(config: TransportConfig, isKeptAlive: boolean): Undici.Pool.Options {
  return {
    // undici 8 would negotiate HTTP/2 over TLS, whose multiplexing is slower here and whose sessions stall together.
    allowH2: false,
    connections: config.connections,
    // 0 is undici's word for `connection: close`.
    pipelining: isKeptAlive ? 1 : 0,
    keepAliveTimeout: config.keepAliveTimeoutMs,
    // A server's Keep-Alive hint may shorten the time, never lengthen it.
    keepAliveMaxTimeout: config.keepAliveTimeoutMs,
    connectTimeout: config.connectTimeoutMs,
    // Off (undici: 300 s each): a reasoning model may think for ten minutes, and attempts have timers of their own.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: tlsOf(config),
  }
}

/** The TLS options, as node's types want them. */
type MutableTlsOptions = Omit<TlsOptions, 'ca'> & { readonly ca?: string | Buffer | (string | Buffer)[] }

function tlsOf(config: TransportConfig): MutableTlsOptions {
  const { ca, ...others } = config.tls ?? {}
  return ca === undefined ? others : { ...others, ca: mutable(ca) }
}

/** The provider's TLS goes through the tunnel; a proxy that itself speaks TLS is checked against the same authorities. */
function proxyTlsOf(config: TransportConfig): Pick<Undici.ProxyAgent.Options, 'requestTls' | 'proxyTls'> {
  const ca = config.tls?.ca
  const http1 = { allowH2: false }
  return {
    requestTls: { ...tlsOf(config), ...http1 },
    proxyTls: ca === undefined ? http1 : { ...http1, ca: mutable(ca) },
  }
}

function mutable(ca: NonNullable<TlsOptions['ca']>): string | Buffer | (string | Buffer)[] {
  return typeof ca === 'string' || Buffer.isBuffer(ca) ? ca : [...ca]
}
