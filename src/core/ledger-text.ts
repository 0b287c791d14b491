/**
 * Names and ids that come from outside, as the ledger keeps them: the app's users, models that somebody asked for, what a
 * provider calls its model. A store must be able to write all of them: a database takes neither NUL nor half a character, and
 * no index takes megabytes.
 */
import { createHash } from 'node:crypto'

/** Longest text that is kept as it is, UTF-16 units: in UTF-8 still within what PostgreSQL can index. */
export const LEDGER_TEXT_MAX = 512

/** The text itself for all that are reasonable; else one that can be written, and is another one for each text. */
export function ledgerText(text: string): string {
  if (text.length <= LEDGER_TEXT_MAX && !text.includes('\0') && text.isWellFormed()) return text
  // Hashed as UTF-16: as UTF-8, all broken characters are the same.
  const hash = createHash('sha256').update(text, 'utf16le').digest('hex').slice(0, 16)
  const begin = text.slice(0, LEDGER_TEXT_MAX - hash.length - 2)
  return `${begin
    .toWellFormed()
    .replaceAll('\0', '\uFFFD')
    .replace(/\uFFFD$/, '')}…#${hash}`
}
