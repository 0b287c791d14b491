/** Writes one row, reads it, and leaves without closing anything. */
import { isMainThread } from 'node:worker_threads'
import { sqliteLedger } from '../../../../src/sqlite.ts'
import { aRow } from '../../../support/ledger-rows.ts'

const store = sqliteLedger(process.env['FILE'] ?? '')
await store.open('UTC')
await store.append([aRow()])
process.stdout.write(`${isMainThread ? 'main' : 'worker'} ${(await store.call('call-1')).length}\n`)
