import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { LedgerRow } from '../../../src/core/ledger-row.ts'
import { partsOfId, rowOf, rowValues, storableRow, storableText } from '../../../src/stores/sql-row.ts'
import { ROW_COLUMNS } from '../../../src/stores/sql-schema.ts'
import { aFullRow, aRow } from '../../support/ledger-rows.ts'

/** As a database gives them; `pg` gives whole numbers as text. */
function record(row: LedgerRow, isText: boolean): Record<string, unknown> {
  const values = rowValues(row)
  return Object.fromEntries(
    ROW_COLUMNS.map(({ column, kind }, index) => {
      const value = values[index]
      return [column, isText && kind === 'whole' && typeof value === 'number' ? `${value}` : value]
    }),
  )
}

test('a row comes back from its columns as it was, whichever way whole numbers come', () => {
  for (const row of [aFullRow(), aRow()]) {
    expect(rowOf(record(row, false))).toEqual(row)
    expect(rowOf(record(row, true))).toEqual(row)
  }
})

test('no column has a value that a database refuses', () => {
  fc.assert(
    fc.property(
      fc.record({
        user: fc
          .tuple(fc.string({ unit: 'binary', maxLength: 20 }), fc.nat({ max: 60 }))
          .map(([text, times]) => text.repeat(times)),
        inputTokens: fc.double(),
        latencyMs: fc.double(),
      }),
      (parts) => {
        const row = aRow(parts)
        for (const value of rowValues(row)) {
          if (typeof value === 'string') expect(value.isWellFormed() && !value.includes('\0')).toBe(true)
          if (typeof value === 'number') expect(Number.isFinite(value)).toBe(true)
        }
        // Once is enough.
        expect(storableRow(storableRow(row))).toEqual(storableRow(row))
      },
    ),
  )
})

test('a text that can be kept is kept as it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 100 }), (text) => {
      fc.pre(!text.includes('\0'))
      expect(storableText(text)).toBe(text)
    }),
  )
})

test('an id names its call and its attempt', () => {
  expect(partsOfId('a/b/2')).toEqual({ callId: 'a/b', attempt: 2 })
  expect(partsOfId('call-1')).toEqual({ callId: 'call-1', attempt: undefined })
})
