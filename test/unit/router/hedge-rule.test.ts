import { expect, test } from 'vitest'
import { isHedgedPlace, type CallPlace } from '../../../src/router/hedge-rule.ts'

const HERE: CallPlace = { tier: 'cheap', task: 'sum', route: '/ask/:id', method: 'POST' }
const NOWHERE = { tiers: undefined, tasks: undefined, routes: undefined }

test('where no place is named, all are meant', () => {
  expect(isHedgedPlace(NOWHERE, HERE)).toBe(true)
})

test.each([
  [{ tiers: ['cheap'] }, true],
  [{ tiers: ['premium'] }, false],
  [{ tiers: [] }, false],
  [{ tasks: ['sum'] }, true],
  [{ tasks: ['other'] }, false],
  [{ routes: ['/ask/:id'] }, true],
  [{ routes: ['POST /ask/:id'] }, true],
  [{ routes: ['GET /ask/:id'] }, false],
  [{ routes: ['/ask'] }, false],
  [{ tiers: ['premium'], routes: ['/ask/:id'] }, true],
  [{ tiers: ['premium'], tasks: ['other'], routes: ['/'] }, false],
])('%j: %j', (places, expected) => {
  expect(isHedgedPlace({ ...NOWHERE, ...places }, HERE)).toBe(expected)
})

test('what a call does not have is no place that could be meant', () => {
  const bare: CallPlace = { tier: undefined, task: undefined, route: undefined, method: undefined }
  expect(isHedgedPlace({ tiers: ['cheap'], tasks: ['sum'], routes: ['/ask'] }, bare)).toBe(false)
})
