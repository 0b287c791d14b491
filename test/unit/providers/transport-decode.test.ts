import { expect, test } from 'vitest'
import { encodingsOf } from '../../../src/providers/transport-decode.ts'

test.each([
  [null, []],
  ['', []],
  ['identity', []],
  ['gzip', ['gzip']],
  ['GZip , BR', ['br', 'gzip']],
  ['identity, zstd', ['zstd']],
])('content-encoding %s is undone by %j', (header, expected) => {
  expect(encodingsOf(header)).toEqual(expected)
})
