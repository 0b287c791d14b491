import type { Cursor } from '../core/ledger-store.ts'

/** A place in the list of calls as clients carry it around: opaque to them, and safe in a URL. */
export function writeCursor({ atMs, id }: Cursor): string {
  return Buffer.from(JSON.stringify([atMs, id])).toString('base64url')
}

/** @returns undefined for what `writeCursor` has not written */
export function readCursor(text: string): Cursor | undefined {
  const place = parsed(Buffer.from(text, 'base64url').toString())
  if (!Array.isArray(place) || place.length !== 2) return undefined
  const [atMs, id]: readonly unknown[] = place
  // What is no whole number of ms, a database with types would not compare with.
  if (!Number.isSafeInteger(atMs) || typeof atMs !== 'number' || typeof id !== 'string' || id === '')
    return undefined
  const cursor = { atMs, id }
  return writeCursor(cursor) === text ? cursor : undefined
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Clients send anything; who asked tells them so.
    return undefined
  }
}
