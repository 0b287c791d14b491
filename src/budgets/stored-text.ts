import { createHash } from 'node:crypto'

const LONGEST = 200

/**
 * A text as databases can keep it: PostgreSQL takes no NUL and nothing very long as a key, JSON in Redis takes no half of a
 * character, and an id of a user may be any text. What they do not take is kept by its hash.
 */
export function storedText(text: string): string {
  const isPlain = text.length <= LONGEST && !text.includes('\0') && text.isWellFormed()
  return isPlain ? text : createHash('sha256').update(text, 'utf16le').digest('hex')
}
