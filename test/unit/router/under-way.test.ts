import { expect, test } from 'vitest'
import type { AbortCause } from '../../../src/core/abort.ts'
import { createCallsUnderWay } from '../../../src/router/under-way.ts'

test('says at once that there is none, and else when the last one has settled', async () => {
  const underWay = createCallsUnderWay()
  await underWay.none()
  const [first, second] = [() => undefined, () => undefined]
  const told: string[] = []
  underWay.add(first)
  underWay.add(second)
  const both = [1, 2].map((each) => underWay.none().then(() => void told.push(`none ${each}`)))
  underWay.delete(first)
  underWay.delete(first)
  await Promise.resolve()
  expect(told).toEqual([])
  underWay.delete(second)
  // What the call still does in this turn comes before whoever waited.
  told.push('settled')
  await Promise.all(both)
  expect(told).toEqual(['settled', 'none 1', 'none 2'])
})

test('ends each call once, also one that settles at that moment', () => {
  const underWay = createCallsUnderWay()
  const ended: AbortCause[] = []
  for (let each = 0; each < 3; each++) {
    const end = (cause: AbortCause): void => {
      ended.push(cause)
      underWay.delete(end)
    }
    underWay.add(end)
  }
  underWay.endAll('router_closed')
  underWay.endAll('router_closed')
  expect(ended).toEqual(['router_closed', 'router_closed', 'router_closed'])
})
