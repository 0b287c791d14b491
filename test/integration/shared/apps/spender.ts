/**
 * One of several processes that spend of one budget. From SIGUSR2 on it makes CALLS calls at once: each reserves AMOUNT of
 * LIMIT, and settles it unless HOLD is set. Prints `ready`, then how many were reserved and refused.
 */
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createClient } from '@redis/client'
import { Redis } from 'ioredis'
import { Pool } from 'pg'
import type { BudgetStore } from '../../../../src/core/budget-store.ts'
import { createRedisState } from '../../../../src/shared/redis-state.ts'
import { postgresBudgets } from '../../../support/postgres-budgets.ts'

const {
  STORE = '',
  URL = '',
  CALLS = '1',
  AMOUNT = '1',
  LIMIT = '1',
  TTL_MS = '60000',
  HOLD = '',
} = process.env

async function connect(): Promise<{ store: BudgetStore; end: () => unknown }> {
  if (STORE === 'PostgreSQL') {
    const pool = new Pool({ connectionString: URL, max: 8 })
    return { store: await postgresBudgets(pool), end: () => pool.end() }
  }
  if (STORE === 'ioredis') {
    const client = new Redis(URL)
    return { store: createRedisState(client, {}, 60_000).budgets, end: () => client.disconnect() }
  }
  const client = createClient({ url: URL })
  await client.connect()
  return { store: createRedisState(client, {}, 60_000).budgets, end: () => client.destroy() }
}

const { store, end } = await connect()

const { KEY = '', ENDS_AT_MS = '' } = process.env
const counters = [KEY, 'user ann'].map((key) => ({ key, endsAtMs: Number(ENDS_AT_MS) }))
const claims = counters.map((counter) => {
  return { ...counter, amountNanoUsd: Number(AMOUNT), limitNanoUsd: Number(LIMIT), isEnforced: true }
})

async function call(): Promise<string> {
  const id = randomUUID()
  let reply = await store.reserve({ id, claims, ttlMs: Number(TTL_MS) })
  if (reply.outcome === 'unknown') {
    await Promise.all(counters.map(async (counter) => store.seed(counter, 0)))
    reply = await store.reserve({ id, claims, ttlMs: Number(TTL_MS) })
  }
  if (reply.outcome === 'reserved' && HOLD === '') {
    const entries = counters.map((counter) => ({ ...counter, spentNanoUsd: Number(AMOUNT) }))
    await store.settle({ id, entries })
  }
  return reply.outcome
}

const begin = once(process, 'SIGUSR2')
// Nothing else may keep a process alive that waits for its sign.
const alive = setInterval(() => undefined, 60_000)
console.log('ready')
await begin
const outcomes = await Promise.all(Array.from({ length: Number(CALLS) }, call))
const counted = (outcome: string) => outcomes.filter((one) => one === outcome).length
console.log(`ended ${JSON.stringify({ reserved: counted('reserved'), refused: counted('refused') })}`)
if (HOLD === '') {
  clearInterval(alive)
  await end()
}
