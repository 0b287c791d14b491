import type { Clock } from '../core/clock.ts'
import type { LedgerError } from '../core/ledger-error.ts'
import type { Logger } from '../core/logger.ts'
import type { Telemetry } from './telemetry.ts'

/** Rows that are dropped are many: one warning a minute tells how many. */
const TELL_DROPPED_EVERY_MS = 60_000

const ASIDE = {
  prune: 'what is old in the ledger is not forgotten',
  close: 'the ledger is not closed',
  transaction: "a call is not in the app's transaction, but in the ledger as usual",
} as const

interface Parts {
  readonly telemetry: Pick<Telemetry, 'ledgerRows' | 'ledgerWriteFailed'>
  readonly logger: Logger
  readonly clock: Clock
}

/** What the ledger calls: rows are counted, begin and end of an outage are logged once each. */
export function createLedgerListener({ telemetry, logger, clock }: Parts) {
  let toldAtMs = Number.NEGATIVE_INFINITY
  let untold = 0

  function tellDropped(): void {
    if (untold === 0) return
    logger.warn(
      `express-llm: ledger rows are dropped (${untold} since this was last told): its queue is full, because the store ` +
        'does not keep up, or it is closed. Calls go on; `ledger.queueMax` says how many rows may wait.',
      { dropped: untold },
    )
    toldAtMs = clock.monotonic()
    untold = 0
  }

  return {
    written: (rows: number): void => telemetry.ledgerRows('written', rows),
    dropped(rows: number): void {
      telemetry.ledgerRows('dropped', rows)
      untold += rows
      if (clock.monotonic() - toldAtMs >= TELL_DROPPED_EVERY_MS) tellDropped()
    },
    failed: ({ code }: LedgerError): void => telemetry.ledgerWriteFailed(code),
    down(error: LedgerError, queued: number): void {
      const level = error.isPassing ? 'warn' : 'error'
      logger[level](
        `express-llm: the ledger cannot be written (${error.message}); calls go on, and it is tried again`,
        { code: error.code, queued },
      )
    },
    up(failures: number, queued: number): void {
      tellDropped()
      logger.info('express-llm: the ledger is written again', { failures, queued })
    },
    lost(rows: number, error: LedgerError | undefined): void {
      tellDropped()
      telemetry.ledgerRows('dropped', rows)
      const why = error === undefined ? '' : ` (${error.message})`
      logger.error(`express-llm: the ledger is closed, and ${rows} rows of it are not written${why}`, {
        rows,
      })
    },
    failedAside(work: keyof typeof ASIDE, { code, message }: LedgerError): void {
      logger.warn(`express-llm: ${ASIDE[work]} (${message})`, { code })
    },
  }
}
