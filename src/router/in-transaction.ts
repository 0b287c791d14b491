/** Calls that are written down in the app's own transaction: with `transaction` of their options. */
import { invalidParams, LlmError } from '../core/llm-error.ts'
import { LedgerError } from '../core/ledger-error.ts'
import type { Settlement } from '../core/settlement.ts'
import type { OpenCall } from './open-call.ts'
import { reportOf } from './report.ts'

/**
 * Asked before anything is spent.
 *
 * @throws LlmError `invalid_params` where the ledger has no transactions, and for what is none
 */
export function checkTransaction({ options, state: { ledger } }: OpenCall): void {
  if (options.transaction === undefined) return
  const { store, isOn } = ledger
  if (store.appendIn === undefined) {
    const why = isOn ? `the ledger is kept in ${store.name}, which has no transactions` : 'the ledger is off'
    throw unusable(`${why}. Give the router sqliteLedger() or postgresLedger() as \`ledger\`.`)
  }
  try {
    store.checkTransaction?.(options.transaction)
  } catch (thrown) {
    if (thrown instanceof LedgerError) throw unusable(thrown.message)
    throw thrown
  }
}

function unusable(why: string): LlmError {
  return invalidParams(`Call option "transaction" cannot be used: ${why}`, 'transaction')
}

/** Is this call written by `writeInTransaction`, and not with the others? */
export function hasTransaction({ options, state: { ledger } }: OpenCall): boolean {
  return options.transaction !== undefined && ledger.store.appendIn !== undefined
}

/**
 * Writes a settled call down in the app's transaction, before its caller gets to know of it.
 *
 * @returns undefined where it has none
 * @throws LlmError `ledger_failed`, with the report: it is written with the others then, so that nothing is lost
 */
export function writeInTransaction(call: OpenCall, settlement: Settlement): Promise<void> | undefined {
  return hasTransaction(call) ? write(call, settlement) : undefined
}

async function write({ state, options }: OpenCall, settlement: Settlement): Promise<void> {
  try {
    await state.ledger.recordIn(options.transaction, settlement)
  } catch (thrown) {
    throw ledgerFailed(thrown, settlement)
  }
}

function ledgerFailed(thrown: unknown, settlement: Settlement): LlmError {
  const why = thrown instanceof LedgerError ? thrown.message.replace(/\.$/, '') : 'the ledger failed'
  const error = new LlmError({
    code: 'ledger_failed',
    status: 500,
    message:
      `The call was made, and what it cost is not in your transaction: ${why}. It is in the ledger all the same; roll the ` +
      'transaction back, and do not make the call again for this.',
    cause: thrown,
  })
  error.report = reportOf(settlement)
  return error
}
