/** What every shared state does, in memory and in Redis, whatever the client. */
import { describe, expect, test } from 'vitest'
import { systemClock } from '../../../src/core/clock.ts'
import type {
  LeaseRequest,
  LeaseScope,
  SharedOperations,
  SyncRequest,
  TargetNews,
} from '../../../src/core/shared-state.ts'
import { createMemoryState } from '../../../src/shared/memory-state.ts'
import { createRedisState } from '../../../src/shared/redis-state.ts'
import { CLIENTS } from '../../support/redis-clients.ts'
import { aRedisServer, NO_REDIS } from '../../support/redis-server.ts'

type MakeState = (minuteMs: number) => Promise<SharedOperations>

function conformance(makeState: MakeState): void {
  test('grants what there is room for, in order, and nothing to those behind who is denied', async () => {
    const state = await makeState(60_000)
    const asks = [3, 3, 5, 1].map((tokens) => ({ scopes: [0], tokens }))
    const reply = await state.lease(aLease({ scopes: [aScope({ tokensPerMinute: 10 })], asks }))
    expect(reply.granted).toEqual([true, true, false, false])
    expect(reply.scopes[0]?.denied).toMatchObject({ by: 'rate', soonestMs: 0 })
  })

  test('gives room in all scopes of a call or in none', async () => {
    const state = await makeState(60_000)
    const scopes = [
      aScope({ scope: 'a', requestsPerMinute: 100 }),
      aScope({ scope: 'a/one', requestsPerMinute: 1 }),
    ]
    const ask = { scopes: [0, 1], tokens: 1 }
    const { granted } = await state.lease(aLease({ scopes, asks: [ask, ask, ask] }))
    expect(granted).toEqual([true, false, false])
    // Of the burst of five and a twelfth only one has gone.
    const others = Array.from({ length: 8 }, () => ({ scopes: [0], tokens: 1 }))
    const rest = await state.lease(aLease({ scopes: scopes.slice(0, 1), asks: others }))
    expect(rest.granted.filter(Boolean)).toHaveLength(7)
  })

  test('never grants more than the limit within a minute, whoever asks', async () => {
    const minuteMs = 1_200
    const state = await makeState(minuteMs)
    const scopes = [aScope({ requestsPerMinute: 12 })]
    const times: number[] = []
    const endMs = performance.now() + 3 * minuteMs
    const ask = async (process: string): Promise<void> => {
      while (performance.now() < endMs) {
        const reply = await state.lease(aLease({ process, scopes, asks: [{ scopes: [0], tokens: 0 }] }))
        if (reply.granted[0] === true) times.push(performance.now())
        await pause(Math.min(20, reply.scopes[0]?.denied?.againMs ?? 0))
      }
    }
    await Promise.all(['one', 'two', 'three'].map(ask))
    // What is told late by this process has been granted earlier: a hundredth for that.
    const most = times.map((from) => times.filter((ms) => ms >= from && ms < from + minuteMs * 0.99).length)
    expect(Math.max(...most)).toBeLessThanOrEqual(12)
    expect(times.length).toBeGreaterThanOrEqual(32)
  })

  test('takes back what was counted and not used, and counts what was used and not expected', async () => {
    const state = await makeState(60_000)
    const scope = aScope({ requestsPerMinute: 2, tokensPerMinute: 10 })
    const asks = [{ scopes: [0], tokens: 6 }]
    const first = await state.lease(aLease({ scopes: [scope], asks }))
    const denied = await state.lease(aLease({ scopes: [scope], asks }))
    expect([first.granted, denied.granted]).toEqual([[true], [false]])
    const { stamp } = first
    const changes = [{ stamp, requests: 0, tokens: -5 }]
    const { generation = '' } = first.scopes[0] ?? {}
    const fits = await state.lease(aLease({ scopes: [{ ...scope, generation, changes }], asks }))
    expect(fits.granted).toEqual([true])
    const unused = [
      { stamp, requests: -1, tokens: -1 },
      { stamp: Number.MAX_SAFE_INTEGER, requests: 0, tokens: 4 },
    ]
    const one = [{ scopes: [0], tokens: 1 }]
    const full = await state.lease(aLease({ scopes: [{ ...scope, generation, changes: unused }], asks: one }))
    // One of two requests again, but ten of ten tokens.
    expect(full.granted).toEqual([false])
  })

  test('counts the attempts under way of all, and forgets those of who is not heard of any more', async () => {
    const state = await makeState(60_000)
    const ask = (process: string, held: number, leaseMs = 10_000) =>
      state.lease(
        aLease({
          process,
          leaseMs,
          scopes: [aScope({ concurrency: 2, held })],
          asks: [{ scopes: [0], tokens: 0 }],
        }),
      )
    expect((await ask('one', 0, 150)).granted).toEqual([true])
    expect((await ask('two', 0)).granted).toEqual([true])
    const denied = await ask('three', 0)
    expect(denied.granted).toEqual([false])
    expect(denied.scopes[0]?.denied).toMatchObject({ by: 'places' })
    // `one` says nothing any more.
    await until(async () => (await ask('three', 0)).granted[0] === true)
    expect((await ask('two', 1)).granted).toEqual([false])
  })

  test('a place goes to who has waited for it, not to who has just left it', async () => {
    const state = await makeState(60_000)
    const ask = (process: string, held: number) =>
      state.lease(
        aLease({
          process,
          scopes: [aScope({ concurrency: 1, held })],
          asks: [{ scopes: [0], tokens: 0 }],
        }),
      )
    expect((await ask('one', 0)).granted).toEqual([true])
    expect((await ask('two', 0)).granted).toEqual([false])
    expect((await ask('one', 0)).granted).toEqual([false])
    expect((await ask('two', 0)).granted).toEqual([true])
    expect((await ask('one', 0)).granted).toEqual([false])
  })

  test('those who wait are sent one after the other', async () => {
    const state = await makeState(60_000)
    const scopes = [aScope({ requestsPerMinute: 60 })]
    const burst = Array.from({ length: 5 }, () => ({ scopes: [0], tokens: 0 }))
    await state.lease(aLease({ scopes, asks: burst }))
    const again: number[] = []
    for (const process of ['one', 'two', 'three']) {
      const reply = await state.lease(aLease({ process, scopes, asks: burst }))
      again.push(reply.scopes[0]?.denied?.againMs ?? Number.NaN)
    }
    expect(again.map((ms) => Math.round(ms / 100))).toEqual([10, 20, 30])
  })

  test('a 429 halves the rate for all, once for those that began together, and closes the scope for as long as asked', async () => {
    const state = await makeState(60_000)
    const scope = aScope({ requestsPerMinute: 100 })
    const { stamp, scopes } = await state.lease(aLease({ scopes: [scope], asks: [] }))
    const { generation = '' } = scopes[0] ?? {}
    const refused = { stamp, retryAfterMs: 5_000 }
    const tell = (process: string) =>
      state.lease(aLease({ process, scopes: [{ ...scope, generation, refused }], asks: [] }))
    expect((await tell('one')).scopes[0]?.allowedShare).toBe(0.5)
    expect((await tell('two')).scopes[0]?.allowedShare).toBe(0.5)
    const { granted, scopes: after } = await state.lease(
      aLease({ process: 'three', scopes: [scope], asks: [{ scopes: [0], tokens: 0 }] }),
    )
    expect(granted).toEqual([false])
    expect(after[0]?.closedForMs).toBeGreaterThan(4_000)
    expect(after[0]?.denied?.soonestMs).toBeGreaterThan(4_000)
  })

  test('a minute without a 429 gives a part of the rate back', async () => {
    const state = await makeState(240)
    const scope = aScope({ requestsPerMinute: 1_000 })
    const { stamp, scopes } = await state.lease(aLease({ scopes: [scope], asks: [] }))
    const { generation = '' } = scopes[0] ?? {}
    const shareAfter = async (parts: Partial<LeaseScope>) =>
      (await state.lease(aLease({ scopes: [{ ...scope, generation, ...parts }], asks: [] }))).scopes[0]
        ?.allowedShare
    expect(await shareAfter({ refused: { stamp, retryAfterMs: 0 } })).toBe(0.5)
    expect(await shareAfter({ hasAnswered: true })).toBe(0.5)
    await until(async () => (await shareAfter({ hasAnswered: true })) === 0.625)
  })

  test('tells all what each has found out, and how many they are', async () => {
    const state = await makeState(60_000)
    await state.sync(aSync('one', [{ target: 'a/one', what: 'open', forMs: 5_000, cause: 'server' }]))
    const { processes, told } = await state.sync(aSync('two', []))
    expect(processes).toBe(2)
    expect(told).toMatchObject([{ target: 'a/one', what: 'open', cause: 'server', by: 'one' }])
    expect(forMsOf(told[0])).toBeGreaterThan(4_000)
    const answered = await state.sync(aSync('two', [{ target: 'a/one', what: 'answered' }]))
    expect(answered.told).toMatchObject([{ target: 'a/one', what: 'answered', by: 'two' }])
    expect(answered.told[0]?.word).not.toBe(told[0]?.word)
  })

  test('never makes a cooldown shorter, and keeps a Retry-After apart from what a human has to mend', async () => {
    const state = await makeState(60_000)
    const cooldown = (cause: 'retry-after' | 'auth', forMs: number) =>
      ({ target: 'a/one', what: 'cooldown', cause, forMs }) as const
    await state.sync(aSync('one', [cooldown('retry-after', 60_000), cooldown('auth', 600_000)]))
    const { told } = await state.sync(aSync('two', [cooldown('retry-after', 1_000)]))
    expect(told.map(forMsOf).every((ms) => ms > 50_000)).toBe(true)
    const mended = await state.sync(aSync('two', [{ target: 'a/one', what: 'mended' }]))
    expect(mended.told.map(({ what }) => what).toSorted()).toEqual(['cooldown', 'mended'])
  })

  test('forgets processes that are not heard of', async () => {
    const state = await makeState(60_000)
    await state.sync({ ...aSync('one', []), leaseMs: 50 })
    await until(async () => (await state.sync(aSync('two', []))).processes === 1)
    expect((await state.sync(aSync('one', []))).processes).toBe(2)
  })

  test('a claim is for one, until its time is over; who has it may ask again', async () => {
    const state = await makeState(60_000)
    const claim = (process: string, forMs = 100) => state.claim({ process, target: 'a/one', forMs })
    expect(await claim('one')).toEqual({ isYours: true })
    const other = await claim('two')
    expect(other).toMatchObject({ isYours: false })
    expect(await claim('one')).toEqual({ isYours: true })
    await until(async () => (await claim('two')).isYours)
    expect(await claim('one')).toMatchObject({ isYours: false })
  })
}

describe('in memory', () => {
  conformance((minuteMs) => Promise.resolve(createMemoryState(systemClock, minuteMs)))
})

describe.skipIf(NO_REDIS).each(CLIENTS)('in Redis, by %s', (_name, connect) => {
  conformance(async (minuteMs) => {
    const { url } = await aRedisServer()
    return createRedisState(await connect(url), {}, minuteMs)
  })
})

function aLease(parts: Partial<LeaseRequest>): LeaseRequest {
  return { group: 'a', process: 'one', leaseMs: 10_000, scopes: [], asks: [], ...parts }
}

function aScope(parts: Partial<LeaseScope>): LeaseScope {
  return { scope: 'a', generation: '', held: 0, changes: [], hasAnswered: false, ...parts }
}

function aSync(process: string, news: SyncRequest['news']): SyncRequest {
  return { process, leaseMs: 10_000, news }
}

function forMsOf(news: TargetNews | undefined): number {
  return news !== undefined && 'forMs' in news ? news.forMs : Number.NaN
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await pause(5)
}
