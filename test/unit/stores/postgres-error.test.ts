import { describe, expect, test } from 'vitest'
import { LedgerError } from '../../../src/core/ledger-error.ts'
import { isCollision, ledgerErrorOf, PostgresTimeout } from '../../../src/stores/postgres-error.ts'

const withCode = (code: string) => Object.assign(new Error('told'), { code })

describe('what PostgreSQL and pg say', () => {
  test.each([
    ['ECONNREFUSED', 'ledger_unreachable', true],
    ['ENOTFOUND', 'ledger_unreachable', true],
    ['EPIPE', 'ledger_unreachable', true],
    ['08006', 'ledger_unreachable', true],
    ['53300', 'ledger_unreachable', true],
    ['57014', 'ledger_unreachable', true],
    ['57P01', 'ledger_unreachable', true],
    ['25P03', 'ledger_unreachable', true],
    ['40001', 'ledger_locked', true],
    ['40P01', 'ledger_locked', true],
    ['55P03', 'ledger_locked', true],
    ['28P01', 'ledger_unwritable', false],
    ['3D000', 'ledger_unwritable', false],
    ['42501', 'ledger_unwritable', false],
    ['25006', 'ledger_unwritable', false],
    ['53100', 'ledger_full', false],
    ['42P01', 'ledger_broken', false],
    ['XX001', 'ledger_broken', false],
    ['22001', 'ledger_broken', false],
  ])('%s is %s', (code, expected, isPassing) => {
    const cause = withCode(code)
    expect(ledgerErrorOf(cause)).toMatchObject({ code: expected, isPassing, cause })
  })

  test('without a code is read by what it says, which is all that pg tells of a lost connection', () => {
    for (const words of [
      'Connection terminated unexpectedly',
      'timeout exceeded when trying to connect',
      'Connection terminated due to connection timeout',
      'Client has encountered a connection error and is not queryable',
    ])
      expect(ledgerErrorOf(new Error(words))).toMatchObject({ code: 'ledger_unreachable', isPassing: true })
  })

  test('names what was waited for, and how long', () => {
    expect(ledgerErrorOf(new PostgresTimeout('connection', 250)).message).toContain('within 250 ms')
    expect(ledgerErrorOf(new PostgresTimeout('answer', 250)).message).toContain('timeoutMs')
  })

  test('stays what it is where it is an error of the ledger, and is one where it is anything', () => {
    const error = new LedgerError('ledger_closed', 'closed')
    expect(ledgerErrorOf(error)).toBe(error)
    for (const thrown of [undefined, null, 'words', 7])
      expect(ledgerErrorOf(thrown)).toBeInstanceOf(LedgerError)
    // Several addresses of one host that all refuse: the error of Node has no words of its own.
    const refused = new AggregateError([withCode('ECONNREFUSED')], '')
    expect(ledgerErrorOf(Object.assign(refused, { code: 'ECONNREFUSED' })).message).toContain('ECONNREFUSED')
  })

  test('is a collision where two writers are in each other’s way', () => {
    expect(['40001', '40P01', '55P03', '23505'].map((code) => isCollision(withCode(code)))).toEqual([
      true,
      true,
      false,
      false,
    ])
  })
})
