import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { sqliteLedger } from '../../../src/sqlite.ts'
import { readSqliteFile, readSqliteOptions } from '../../../src/stores/sqlite-options.ts'

test('a file is a path, or a file URL', () => {
  expect(readSqliteFile('llm.db')).toBe(resolve('llm.db'))
  expect(readSqliteFile('/data/my ledger.db')).toBe('/data/my ledger.db')
  expect(readSqliteFile(pathToFileURL('/data/my ledger.db'))).toBe('/data/my ledger.db')
  expect(readSqliteFile('file:///data/llm.db')).toBe('/data/llm.db')
  expect(readSqliteFile(pathToFileURL('/data/a #b%20?.db').href)).toBe('/data/a #b%20?.db')
})

test.each([
  [''],
  ['  '],
  ['a\0b'],
  [':memory:'],
  [undefined],
  [5],
  [new URL('https://example.com/llm.db')],
  ['file://elsewhere/llm.db'],
  ['file:llm.db'],
  ['file:./llm.db'],
  ['file::memory:'],
  ['file:///data/llm.db?mode=ro'],
  ['file:///data/llm.db#1'],
  ['sqlite://llm.db'],
])('%o names no file', (file) => {
  expect(() => readSqliteFile(file)).toThrow(expect.objectContaining({ code: 'config_invalid' }))
})

test('an address with a password is not told', () => {
  const wrong = () => readSqliteFile('postgres://app:correct-horse@localhost/app')
  expect(wrong).toThrow(expect.objectContaining({ code: 'config_invalid' }))
  expect(wrong).not.toThrow(/correct-horse/)
})

test('options that are wrong are named, with the rule', () => {
  const mistakes = [
    [{ tablePrefix: 'a; drop table' }, /"tablePrefix" must be lower-case letters/],
    [{ tablePrefix: 'x'.repeat(25) }, /"tablePrefix" must be/],
    [{ busyTimeoutMs: -1 }, /"busyTimeoutMs" must be a whole number of milliseconds/],
    [{ busyTimeout: 5 }, /"busyTimeout" is no option.* "busyTimeoutMs"/],
    [null, /must be an object/],
  ] as const
  for (const [options, message] of mistakes)
    expect(() => sqliteLedger('llm.db', options as never)).toThrow(message)
  expect(readSqliteOptions({ tablePrefix: undefined })).toEqual({ tablePrefix: 'llm_', busyTimeoutMs: 5_000 })
})
