import { expect, test } from 'vitest'
import { createRetryQuota } from '../../../src/resilience/retry-quota.ts'
import { aTarget } from '../../support/targets.ts'

const ONE = aTarget('a/one')
const TWO = aTarget('a/two')

test('a target has its reserve of retries, and one that fails takes none from another', () => {
  const quota = createRetryQuota({ quotaReserve: 3, quotaPerAnswer: 0.5 })
  let retries = 0
  for (; quota.has(ONE); retries++) quota.take(ONE)
  expect(retries).toBe(3)
  expect(quota.has(TWO)).toBe(true)
  expect([...quota.report()]).toEqual([['a/one', 0]])
})

test('answers earn further ones, never more than the reserve', () => {
  const quota = createRetryQuota({ quotaReserve: 2, quotaPerAnswer: 0.5 })
  for (let answer = 0; answer < 100; answer++) quota.earn(ONE)
  quota.take(ONE)
  quota.take(ONE)
  expect(quota.has(ONE)).toBe(false)
  quota.earn(ONE)
  expect(quota.has(ONE)).toBe(false)
  quota.earn(ONE)
  expect(quota.has(ONE)).toBe(true)
  for (let answer = 0; answer < 100; answer++) quota.earn(ONE)
  expect(quota.report().size).toBe(0)
})

test('no reserve is no retry', () => {
  expect(createRetryQuota({ quotaReserve: 0, quotaPerAnswer: 1 }).has(ONE)).toBe(false)
})
