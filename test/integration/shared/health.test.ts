/** Routers that tell each other how targets are doing: in memory, and in Redis. */
import { describe, expect, test } from 'vitest'
import type { RouterOptions } from '../../../src/config/options.ts'
import type { SharedState } from '../../../src/core/shared-state.ts'
import type { HealthChange } from '../../../src/core/target-health.ts'
import { memoryState } from '../../../src/shared/memory-state.ts'
import { redisState } from '../../../src/shared/redis-state.ts'
import type { FakeProvider } from '../../../src/testing/fake/provider.ts'
import { aFake, aRouter, providersOf } from '../../support/app.ts'
import { aNodeRedis, anIoRedis } from '../../support/redis-clients.ts'
import { aRedisServer, NO_REDIS } from '../../support/redis-server.ts'

const OPEN_MS = 600

async function fakes() {
  return { first: await aFake({ name: 'first' }), second: await aFake({ name: 'second' }) }
}

function aMember(
  sharedState: SharedState,
  providers: Record<string, FakeProvider>,
  options: Partial<RouterOptions> = {},
) {
  const changes: HealthChange[] = []
  const { router, lines } = aRouter({
    tiers: { cheap: ['first/a', 'second/b'] },
    providers: providersOf(providers),
    retry: { retriesPerTarget: 0 },
    health: { consecutiveFailures: 3, openMs: OPEN_MS },
    onHealthChange: (change) => changes.push(change),
    sharedState,
    ...options,
  })
  const ask = async () => (await router.ask('hi')).report
  const state = () => router.health().find(({ target }) => target === 'first/a')
  return { router, lines, changes, ask, state }
}

function together(makeState: () => Promise<() => SharedState>): void {
  test('what one finds failing, the others leave alone; one of all probes it; when it is back, all ask it', async () => {
    const stateOf = await makeState()
    const { first, second } = await fakes()
    const members = Array.from({ length: 4 }, () => aMember(stateOf(), { first, second }))
    const [one, ...others] = members
    first.always({ status: 503 })
    for (let count = 0; count < 3; count++) await one?.ask()
    for (const other of others) await until(() => other.state()?.state === 'open')
    expect(others.flatMap(({ changes }) => changes.map(({ cause }) => cause))).toEqual(
      others.map(() => 'overloaded'),
    )
    const endMs = performance.now() + 3.5 * OPEN_MS
    while (performance.now() < endMs) {
      await Promise.all(members.map(({ ask }) => ask()))
      await pause(20)
    }
    // Three that opened it, then one for each interval, whoever asks.
    expect(first.requests.length).toBeLessThanOrEqual(3 + 4)
    expect(first.requests.length).toBeGreaterThanOrEqual(3 + 2)
    first.reset()
    for (const { ask } of members) await until(async () => (await ask()).target === 'first/a')
    await until(async () => {
      await Promise.all(members.map(({ ask }) => ask()))
      return members.every(({ state }) => state()?.state === 'closed')
    })
  })

  test('a cooldown holds for all, and is over for all when one has been answered in it', async () => {
    const stateOf = await makeState()
    const { first, second } = await fakes()
    const [one, two] = [aMember(stateOf(), { first, second }), aMember(stateOf(), { first, second })]
    first.always({ status: 401 })
    expect((await one.ask()).target).toBe('second/b')
    await until(() => two.state()?.cooldown?.cause === 'auth')
    expect((await two.ask()).skipped).toMatchObject([{ target: 'first/a', why: 'cooldown' }])
    expect(first.requests).toHaveLength(1)
    first.reset()
    // Nobody else is left for this one, so it is asked all the same.
    const only = aMember(stateOf(), { first, second }, { tiers: { cheap: ['first/a'] } })
    await until(() => only.state()?.cooldown !== undefined)
    expect((await only.ask()).target).toBe('first/a')
    await until(() => two.state()?.cooldown === undefined)
    expect((await two.ask()).target).toBe('first/a')
  })

  test('clocks that differ by an hour change nothing', async () => {
    const stateOf = await makeState()
    const { first, second } = await fakes()
    const late = { now: () => Date.now() - 3_600_000, monotonic: () => performance.now() + 3_600_000 }
    const one = aMember(stateOf(), { first, second }, { clock: late })
    const two = aMember(stateOf(), { first, second })
    first.always({ status: 429, headers: { 'retry-after': '30' } })
    await one.ask()
    await until(() => two.state()?.cooldown !== undefined)
    const { endsInMs = 0, cause } = two.state()?.cooldown ?? {}
    expect(cause).toBe('retry-after')
    expect(endsInMs).toBeGreaterThan(25_000)
    expect(endsInMs).toBeLessThanOrEqual(30_000)
  })
}

describe('in memory', () => {
  together(() => {
    const state = memoryState()
    return Promise.resolve(() => state)
  })
})

describe.skipIf(NO_REDIS)('in Redis, by clients of both kinds', () => {
  together(async () => {
    const { url } = await aRedisServer()
    const clients = [await aNodeRedis(url), await anIoRedis(url)] as const
    let count = 0
    return () => redisState(clients[count++ % 2 === 0 ? 0 : 1])
  })
})

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await pause(10)
}
