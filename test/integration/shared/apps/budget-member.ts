/**
 * One of several processes that share a budget of LIMIT_USD; an answer costs one dollar. From SIGUSR2 on it makes CALLS calls at
 * once. Prints `ready`, then how they went.
 */
import { once } from 'node:events'
import { createClient } from '@redis/client'
import { Redis } from 'ioredis'
import type { RouterOptions } from '../../../../src/config/options.ts'
import { LlmError } from '../../../../src/core/llm-error.ts'
import { postgresLedger } from '../../../../src/postgres.ts'
import { redisState } from '../../../../src/redis.ts'
import { createRouter } from '../../../../src/surface/router.ts'

const { FAKE_URL = '', STORE = '', URL = '', CALLS = '1', LIMIT_USD = '1' } = process.env
const PATIENT = { timeoutMs: 10_000 }

async function connect(): Promise<{ options: Partial<RouterOptions>; end: () => unknown }> {
  if (STORE === 'PostgreSQL')
    return { options: { ledger: postgresLedger(URL, { budgetTimeoutMs: 10_000 }) }, end: () => undefined }
  if (STORE === 'ioredis') {
    const client = new Redis(URL)
    return { options: { sharedState: redisState(client, PATIENT) }, end: () => client.disconnect() }
  }
  const client = createClient({ url: URL })
  await client.connect()
  return { options: { sharedState: redisState(client, PATIENT) }, end: () => client.destroy() }
}

const { options, end } = await connect()
const router = createRouter({
  tiers: { only: ['fake/a'] },
  providers: { fake: { baseUrl: FAKE_URL, apiKey: 'key' } },
  targets: { 'fake/a': { price: { inputUsdPerMTok: 0, outputUsdPerMTok: 0, perRequestUsd: 1 } } },
  budgets: { month: { per: 'all', limitUsd: Number(LIMIT_USD), window: 'month' } },
  ...options,
})

async function ask(): Promise<string> {
  try {
    await router.ask('hi')
    return 'answered'
  } catch (error) {
    if (error instanceof LlmError) return error.code
    throw error
  }
}

const begin = once(process, 'SIGUSR2')
const alive = setInterval(() => undefined, 60_000)
console.log('ready')
await begin
const words = await Promise.all(Array.from({ length: Number(CALLS) }, ask))
clearInterval(alive)
const counts: Record<string, number> = {}
for (const word of words) counts[word] = (counts[word] ?? 0) + 1
console.log(`ended ${JSON.stringify(counts)}`)
await router.close()
await end()
