import { createClient } from '@redis/client'
import { Redis } from 'ioredis'
import { onTestFinished } from 'vitest'
import type { IoRedisClient, NodeRedisClient } from '../../src/shared/redis-client.ts'

/** A connected client of node-redis, gone when the test is. What it says of lost connections is the tests' doing. */
export async function aNodeRedis(url: string): Promise<NodeRedisClient> {
  const client = createClient({ url, socket: { reconnectStrategy: 20 } })
  client.on('error', () => undefined)
  onTestFinished(() => client.destroy())
  await client.connect()
  return client
}

/** A connected client of ioredis, gone when the test is. */
export async function anIoRedis(url: string): Promise<IoRedisClient> {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => 20 })
  client.on('error', () => undefined)
  onTestFinished(() => client.disconnect())
  await client.connect()
  return client
}

export const CLIENTS = [
  ['node-redis', aNodeRedis],
  ['ioredis', anIoRedis],
] as const
