import type { TransportConfig } from '../providers/provider-config.ts'
import { DEFAULT_TRANSPORT } from './defaults.ts'
import { type Environment, proxiesOf } from './environment.ts'
import type { TransportOptions } from './options.ts'
import { optionPath } from './option-path.ts'
import type { Problems } from './problems.ts'
import { checkTls } from './tls.ts'

/** The built-in fetch takes none of these; to ignore them (a proxy, a CA) would be worse than to refuse. */
const UNDICI_ONLY = ['connections', 'keepAliveTimeoutMs', 'connectTimeoutMs', 'proxyUrl', 'tls'] as const

export function readTransport(
  options: TransportOptions,
  env: Environment,
  problems: Problems,
): TransportConfig {
  const merged = { ...DEFAULT_TRANSPORT, ...options }
  for (const option of UNDICI_ONLY) {
    if (merged.kind !== 'fetch' || options[option] === undefined) continue
    problems.add(optionPath('transport', option), 'only the "undici" transport can do this; "fetch" cannot.')
  }
  if (merged.kind !== 'fetch' && options.fetch !== undefined) {
    problems.add('transport.fetch', 'needs transport.kind "fetch".')
  }
  if (options.proxyUrl !== undefined) checkProxy(options.proxyUrl, problems)
  if (options.tls !== undefined) checkTls(options.tls, problems)
  return { ...merged, proxyUrl: options.proxyUrl, tls: options.tls, proxyEnvironment: proxiesOf(env) }
}

/** A proxy's address may hold a password, and its value is never shown. */
function checkProxy(proxyUrl: string, problems: Problems): void {
  if (URL.canParse(proxyUrl) && /^(?:https?|socks5?):$/.test(new URL(proxyUrl).protocol)) return
  problems.add(
    'transport.proxyUrl',
    'must be an address such as "http://proxy.example.com:3128" (its value is not shown).',
  )
}
