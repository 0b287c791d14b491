import type { LedgerError } from '../core/ledger-error.ts'

/** Told of what becomes of rows. Must not throw. */
export interface LedgerListener {
  written(rows: number): void
  /** The queue was full, or the router was closed before they could be written. */
  dropped(rows: number): void
  /** A write failed; it is tried again. */
  failed(error: LedgerError): void
  /** Writes fail from now on, or for another reason than before. */
  down(error: LedgerError, queued: number): void
  /** They succeed again. */
  up(failures: number, queued: number): void
  /** Closed with rows that are not written. */
  lost(rows: number, error: LedgerError | undefined): void
  /** What is old could not be forgotten, the store not be closed, a call not be written in the app's transaction. */
  failedAside(work: 'prune' | 'close' | 'transaction', error: LedgerError): void
}
