import { expect, test } from 'vitest'
import { messageOf, parse, RIGHT } from './some-options.ts'

test('is on where it is given, unless it says otherwise', () => {
  expect(parse({ ...RIGHT, hedge: {} }).hedge.enabled).toBe(true)
  expect(parse({ ...RIGHT, hedge: { enabled: false, afterMs: 100 } }).hedge).toMatchObject({
    enabled: false,
    afterMs: 100,
  })
  expect(parse({ ...RIGHT, hedge: undefined }).hedge.enabled).toBe(false)
})

test('places are kept as they are named', () => {
  const places = { tiers: ['cheap'], tasks: ['sum'], routes: ['POST /ask/:id', '/chat'] }
  expect(parse({ ...RIGHT, tasks: { sum: 'cheap' }, hedge: places }).hedge).toMatchObject(places)
})

test.each([
  [{ tiers: ['chaep'] }, 'hedge.tiers[0]: "chaep" is not a tier. Did you mean "cheap"?'],
  [{ tasks: ['sum'] }, 'hedge.tasks[0]: "sum" is not a task.'],
  [{ routes: ['/ask', 'ask'] }, 'hedge.routes[1]: "ask" is no route'],
  [{ routes: ['post /ask'] }, 'hedge.routes[0]'],
  [{ tiers: 'cheap' }, 'hedge.tiers'],
  [{ afterMs: -1 }, 'hedge.afterMs'],
  [{ maxShare: 0 }, 'hedge.maxShare'],
  [{ maxShare: 1.5 }, 'hedge.maxShare'],
  [{ after: 5 }, 'Unknown option "hedge.after"'],
])('%j is refused', (hedge, message) => {
  expect(messageOf({ ...RIGHT, hedge })).toContain(message)
})

test('one mistake is told once', () => {
  const message = messageOf({ ...RIGHT, tiers: 'cheap', hedge: { tiers: ['cheap'] } })
  expect(message).not.toContain('hedge')
})
