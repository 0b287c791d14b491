import { LedgerError } from '../core/ledger-error.ts'

/** The schema that this code writes: one more with each migration. */
export const SCHEMA_VERSION = 1

/** @throws LedgerError `ledger_too_new` when a newer version of this package has written the tables */
export function checkVersion(version: number | undefined): void {
  if (version === undefined || version <= SCHEMA_VERSION) return
  throw new LedgerError(
    'ledger_too_new',
    `The ledger has schema ${version}, and this version of express-llm knows ${SCHEMA_VERSION}. ` +
      'A newer version has written it: install that one here too, or use another place for the ledger.',
  )
}
