/** Connections to the file of a ledger. Only in workers: whatever they do may take a while. */
import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { LedgerError } from '../core/ledger-error.ts'
import { isBusy } from './sqlite-failure.ts'

/** What a WAL file is cut down to when it has grown by a big transaction, bytes. */
const WAL_KEPT_BYTES = 16 * 2 ** 20
/** Pages of the tables that are kept in memory by each connection, kB. */
const CACHE_KB = 16_384
/** Pages of the WAL after which they go into the file: the same pages are written again and again, and then go once. */
const CHECKPOINT_PAGES = 4_000
const BUSY_PAUSE_MS = 10

export interface ConnectionOptions {
  readonly file: string
  readonly busyTimeoutMs: number
}

/** @throws what SQLite throws; LedgerError where the folder is missing */
export function openForWriting({ file, busyTimeoutMs }: ConnectionOptions): DatabaseSync {
  const folder = dirname(file)
  if (!existsSync(folder)) {
    throw new LedgerError(
      'ledger_unwritable',
      `The folder ${folder} of the ledger file does not exist. Create it, or name a file in another one.`,
    )
  }
  const database = new DatabaseSync(file, { timeout: busyTimeoutMs })
  return orClosed(database, () => {
    // Readers and the writer do not wait for each other. SQLite does not wait itself when others do the same at the moment.
    whenFree(busyTimeoutMs, () => database.exec('pragma journal_mode = wal'))
    // A commit is safe from the end of the process, not from that of the machine's power: that would cost an fsync each.
    database.exec('pragma synchronous = normal')
    database.exec(`pragma wal_autocheckpoint = ${CHECKPOINT_PAGES}`)
    database.exec(`pragma journal_size_limit = ${WAL_KEPT_BYTES}`)
    database.exec(`pragma cache_size = -${CACHE_KB}`)
  })
}

export function openForReading({ file, busyTimeoutMs }: ConnectionOptions): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: busyTimeoutMs, readOnly: true })
  return orClosed(database, () => database.exec(`pragma cache_size = -${CACHE_KB}`))
}

/** All of it or nothing. Takes the right to write at once, so that it cannot be refused it half-way. */
export function inTransaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('begin immediate')
  try {
    const result = work()
    database.exec('commit')
    return result
  } catch (error) {
    rollBack(database)
    throw error
  }
}

export function rollBack(database: DatabaseSync): void {
  // SQLite itself has rolled back after some errors, a full disk for one.
  if (database.isTransaction) database.exec('rollback')
}

function orClosed(database: DatabaseSync, prepare: () => void): DatabaseSync {
  try {
    prepare()
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

function whenFree(timeoutMs: number, work: () => void): void {
  const untilMs = performance.now() + timeoutMs
  for (;;) {
    try {
      work()
      return
    } catch (error) {
      if (!isBusy(error) || performance.now() >= untilMs) throw error
      // This thread has nothing else to do.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BUSY_PAUSE_MS)
    }
  }
}
