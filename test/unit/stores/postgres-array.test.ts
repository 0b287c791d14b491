import fc from 'fast-check'
import { expect, test } from 'vitest'
import { columnArrays } from '../../../src/stores/postgres-array.ts'

test('rows become one array for each column', () => {
  const rows = [
    ['a', 1, null],
    ['NULL', -2.5, 'say "hi" \\ {x,y}'],
    ['', 0, 'line\nbreak'],
  ]
  expect(columnArrays(rows, 3)).toEqual([
    '{"a","NULL",""}',
    '{1,-2.5,0}',
    String.raw`{NULL,"say \"hi\" \\ {x,y}","line` + '\nbreak"}',
  ])
  expect(columnArrays([], 2)).toEqual(['{}', '{}'])
})

test('nothing in a text ends its element', () => {
  const text = fc.string({ unit: fc.constantFrom('"', '\\', ',', '{', '}', 'N', "'", 'ü') })
  fc.assert(
    fc.property(fc.array(fc.option(text), { minLength: 1 }), (texts) => {
      const [array = ''] = columnArrays(
        texts.map((one) => [one]),
        1,
      )
      expect(elementsOf(array)).toEqual(texts)
    }),
  )
})

/** As the manual of PostgreSQL has it (8.15.6): a backslash takes the next character as it is, quotes hold the rest together. */
function elementsOf(array: string): (string | null)[] {
  const elements = array.slice(1, -1).match(/NULL|"(?:[^"\\]|\\.)*"/gs) ?? []
  return elements.map((one) => (one === 'NULL' ? null : one.slice(1, -1).replaceAll(/\\(.)/gs, '$1')))
}
