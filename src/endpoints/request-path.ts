import type { IncomingMessage } from 'node:http'

/** The path below the mount, without the query and the host that some proxies put before it (RFC 9112, 3.2.2). */
export function pathOf({ url = '/' }: Pick<IncomingMessage, 'url'>): string {
  return url.replace(/^https?:\/\/[^/?]*/i, '').split('?', 1)[0] ?? '/'
}
