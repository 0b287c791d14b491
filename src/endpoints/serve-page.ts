import type { IncomingMessage, ServerResponse } from 'node:http'
import type { PageFile } from './page-files.ts'

/**
 * Everything that the page needs is its own: no script or style in the page itself, none from elsewhere, nothing sent
 * elsewhere, and no frame around it.
 */
const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "img-src 'self' data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=(), browsing-topics=()',
}

/** Browsers may keep it, and nobody on the way: it is for those whom `authorize` lets in. */
const FOR_EVER = 'private, max-age=31536000, immutable'
const ASK_AGAIN = 'private, no-cache'

/** Sends a file of the page, compressed where the browser takes that; 304 where it has it already. */
export function servePage(req: IncomingMessage, res: ServerResponse, file: PageFile): void {
  const isGzipped = takesGzip(req.headers['accept-encoding'])
  const tag = `"${file.tag}${isGzipped ? '-gzip' : ''}"`
  for (const [name, value] of Object.entries(PAGE_HEADERS)) res.setHeader(name, value)
  res.setHeader('cache-control', file.isImmutable ? FOR_EVER : ASK_AGAIN)
  res.setHeader('etag', tag)
  res.appendHeader('vary', 'accept-encoding')
  if (hasTag(req.headers['if-none-match'], tag)) {
    res.statusCode = 304
    res.end()
    return
  }
  const body = isGzipped ? file.gzipped : file.bytes
  res.statusCode = 200
  res.setHeader('content-type', file.contentType)
  res.setHeader('content-length', body.byteLength)
  if (isGzipped) res.setHeader('content-encoding', 'gzip')
  res.end(req.method === 'HEAD' ? undefined : body)
}

/** `gzip`, `gzip;q=0.5`, `*`; not `gzip;q=0`. */
function takesGzip(accepted: string | string[] | undefined): boolean {
  const entries = String(accepted ?? '')
    .toLowerCase()
    .split(',')
    .map((entry) => /^\s*(gzip|\*)\s*(?:;\s*q=([\d.]+))?\s*$/.exec(entry))
  const named = entries.find((entry) => entry?.[1] === 'gzip') ?? entries.find((entry) => entry?.[1] === '*')
  return named !== undefined && named !== null && Number(named[2] ?? 1) > 0
}

/** By weak comparison (RFC 9110, 13.1.2): proxies may have weakened it. */
function hasTag(given: string | undefined, tag: string): boolean {
  if (given === undefined) return false
  return given.split(',').some((each) => {
    const known = each.trim().replace(/^W\//, '')
    return known === tag || known === '*'
  })
}
