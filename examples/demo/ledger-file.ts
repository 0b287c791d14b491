import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RouterOptions } from 'express-llm'
import { sqliteLedger } from 'express-llm/sqlite'

/** The demo's ledger, in a folder of its own that goes with the demo. */
export interface LedgerFile {
  readonly ledger: NonNullable<RouterOptions['ledger']>
  remove(): void
}

export function createLedgerFile(): LedgerFile {
  const folder = mkdtempSync(join(tmpdir(), 'express-llm-demo-ledger-'))
  return {
    ledger: sqliteLedger(join(folder, 'ledger.db')),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
