/**
 * One of several processes that ask one provider: as many calls at a time as CALLERS says, from SIGUSR2 on, again
 * and again, until SIGTERM. Prints `ready`, and at its end how its calls went.
 */
import { once } from 'node:events'
import { createClient } from '@redis/client'
import { Redis } from 'ioredis'
import { LlmError } from '../../../../src/core/llm-error.ts'
import { createRedisState } from '../../../../src/shared/redis-state.ts'
import { createRouter } from '../../../../src/surface/router.ts'

const {
  FAKE_URL = '',
  REDIS_URL = '',
  MINUTE_MS = '',
  CALLERS = '1',
  LIMITS = '{}',
  CLIENT = '',
} = process.env

async function connect() {
  if (CLIENT === 'ioredis') {
    const client = new Redis(REDIS_URL, { retryStrategy: () => 20 })
    client.on('error', () => undefined)
    return { client, end: () => client.disconnect() }
  }
  const client = createClient({ url: REDIS_URL, socket: { reconnectStrategy: 20 } })
  client.on('error', () => undefined)
  await client.connect()
  return { client, end: () => client.destroy() }
}

const { client, end } = await connect()
const router = createRouter({
  tiers: { only: ['fake/a'] },
  providers: { fake: { baseUrl: FAKE_URL, apiKey: 'key', limits: JSON.parse(LIMITS) } },
  retry: { retriesPerTarget: 0 },
  sharedState: createRedisState(client, { timeoutMs: 1_000 }, Number(MINUTE_MS)),
})

const counts = { answered: 0, refused: 0, failed: 0 }
const over = new AbortController()

async function ask(): Promise<void> {
  try {
    await router.ask('hi')
    counts.answered += 1
  } catch (error) {
    if (!(error instanceof LlmError)) throw error
    if (error.code === 'no_candidate') counts.refused += 1
    else if (error.code !== 'router_closed') counts.failed += 1
  }
}

process.once('SIGTERM', () => {
  over.abort()
  void router.close().then(() => {
    end()
    console.log(`ended ${JSON.stringify(counts)}`)
  })
})
const begin = once(process, 'SIGUSR2')
console.log('ready')
await begin
await Promise.all(
  Array.from({ length: Number(CALLERS) }, async () => {
    while (!over.signal.aborted) await ask()
  }),
)
