import { expect, test } from 'vitest'
import { LlmError } from '../../../src/core/llm-error.ts'
import { redisKeys } from '../../../src/shared/redis-keys.ts'
import { createRedisState, redisState } from '../../../src/shared/redis-state.ts'

const counter = (key: string) => ({ key, endsAtMs: 0 })
const CLIENT = { eval: () => Promise.resolve(), evalSha: () => Promise.resolve() }

/** The slot of a key in a cluster: CRC16 (XMODEM) of its hash tag, https://redis.io/docs/reference/cluster-spec/ */
function slotOf(key: string): number {
  const tag = /\{([^}]+)\}/.exec(key)?.[1] ?? key
  let crc = 0
  for (const byte of Buffer.from(tag)) {
    crc ^= byte << 8
    for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1) & 0xffff
  }
  return crc % 16_384
}

test('the slots are computed as the specification does', () => {
  expect([slotOf('foo'), slotOf('{user1000}.following'), slotOf('123456789')]).toEqual([
    12_182, 3_443, 12_739,
  ])
})

test.each(['express-llm', 'an app', 'a:b'])('all keys of one script lie in one slot: %s', (prefix) => {
  const keys = redisKeys(prefix)
  const scripts = [
    keys.sync,
    keys.claim('openai/gpt-4o'),
    keys.lease('openai', ['openai', 'openai/gpt-4o', 'openai/{odd}']),
    keys.lease('{odd}', ['{odd}', '{odd}/x']),
    [keys.budgets.settled('{odd}'), ...keys.budgets.counters([counter('all'), counter('user {odd}')])],
  ]
  for (const script of scripts) expect(new Set(script.map(slotOf)).size).toBe(1)
  const groups = ['openai', 'groq', 'mistral'].map((group) => slotOf(keys.lease(group, [])[0] ?? ''))
  expect(new Set(groups).size).toBe(3)
})

test.each([
  [undefined, 'a undefined'],
  [null, 'another object'],
  ['redis://user:secret@host', 'a string'],
  [Promise.resolve(CLIENT), 'a promise; await it first'],
  [{ get: () => 1 }, 'another object'],
])('a client that is none is a clear mistake: %o', (client, word) => {
  let thrown: unknown
  try {
    createRedisState(client, {}, 60_000)
  } catch (error) {
    thrown = error
  }
  expect(thrown).toBeInstanceOf(LlmError)
  expect(thrown).toMatchObject({ code: 'config_invalid', param: 'client' })
  expect(String(thrown)).toContain(word)
  expect(String(thrown)).not.toContain('secret')
})

test.each([
  [{ prefix: '' }, /"prefix" must be a text/],
  [{ prefix: 'a{b}' }, /braces/],
  [{ timeoutMs: 0 }, /"timeoutMs" must be a whole number of milliseconds from 1 to 60000/],
  [{ timeoutMs: 1.5 }, /"timeoutMs"/],
  [{ onStoreError: 'ignore' }, /"onStoreError" must be "allow" or "deny"/],
  [{ timeout: 5 }, /"timeout" is no option\. Did you mean "timeoutMs"\?/],
  [null, /must be an object/],
])('wrong options are told by name and rule: %o', (options, words) => {
  expect(() => redisState(CLIENT, options as object)).toThrow(words)
})

test('undefined is as good as not given', () => {
  const state = redisState(CLIENT, { timeoutMs: undefined } as object)
  expect(state).toMatchObject({ timeoutMs: 100, onStoreError: 'allow', minuteMs: 60_000 })
})

const MISREAD = /not what was asked for|JSON/

test('a reply of something else than our scripts is an error, never a grant', async () => {
  const request = { group: 'a', process: 'p', leaseMs: 1, scopes: [], asks: [{ scopes: [], tokens: 1 }] }
  const state = (reply: unknown) =>
    createRedisState({ ...CLIENT, evalSha: () => Promise.resolve(reply) }, {}, 60_000)
  const odd = [
    '[]',
    '{}',
    '{"stamp":1,"granted":{},"scopes":{}}',
    '{"stamp":1,"granted":[true],"scopes":[1]}',
  ]
  for (const reply of [undefined, 'OK', 1, ...odd])
    await expect(state(reply).lease(request)).rejects.toThrow(MISREAD)
  for (const reply of [undefined, 'OK', '{}', '{"processes":1,"told":1}'])
    await expect(state(reply).sync({ process: 'p', leaseMs: 1, news: [] })).rejects.toThrow(MISREAD)
  await expect(state('OK').claim({ process: 'p', target: 'a/b', forMs: 1 })).rejects.toThrow(MISREAD)
})
