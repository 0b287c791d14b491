import { expect, test } from 'vitest'
import { listCores } from '../../../bench/cores.ts'
import { median } from '../../../bench/median.ts'
import { readOptions } from '../../../bench/options.ts'

test('without options every row runs five rounds of four seconds', () => {
  expect(readOptions([])).toMatchObject({ rounds: 5, seconds: 4, connections: 32, json: false, check: false })
})

test('the two rows that ratios are made of run always', () => {
  const options = readOptions(['--only', 'routed'])
  expect(options === 'help' ? [] : options.rows.map((row) => row.name)).toEqual(['limit', 'openai', 'routed'])
})

test('rows that stream are chosen by name as well, with those that their ratios need', () => {
  const options = readOptions(['--only', 'stream-otel'])
  const names = options === 'help' ? [] : options.streamRows.map((row) => row.name)
  expect(names).toEqual(['stream-limit', 'stream-openai', 'stream-otel'])
  expect(options).toMatchObject({ rows: [], held: 1000 })
})

test.each([
  [['--rounds', '0'], '--rounds'],
  [['--rounds', '1.5'], 'whole'],
  [['--seconds', 'long'], '--seconds'],
  [['--only', 'routd'], 'routd'],
  [['--fast'], '--fast'],
])('%j is refused by name', (args, named) => {
  expect(() => readOptions(args)).toThrow(named)
})

test('a median is the middle, and between two the mean', () => {
  expect(median([9, 1, 5])).toBe(5)
  expect(median([9, 1, 5, 7])).toBe(6)
  expect(median([])).toBeNaN()
})

test('lists of cores are read as the kernel writes them', () => {
  expect(listCores('0-2,5')).toEqual([0, 1, 2, 5])
  expect(listCores('3')).toEqual([3])
  expect(listCores('')).toEqual([])
})
