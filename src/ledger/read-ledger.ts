import { LedgerError } from '../core/ledger-error.ts'
import type { LedgerStore } from '../core/ledger-store.ts'
import { LlmError } from '../core/llm-error.ts'
import type { ReportSource } from './report-source.ts'

/** Longest wait for a ledger to answer, ms: who asks for a report is a human, or a page with a limit of its own. */
export const READ_MAX_MS = 15_000

/**
 * Reads from the ledger what is recorded by now, and never waits for ever. A ledger that cannot be read is an error and no
 * empty report.
 *
 * @param read gets a signal that ends when nobody waits any more
 * @throws LlmError `ledger_unavailable` (503), its cause being the LedgerError; whatever LlmError `read` throws
 */
export async function readLedger<T>(
  { store, flush }: Pick<ReportSource, 'store' | 'flush'>,
  read: (store: LedgerStore, signal: AbortSignal) => Promise<T>,
  timeoutMs = READ_MAX_MS,
): Promise<T> {
  const stop = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(tooSlow(store, timeoutMs)), timeoutMs)
  })
  try {
    return await Promise.race([flushed(flush, () => read(store, stop.signal)), late])
  } catch (thrown) {
    throw thrown instanceof LlmError ? thrown : ledgerUnavailable(store.name, thrown)
  } finally {
    clearTimeout(timer)
    stop.abort()
  }
}

async function flushed<T>(flush: () => Promise<void>, read: () => Promise<T>): Promise<T> {
  await flush()
  return read()
}

function tooSlow({ name }: LedgerStore, timeoutMs: number): LedgerError {
  const message = `The ledger (${name}) has not answered within ${timeoutMs} ms. Ask for a shorter time, or later.`
  return new LedgerError('ledger_unreachable', message, { isPassing: true })
}

/** The reason's code stands in the message; its text may name files and hosts, so it is the cause. */
function ledgerUnavailable(name: string, cause: unknown): LlmError {
  const reason = cause instanceof LedgerError ? ` (${cause.code})` : ''
  return new LlmError({
    code: 'ledger_unavailable',
    status: 503,
    message: `The ledger (${name}) cannot be read now${reason}: the cause says why. Calls go on without it.`,
    cause,
  })
}
