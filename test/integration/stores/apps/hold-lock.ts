/** Holds the ledger file FILE for itself until it is told to let go. */
import { once } from 'node:events'
import { DatabaseSync } from 'node:sqlite'

const database = new DatabaseSync(process.env['FILE'] ?? '', { timeout: 5_000 })
database.exec('begin immediate')
process.send?.('held')
await once(process, 'message')
database.exec('rollback')
database.close()
process.send?.('free')
process.disconnect?.()
