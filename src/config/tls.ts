/** TLS material, tried out when the options are read: otherwise a wrong file shows at the first call only. */
import { X509Certificate } from 'node:crypto'
import { createSecureContext, type SecureContextOptions } from 'node:tls'
import type { TlsOptions } from '../providers/provider-config.ts'
import type { Problems } from './problems.ts'

const PEM = "must be PEM: a file's content, not its path (it is not shown)."

/** Checks that TLS can work with this. What is wrong with it is never shown. */
export function checkTls({ ca, cert, key, passphrase }: TlsOptions, problems: Problems): void {
  const before = problems.list.length
  if (ca !== undefined && !areCertificates(ca)) problems.add('transport.tls.ca', PEM)
  if (cert !== undefined && !isTaken({ cert })) problems.add('transport.tls.cert', PEM)
  const locked = { key, passphrase }
  if (key !== undefined && !isTaken(locked))
    problems.add('transport.tls.key', `${PEM.slice(0, -1)}, and its passphrase the right one.`)
  if (problems.list.length > before || cert === undefined || key === undefined) return
  if (!isTaken({ cert, ...locked }))
    problems.add('transport.tls.key', 'is not the key of transport.tls.cert.')
}

function isTaken(options: SecureContextOptions): boolean {
  try {
    createSecureContext(options)
    return true
  } catch {
    // OpenSSL's reasons are hardly readable, and nobody knows what they quote.
    return false
  }
}

const CERTIFICATE = /-----BEGIN ((?:TRUSTED |X509 )?CERTIFICATE)-----[\s\S]*?-----END \1-----/g

/** Authorities that are none are ignored by TLS without a word, so each is read here. */
function areCertificates(ca: NonNullable<TlsOptions['ca']>): boolean {
  const parts = typeof ca === 'string' || Buffer.isBuffer(ca) ? [ca] : ca
  return parts.length > 0 && parts.every((part) => areRead(part.toString().match(CERTIFICATE) ?? []))
}

function areRead(certificates: readonly string[]): boolean {
  try {
    return certificates.map((certificate) => new X509Certificate(certificate)).length > 0
  } catch {
    return false
  }
}
