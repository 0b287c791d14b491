import type { TransportConfig } from '../../../src/providers/provider-config.ts'

/** A complete transport config, as a router without options would make it, but for what the test says. */
export function transportConfig(changes: Partial<TransportConfig> = {}): TransportConfig {
  return {
    kind: 'undici',
    connections: 512,
    keepAliveTimeoutMs: 30_000,
    connectTimeoutMs: 10_000,
    responseMaxBytes: 64 * 1024 * 1024,
    proxyUrl: undefined,
    proxyEnvironment: {},
    tls: undefined,
    ...changes,
  }
}
