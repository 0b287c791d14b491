import type { IncomingMessage } from 'node:http'

/** Where a handler is mounted, as the client wrote it: Express and Connect keep the whole path beside what is below the mount. */
export function mountOf(req: IncomingMessage & { readonly originalUrl?: unknown }): string {
  const { originalUrl, url = '' } = req
  if (typeof originalUrl !== 'string' || !originalUrl.endsWith(url)) return ''
  return originalUrl.slice(0, originalUrl.length - url.length).replace(/\/$/, '')
}
