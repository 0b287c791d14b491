import { createHash } from 'node:crypto'

/** A key of PostgreSQL may not be very long. */
const PLAIN = /^[\x20-\x7e]{0,200}$/

/**
 * A text as any database can keep it, whatever its encoding. An id of a user may be any text, with a NUL or half of a character in
 * it: what is not plain is kept by its hash.
 */
export function storedText(text: string): string {
  return PLAIN.test(text) ? text : createHash('sha256').update(text, 'utf16le').digest('hex')
}
