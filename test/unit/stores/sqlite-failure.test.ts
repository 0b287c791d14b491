import { expect, test } from 'vitest'
import { LedgerError } from '../../../src/core/ledger-error.ts'
import { isBusy, sqliteFailure } from '../../../src/stores/sqlite-failure.ts'

const FILE = '/data/llm.db'

/** As `node:sqlite` throws them. */
function anError(errcode: number): Error {
  return Object.assign(new Error('what SQLite says'), { code: 'ERR_SQLITE_ERROR', errcode })
}

test.each([
  [5, 'ledger_locked', true],
  // SQLITE_BUSY_SNAPSHOT
  [517, 'ledger_locked', true],
  [6, 'ledger_locked', true],
  [8, 'ledger_unwritable', false],
  // SQLITE_READONLY_DIRECTORY
  [1544, 'ledger_unwritable', false],
  [14, 'ledger_unwritable', false],
  [10, 'ledger_unwritable', true],
  [4874, 'ledger_full', false],
  [13, 'ledger_full', false],
  [11, 'ledger_broken', false],
  [26, 'ledger_broken', false],
  [1, 'ledger_broken', false],
] as const)('result code %i is %s', (errcode, code, isPassing) => {
  const cause = anError(errcode)
  const error = sqliteFailure(cause, FILE)
  expect(error).toBeInstanceOf(LedgerError)
  expect(error).toMatchObject({ code, isPassing, cause })
  expect(error.message).toContain(FILE)
})

test('errors of better-sqlite3 are known by their names', () => {
  const error = Object.assign(new Error('database is locked'), { code: 'SQLITE_BUSY_SNAPSHOT' })
  expect(sqliteFailure(error, FILE)).toMatchObject({ code: 'ledger_locked', isPassing: true })
  expect(isBusy(error)).toBe(true)
})

test('what is no error of SQLite is told as it is', () => {
  expect(sqliteFailure(new Error('database is not open'), FILE).message).toBe(
    'The ledger file /data/llm.db cannot be used: database is not open.',
  )
  expect(sqliteFailure('odd', FILE)).toMatchObject({ code: 'ledger_broken' })
  const known = new LedgerError('ledger_too_new', 'newer')
  expect(sqliteFailure(known, FILE)).toBe(known)
  expect(isBusy(undefined)).toBe(false)
})
