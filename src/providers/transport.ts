import { type LlmError, invalidConfig } from '../core/llm-error.ts'
import type { TransportConfig } from './provider-config.ts'
import type { Transport } from './transport-contract.ts'
import { createFetchTransport } from './transport-fetch.ts'
import { createUndiciTransport } from './transport-undici.ts'

export type { Transport } from './transport-contract.ts'
export { toRealResponse } from './transport-response.ts'

/**
 * Makes the transport that the config asks for. Nothing is connected before the first request.
 *
 * @throws {LlmError} `config_invalid`: a proxy that is no URL, or `kind: 'fetch'` with options that it cannot take
 */
export function createTransport(config: TransportConfig): Transport {
  return config.kind === 'undici'
    ? createUndiciTransport(checkProxies(config))
    : createFetchTransport(checkFetch(config))
}

function checkProxies(config: TransportConfig): TransportConfig {
  const { httpProxy, httpsProxy } = config.proxyEnvironment
  const proxies = { 'transport.proxyUrl': config.proxyUrl, HTTP_PROXY: httpProxy, HTTPS_PROXY: httpsProxy }
  for (const [name, url] of Object.entries(proxies)) {
    if (url === undefined || (url === '' && name !== 'transport.proxyUrl')) continue
    // The value is left out of the message: it may hold a password.
    if (!isProxyUrl(url)) throw invalid(name, 'must be the URL of a proxy, such as "http://host:3128"')
  }
  return config
}

function isProxyUrl(text: string): boolean {
  return URL.canParse(text) && /^(https?|socks5?):$/.test(new URL(text).protocol)
}

function checkFetch(config: TransportConfig): TransportConfig {
  for (const option of ['proxyUrl', 'tls'] as const) {
    if (config[option] === undefined) continue
    throw invalid(`transport.${option}`, 'needs transport.kind "undici": the global fetch has no such option')
  }
  return config
}

function invalid(param: string, rule: string): LlmError {
  return invalidConfig(`Wrong option for express-llm. ${param}: ${rule}.`, param)
}
