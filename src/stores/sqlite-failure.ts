/** What SQLite says → what is in the way, and the way out. */
import { LedgerError, type LedgerErrorCode } from '../core/ledger-error.ts'

interface Meaning {
  readonly code: LedgerErrorCode
  readonly isPassing: boolean
  /** Begins with a verb: its subject is the file. */
  readonly text: string
}

const LOCKED: Meaning = {
  code: 'ledger_locked',
  isPassing: true,
  text: 'is locked by another process or connection. It is tried again; if this stays, look who holds a transaction open on it',
}
const UNWRITABLE: Meaning = {
  code: 'ledger_unwritable',
  isPassing: false,
  text: 'cannot be opened for writing. The process needs the right to write the file and its folder, because SQLite keeps two more files beside it',
}
const FULL: Meaning = {
  code: 'ledger_full',
  isPassing: false,
  text: 'cannot grow: its disk is full. Make room, or keep rows for fewer days',
}
const BROKEN: Meaning = {
  code: 'ledger_broken',
  isPassing: false,
  text: 'is no SQLite database, or is damaged. Name another file, or move this one away: a new one is made',
}
const IO: Meaning = {
  code: 'ledger_unwritable',
  isPassing: true,
  text: 'cannot be read or written: its disk reports an error. It is tried again',
}

/** By primary result code, https://sqlite.org/rescode.html */
const MEANINGS: ReadonlyMap<number, Meaning> = new Map([
  [3, UNWRITABLE],
  [5, LOCKED],
  [6, LOCKED],
  [8, UNWRITABLE],
  [10, IO],
  [11, BROKEN],
  [13, FULL],
  [14, UNWRITABLE],
  [23, UNWRITABLE],
  [26, BROKEN],
])

/** SQLite wants to enlarge the shared memory of the WAL, and there is no room. */
const SHM_SIZE = 4874

/** A LedgerError stays as it is. */
export function sqliteFailure(error: unknown, file: string): LedgerError {
  if (error instanceof LedgerError) return error
  const code = resultCode(error)
  const meaning = code === SHM_SIZE ? FULL : MEANINGS.get((code ?? 0) & 0xff)
  if (meaning !== undefined) {
    const { text, isPassing } = meaning
    return new LedgerError(meaning.code, `The ledger file ${file} ${text}.`, { isPassing, cause: error })
  }
  return new LedgerError(
    'ledger_broken',
    `The ledger file ${file} cannot be used: ${error instanceof Error ? error.message : String(error)}.`,
    { cause: error },
  )
}

/** Nobody is to blame, and it can work in a moment. */
export function isBusy(error: unknown): boolean {
  return ((resultCode(error) ?? 0) & 0xff) === 5
}

/** As better-sqlite3 names them, with more behind some: `SQLITE_BUSY_SNAPSHOT`. */
const NAMES: readonly (readonly [begin: string, code: number])[] = [
  ['SQLITE_BUSY', 5],
  ['SQLITE_LOCKED', 6],
  ['SQLITE_READONLY', 8],
  ['SQLITE_IOERR', 10],
  ['SQLITE_CORRUPT', 11],
  ['SQLITE_FULL', 13],
  ['SQLITE_CANTOPEN', 14],
  ['SQLITE_NOTADB', 26],
]

/** SQLite's extended result code; undefined for an error that is not SQLite's. */
function resultCode(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null) return undefined
  const number: unknown = Reflect.get(error, 'errcode')
  if (typeof number === 'number') return number
  const name: unknown = Reflect.get(error, 'code')
  return typeof name === 'string' ? NAMES.find(([begin]) => name.startsWith(begin))?.[1] : undefined
}
