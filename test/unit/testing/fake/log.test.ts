import { expect, test } from 'vitest'
import { createFakeLog } from '../../../../src/testing/fake/log.ts'
import { readFakeRequest } from '../../../../src/testing/fake/request.ts'

const usage = { promptTokens: 10, completionTokens: 2, cachedTokens: 4 }
const answer = { status: 200, usage, isAnswer: true }

function request(model: string) {
  const body = JSON.stringify({ model })
  return readFakeRequest({ method: 'POST', path: '/v1/chat/completions', headers: {}, body, socketId: 1 }, 0)
}

test('keeps the newest requests when there are more than it may keep', () => {
  const log = createFakeLog(2)
  for (const model of ['a', 'b', 'c']) log.begin(request(model))
  expect(log.requests.map(({ model }) => model)).toEqual(['b', 'c'])
})

test('counts the requests that it has forgotten', async () => {
  const log = createFakeLog(1)
  for (const model of ['a', 'b', 'c']) log.begin(request(model))
  expect(await log.waitFor(3)).toHaveLength(1)
})

test('sums what was answered, and nothing else', () => {
  const log = createFakeLog(10)
  log.begin(request('a')).sent(answer)
  log.begin(request('b')).sent({ ...answer, usage: undefined })
  log.begin(request('c')).sent({ status: 500, usage: undefined, isAnswer: false })
  expect(log.totals('chat')).toEqual({
    requests: 2,
    promptTokens: 10,
    completionTokens: 2,
    cachedTokens: 4,
    cacheWriteTokens: 0,
    reasoningTokens: 0,
  })
  expect(log.totals('embeddings').requests).toBe(0)
})

test('wakes who waits at the request that makes the count full, not before', async () => {
  const log = createFakeLog(10)
  let isAwake = false
  const waiting = log.waitFor(2).then((requests) => {
    isAwake = true
    return requests
  })
  log.begin(request('a'))
  await Promise.resolve()
  expect(isAwake).toBe(false)
  log.begin(request('b'))
  expect(await waiting).toHaveLength(2)
})

test('an answer to a request of before a reset is not on the new bill', async () => {
  const log = createFakeLog(10)
  const exchange = log.begin(request('a'))
  log.clear()
  exchange.sent(answer)
  exchange.clientClosed()
  expect([log.requests.length, log.totals('chat').requests]).toEqual([0, 0])
  const next = log.begin(request('b'))
  next.clientClosed()
  expect(await log.waitForClose()).toMatchObject({ model: 'b', outcome: 'client-closed' })
})
