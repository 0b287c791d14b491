import type { Problems } from './problems.ts'

/**
 * Checks the address of a server.
 *
 * @returns undefined when it is not usable; `problems` says why, without a password that may stand in it
 */
export function checkAddress(address: string, path: string, problems: Problems): URL | undefined {
  if (!URL.canParse(address)) {
    problems.add(path, 'must be an address such as "https://api.example.com/v1".')
    return undefined
  }
  const url = new URL(address)
  const wrong = whatIsWrong(url)
  if (wrong === undefined) return url
  problems.add(path, wrong)
  return undefined
}

function whatIsWrong(url: URL): string | undefined {
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    return `must begin with https:// or http://, got "${url.protocol}".`
  }
  if (url.username !== '' || url.password !== '')
    return 'must not hold a user name or password; use apiKey or headers.'
  if (url.search !== '' || url.hash !== '')
    return 'must not hold a query or fragment: the path of each call is appended.'
  if (/\/(?:chat\/completions|embeddings|responses)\/?$/.test(url.pathname)) {
    return `must end before "${url.pathname.match(/\/(?:chat\/completions|\w+)\/?$/)?.[0]}", which is appended.`
  }
  return undefined
}

/** Is this the address of a server, and nothing but that? */
export function isEndpoint(address: string): boolean {
  if (!URL.canParse(address)) return false
  const { protocol, host, href } = new URL(address)
  return /^https?:$/.test(protocol) && href === `${protocol}//${host}/`
}

/** Host and port of an address, as spans carry them. */
export function serverOf(address: string): { readonly address: string; readonly port: number } {
  const url = new URL(address)
  const defaultPort = url.protocol === 'https:' ? 443 : 80
  return {
    address: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? defaultPort : Number(url.port),
  }
}
