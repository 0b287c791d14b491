import { LedgerError } from '../core/ledger-error.ts'
import type { LedgerStore } from '../core/ledger-store.ts'
import type { Ledger } from './ledger.ts'

/** The ledger of a router with `ledger: false`: nothing is kept, and who reads is told why there is nothing. */
export function createLedgerOff(timeZone: string): Ledger {
  return {
    isOn: false,
    store: STORE,
    timeZone,
    baseline: undefined,
    record: () => undefined,
    recordIn: off,
    flush: () => Promise.resolve(),
    health: () => ({ store: STORE.name, isUp: false, queued: 0, written: 0, dropped: 0, failures: 0 }),
    close: () => Promise.resolve(),
  }
}

const STORE: LedgerStore = {
  name: 'off',
  isPersistent: false,
  open: off,
  append: off,
  rollUps: off,
  totals: off,
  calls: off,
  call: off,
  rows: off,
  prune: off,
  close: () => Promise.resolve(),
}

function off(): Promise<never> {
  const message = 'the ledger is off: leave out `ledger: false` to keep what calls cost'
  return Promise.reject(new LedgerError('ledger_off', message))
}
