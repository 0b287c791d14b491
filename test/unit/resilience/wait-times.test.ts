import { expect, test } from 'vitest'
import { createWaitTimes } from '../../../src/resilience/wait-times.ts'
import { aTarget } from '../../support/targets.ts'

const [one, two] = [aTarget('a/one'), aTarget('b/two')]

test('a target is watched from the first time that somebody asks', () => {
  const waits = createWaitTimes()
  for (let count = 0; count < 30; count++) waits.observe(one, 'whole', 100)
  expect(waits.p95Ms(one, 'whole')).toBeUndefined()
  for (let count = 0; count < 30; count++) waits.observe(one, 'whole', 100)
  expect(waits.p95Ms(one, 'whole')).toBeGreaterThan(99)
})

test('targets are told apart, and so are begins and whole answers', () => {
  const waits = createWaitTimes()
  for (const target of [one, two]) for (const what of ['begin', 'whole'] as const) waits.p95Ms(target, what)
  for (let count = 0; count < 30; count++) {
    waits.observe(one, 'whole', 1_000)
    waits.observe(one, 'begin', 100)
    waits.observeAtLeast(two, 'whole', 1_000)
  }
  expect(waits.p95Ms(one, 'whole')).toBeGreaterThan(999)
  expect(waits.p95Ms(one, 'begin')).toBeLessThan(111)
  expect(waits.p95Ms(two, 'whole')).toBeUndefined()
})
