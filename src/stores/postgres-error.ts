import { LedgerError, type LedgerErrorCode } from '../core/ledger-error.ts'

/** No connection, or no answer, in time. */
export class PostgresTimeout extends Error {
  override readonly name = 'PostgresTimeout'
  readonly missing: 'connection' | 'answer'
  readonly timeoutMs: number

  constructor(missing: 'connection' | 'answer', timeoutMs: number) {
    super(`no ${missing} within ${timeoutMs} ms`)
    this.missing = missing
    this.timeoutMs = timeoutMs
  }
}

interface Meaning {
  readonly code: LedgerErrorCode
  readonly isPassing: boolean
  readonly words: string
}

const GONE: Meaning = {
  code: 'ledger_unreachable',
  isPassing: true,
  words: 'PostgreSQL cannot be reached. Is it running, and are host and port right?',
}
const ENDED: Meaning = {
  code: 'ledger_unreachable',
  isPassing: true,
  words: 'PostgreSQL is stopping or starting, or has ended the connection.',
}
const BUSY: Meaning = {
  code: 'ledger_unreachable',
  isPassing: true,
  words:
    'PostgreSQL has no connection or no memory left. Lower the maxima of the pools, or raise max_connections.',
}
const LOCKED: Meaning = {
  code: 'ledger_locked',
  isPassing: true,
  words: 'Somebody else holds what has to be written.',
}
const REFUSED: Meaning = {
  code: 'ledger_unwritable',
  isPassing: false,
  words: 'PostgreSQL does not let this user in. Check user, password and pg_hba.conf.',
}
const NO_DATABASE: Meaning = {
  code: 'ledger_unwritable',
  isPassing: false,
  words: 'There is no such database, or no such schema: create it, or name another one.',
}
const NO_RIGHTS: Meaning = {
  code: 'ledger_unwritable',
  isPassing: false,
  words:
    'This user may not do what the ledger needs: CREATE on the schema for new tables; SELECT, INSERT, UPDATE and DELETE on them afterwards.',
}
const READ_ONLY: Meaning = {
  code: 'ledger_unwritable',
  isPassing: false,
  words: 'This PostgreSQL takes no writes: a standby, or a read-only default. Name the primary.',
}
const FULL: Meaning = {
  code: 'ledger_full',
  isPassing: false,
  words: 'The disk of PostgreSQL is full. Make room, or keep rows for fewer days.',
}
const BROKEN: Meaning = {
  code: 'ledger_broken',
  isPassing: false,
  words: 'The tables of the ledger are not what they were: something else has changed or removed them.',
}

/** SQLSTATE, or its class (the first two characters). https://www.postgresql.org/docs/current/errcodes-appendix.html */
const BY_STATE: Readonly<Record<string, Meaning>> = {
  '08': ENDED,
  '28': REFUSED,
  '40': LOCKED,
  '53': BUSY,
  '57': ENDED,
  '25006': READ_ONLY,
  // We have kept it waiting in the middle of a transaction.
  '25P03': ENDED,
  '3D000': NO_DATABASE,
  '3F000': NO_DATABASE,
  '42501': NO_RIGHTS,
  '42P01': BROKEN,
  '42703': BROKEN,
  '42P10': BROKEN,
  '53100': FULL,
  // Its own time limit for a statement, or an administrator.
  '57014': { ...GONE, words: 'PostgreSQL has broken the statement off: it took too long.' },
  '55P03': LOCKED,
  XX: BROKEN,
}

/** Of Node and of `pg`, which has no code for some of them. */
const GONE_CODES = /^(?:ECONN|EPIPE|ETIMEDOUT|EHOST|ENET|ENOTFOUND|EAI_|ENOENT|EADDR)/
const GONE_MESSAGES =
  /connection (?:terminated|is broken|error)|timeout exceeded|connection timeout|not queryable/i

/** Says what is in the way, and the way out. What it is given may be anything; what is a LedgerError stays what it is. */
export function ledgerErrorOf(error: unknown): LedgerError {
  if (error instanceof LedgerError) return error
  const { code, isPassing, words } = meaningOf(error)
  // Of a host with several addresses Node tells the code only.
  const message = error instanceof Error ? error.message : ''
  const told = message || codeOf(error) || 'no reason was given'
  return new LedgerError(code, `${words} (${told})`, { isPassing, cause: error })
}

/** Two writers in each other's way: the same thing works as soon as one of them is through. */
export function isCollision(error: unknown): boolean {
  const state = codeOf(error)
  return state === '40001' || state === '40P01'
}

/** A statement before has failed. */
export function isAborted(error: unknown): boolean {
  return codeOf(error) === '25P02'
}

function meaningOf(error: unknown): Meaning {
  if (error instanceof PostgresTimeout) return timeoutMeaning(error)
  const code = codeOf(error)
  const byState = BY_STATE[code] ?? BY_STATE[code.slice(0, 2)]
  if (code.length === 5 && byState !== undefined) return byState
  const message = error instanceof Error ? error.message : ''
  if (GONE_CODES.test(code) || GONE_MESSAGES.test(message)) return GONE
  return { code: 'ledger_broken', isPassing: false, words: 'PostgreSQL does not take what the ledger asks.' }
}

function timeoutMeaning({ missing, timeoutMs }: PostgresTimeout): Meaning {
  const words =
    missing === 'connection'
      ? `No connection was free within ${timeoutMs} ms: the pool is exhausted, or PostgreSQL does not answer.`
      : `PostgreSQL has not answered within ${timeoutMs} ms (the option timeoutMs).`
  return { ...GONE, words }
}

function codeOf(error: unknown): string {
  const code: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined
  return typeof code === 'string' ? code : ''
}
