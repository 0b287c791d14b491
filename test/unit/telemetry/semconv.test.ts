import { expect, test } from 'vitest'
import {
  DURATION_BUCKETS_S,
  EVENT,
  METRIC,
  OURS,
  STANDARD,
  TOKEN_BUCKETS,
} from '../../../src/telemetry/semconv.ts'

test('what is ours stands under our prefix, and only that', () => {
  for (const name of [...Object.values(OURS), ...Object.values(EVENT)]) expect(name).toMatch(/^express_llm\./)
  for (const name of Object.values(STANDARD)) expect(name).toMatch(/^(?:gen_ai|error|http|server|user)\./)
  for (const name of Object.values(METRIC)) expect(name).toMatch(/^(?:gen_ai\.client|express_llm)\./)
})

test.each([
  ['attributes', [...Object.values(OURS), ...Object.values(STANDARD)]],
  ['metrics', Object.values(METRIC)],
])('of %s, no name is used twice, and none is also a namespace', (_what, names: readonly string[]) => {
  expect(new Set(names).size).toBe(names.length)
  const namespaces = names.filter((name) => names.some((other) => other.startsWith(`${name}.`)))
  expect(namespaces).toEqual([])
})

test('buckets are those of the conventions', () => {
  expect(DURATION_BUCKETS_S).toEqual(Array.from({ length: 14 }, (_, n) => Number((0.01 * 2 ** n).toFixed(2))))
  expect([TOKEN_BUCKETS[0], TOKEN_BUCKETS.at(-1)]).toEqual([1, 67_108_864])
})
