/** Why a ledger cannot be used, for the log: it never fails a call. */
export class LedgerError extends Error {
  override readonly name = 'LedgerError'
  readonly code: LedgerErrorCode
  /** Can the same thing work later, without anybody doing something? */
  readonly isPassing: boolean

  constructor(code: LedgerErrorCode, message: string, { isPassing = false, cause }: LedgerErrorParts = {}) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.isPassing = isPassing
  }
}

interface LedgerErrorParts {
  readonly isPassing?: boolean
  readonly cause?: unknown
}

export type LedgerErrorCode =
  /** The place cannot be written: read-only, no such folder, no rights. */
  | 'ledger_unwritable'
  /** There is no room left. */
  | 'ledger_full'
  /** Somebody else holds it. */
  | 'ledger_locked'
  /** It cannot be reached. */
  | 'ledger_unreachable'
  /** A newer version of this package has written it. */
  | 'ledger_too_new'
  /** It is no ledger, or broken. */
  | 'ledger_broken'
  /** What was given as a transaction is none of this store's kind. */
  | 'ledger_transaction'
  | 'ledger_closed'
  /** `ledger: false`. */
  | 'ledger_off'
