import type { Preset } from './preset.ts'

/** A provider instance, complete: a preset with everything that this app says about it. */
export interface ProviderConfig {
  /** The name in `instance/model`. */
  readonly instance: string
  readonly preset: Preset
  /** Undefined only where the client knows it (`bedrock`) or builds it from `endpoint` (`azure`). */
  readonly baseUrl: string | undefined
  readonly apiKey: string | undefined
  readonly headers: Readonly<Record<string, string>>
  readonly organization: string | undefined
  readonly project: string | undefined
  /** Azure: resource endpoint, `https://name.openai.azure.com`. */
  readonly endpoint: string | undefined
  /** Azure: API version. */
  readonly apiVersion: string | undefined
  /** Bedrock: AWS region. */
  readonly region: string | undefined
}

/** How bytes get to providers; see the transport. */
export interface TransportConfig {
  readonly kind: 'undici' | 'fetch'
  /** Asked instead of the global fetch; only with kind `fetch`. */
  readonly fetch?: typeof globalThis.fetch
  /** Most sockets per origin. */
  readonly connections: number
  /** Idle sockets are closed after this, ms. */
  readonly keepAliveTimeoutMs: number
  readonly connectTimeoutMs: number
  /** Longest answer body, bytes after decoding. */
  readonly responseMaxBytes: number
  /** Proxy URL; undefined reads HTTP_PROXY, HTTPS_PROXY and NO_PROXY from `proxyEnvironment`. */
  readonly proxyUrl: string | undefined
  readonly proxyEnvironment: {
    readonly httpProxy?: string
    readonly httpsProxy?: string
    readonly noProxy?: string
  }
  readonly tls: TlsOptions | undefined
}

/** TLS towards providers, as `node:tls` takes it. */
export interface TlsOptions {
  readonly ca?: string | Buffer | readonly (string | Buffer)[]
  readonly cert?: string | Buffer
  readonly key?: string | Buffer
  readonly passphrase?: string
  readonly servername?: string
  /** @default true */
  readonly rejectUnauthorized?: boolean
}
