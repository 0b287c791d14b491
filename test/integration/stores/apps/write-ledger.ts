/**
 * Writes rows into the ledger file FILE in batches, all at once, and says after each batch how many are safe. WAITS: begins when it
 * is told to. Its calls are named after NAME, but every tenth is `shared-…`, which all that run have.
 */
import { once } from 'node:events'
import { sqliteLedger } from '../../../../src/sqlite.ts'
import { aRow, NOON_MS } from '../../../support/ledger-rows.ts'

const { FILE = '', NAME = 'one', ROWS = '10000', BATCH = '50', WAITS } = process.env

const store = sqliteLedger(FILE)
if (WAITS !== undefined) {
  process.send?.('ready')
  await once(process, 'message')
}
await store.open('UTC')
const rows = Array.from({ length: Number(ROWS) }, (_, index) =>
  aRow({
    callId: index % 10 === 0 ? `shared-${index}` : `${NAME}-${index}`,
    user: `user-${index % 7}`,
    atMs: NOON_MS + index * 1_000,
    costNanoUsd: index,
  }),
)
for (let from = 0; from < rows.length; from += Number(BATCH)) {
  await store.append(rows.slice(from, from + Number(BATCH)))
  process.send?.(Math.min(rows.length, from + Number(BATCH)))
}
await store.close()
process.disconnect?.()
