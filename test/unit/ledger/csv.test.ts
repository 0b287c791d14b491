import { describe, expect, test } from 'vitest'
import fc from 'fast-check'
import { csvLine } from '../../../src/ledger/csv.ts'

describe('a line of CSV', () => {
  test.each([
    ['plain', 'plain'],
    ['a,b', '"a,b"'],
    ['say "hi"', '"say ""hi"""'],
    ['two\nlines', '"two\nlines"'],
    ['=1+1', "'=1+1"],
    ['+49 30', "'+49 30"],
    ['-1', "'-1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\t=1', "'\t=1"],
    ['\r=1', '"\'\r=1"'],
    ['=cmd|\' /C calc\'!A0,"x"', '"\'=cmd|\' /C calc\'!A0,""x"""'],
    ['＝1+1', "'＝1+1"],
    ['a=1', 'a=1'],
    ['', ''],
  ])('%j', (value, cell) => {
    expect(csvLine([value])).toBe(`${cell}\r\n`)
  })

  test('numbers stay numbers, also below 0; what is unknown is empty', () => {
    expect(csvLine([-1.5, 0, true, undefined, 3])).toBe('-1.5,0,true,,3\r\n')
  })

  test('is read back as it was, by the rules of RFC 4180', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 1 }), (cells) => {
        const read = readLine(csvLine(cells))
        expect(read.map((cell) => cell.replace(/^'(?=[=+\-@\t\r\n＝＋－＠])/, ''))).toEqual(
          cells.map((cell) => cell.replace(/^'(?=[=+\-@\t\r\n＝＋－＠])/, '')),
        )
      }),
    )
  })
})

/** Another's reading: cells are quoted or hold no quotes, commas or ends of lines. */
function readLine(line: string): readonly string[] {
  const body = line.slice(0, -2)
  const cells = [...`,${body}`.matchAll(/,(?:"((?:[^"]|"")*)"|([^",\r\n]*))/g)]
  return cells.map(([, quoted, plain = '']) => quoted?.replaceAll('""', '"') ?? plain)
}
