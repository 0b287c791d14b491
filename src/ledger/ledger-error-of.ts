import { LedgerError } from '../core/ledger-error.ts'

/** What a store threw, as an error of the ledger. A store that throws anything else has a defect; its words are not ours to tell. */
export function ledgerErrorOf(thrown: unknown): LedgerError {
  if (thrown instanceof LedgerError) return thrown
  const word = thrown instanceof Error ? thrown.constructor.name : typeof thrown
  return new LedgerError('ledger_unreachable', `the store threw ${word}`, { isPassing: true, cause: thrown })
}
