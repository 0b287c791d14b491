import { expect, test } from 'vitest'
import { readReply, reserveReply, settleReply } from '../../../src/budgets/stored-replies.ts'

const CLAIM = { endsAtMs: 0, amountNanoUsd: 1, limitNanoUsd: 1, isEnforced: true }
const REQUEST = { id: 'one', ttlMs: 1, claims: ['a', 'b'].map((key) => ({ ...CLAIM, key })) }

test('what a database answers is read to the nano-dollar', () => {
  const text = '{"outcome":"refused","standings":[[9007199254740991,0],[1,2]]}'
  expect(reserveReply(text, REQUEST)).toEqual({
    outcome: 'refused',
    standings: [
      { spentNanoUsd: Number.MAX_SAFE_INTEGER, heldNanoUsd: 0 },
      { spentNanoUsd: 1, heldNanoUsd: 2 },
    ],
  })
  expect(reserveReply('{"outcome":"unknown","unknown":[1]}', REQUEST)).toEqual({
    outcome: 'unknown',
    unknown: ['b'],
  })
  expect(readReply('{"standings":[null,[1,2]]}', 2)).toEqual([undefined, { spentNanoUsd: 1, heldNanoUsd: 2 }])
})

test('a settlement is answered for each of its counters', () => {
  expect(settleReply('{"standings":[[1,2]]}', 1)).toEqual([{ spentNanoUsd: 1, heldNanoUsd: 2 }])
  for (const text of ['{"standings":[]}', '{"standings":[null]}', '{}'])
    expect(() => settleReply(text, 1)).toThrow(/not what was asked for/)
})

test.each([
  'no JSON',
  'null',
  '[]',
  '{"outcome":"granted","standings":[[1,2],[1,2]]}',
  '{"outcome":"reserved"}',
  '{"outcome":"reserved","standings":[[1,2]]}',
  '{"outcome":"reserved","standings":[[1,2],null]}',
  '{"outcome":"reserved","standings":[[1,2],[1]]}',
  '{"outcome":"reserved","standings":[[1,2],["1",2]]}',
  '{"outcome":"reserved","standings":[[1,2],[9007199254740992,0]]}',
  '{"outcome":"reserved","standings":[[1,2],[-1,0]]}',
  '{"outcome":"unknown","unknown":[]}',
  '{"outcome":"unknown","unknown":[2]}',
])('anything else is an error, never a grant: %s', (text) => {
  expect(() => reserveReply(text, REQUEST)).toThrow(/JSON|not what was asked for/)
})
