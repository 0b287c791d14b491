import { expect, test } from 'vitest'
import { packRows, unpackRows } from '../../../src/stores/packed-rows.ts'
import { aFullRow, aRow } from '../../support/ledger-rows.ts'

test('rows come out as they went in, also through a copy for another thread', () => {
  const rows = [aFullRow(), aRow({ callId: 'a/b', attempt: 0 }), aFullRow({ attempt: 3 })]
  expect(unpackRows(structuredClone(packRows(rows)))).toEqual(rows)
  expect(unpackRows(packRows([]))).toEqual([])
})
