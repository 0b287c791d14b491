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
  /** Authorities to trust instead of the well-known ones, PEM. @default Node's own list */
  readonly ca?: string | Buffer | readonly (string | Buffer)[]
  /** Client certificate, PEM. */
  readonly cert?: string | Buffer
  /** Private key of `cert`, PEM. */
  readonly key?: string | Buffer
  /** Opens `key`, where it is encrypted. */
  readonly passphrase?: string
  /** Name that the provider's certificate must be for. @default the host of its URL */
  readonly servername?: string
  /** False: any certificate will do, which lets anybody on the way read keys and prompts. @default true */
  readonly rejectUnauthorized?: boolean
}
