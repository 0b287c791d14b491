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

const part = { tokens: 1, chunks: 1, usage: undefined, isComplete: false, isEnd: false }

test('a stream is answered with its finish reason, and what it tells in pieces is summed', () => {
  const log = createFakeLog(10)
  const exchange = log.begin(request('a'))
  exchange.streamBegun(200)
  exchange.streamed({ ...part, usage: { promptTokens: 5, completionTokens: 0, cachedTokens: 3 } })
  expect(log.requests[0]).toMatchObject({ outcome: 'streaming', status: 200, tokensSent: 1, chunksSent: 1 })
  expect(log.totals('chat')).toMatchObject({ requests: 0, promptTokens: 5 })
  exchange.streamed({
    ...part,
    isComplete: true,
    isEnd: true,
    usage: { promptTokens: 0, completionTokens: 2 },
  })
  expect(log.requests[0]).toMatchObject({
    outcome: 'answered',
    usage: { promptTokens: 5, completionTokens: 2, cachedTokens: 3 },
  })
  expect(log.totals('chat')).toMatchObject({ requests: 1, promptTokens: 5, completionTokens: 2 })
})

test('a stream that ends without a finish reason is a fault', () => {
  const log = createFakeLog(10)
  const exchange = log.begin(request('a'))
  exchange.streamBegun(200)
  exchange.streamed({ ...part, isEnd: true })
  expect(log.requests[0]?.outcome).toBe('fault')
  expect(log.totals('chat').requests).toBe(0)
})

test('wakes who waits for tokens with the stream that has sent them', async () => {
  const log = createFakeLog(10)
  const [short, long] = [log.begin(request('short')), log.begin(request('long'))]
  const waiting = log.waitForTokens(2)
  short.streamed(part)
  long.streamed({ ...part, tokens: 2 })
  expect(await waiting).toMatchObject({ model: 'long', tokensSent: 2 })
  log.clear()
  const next = log.begin(request('next'))
  long.streamed(part)
  next.streamed(part)
  expect(await log.waitForTokens(1)).toMatchObject({ model: 'next' })
})
