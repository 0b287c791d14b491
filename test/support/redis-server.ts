/** A Redis (or Valkey) of a test's own, gone when the test is. */
import { onTestFinished } from 'vitest'
import { REDIS_BINARY, startRedisServer, type RedisServer } from '../../bench/redis-server.ts'

export type { RedisServer } from '../../bench/redis-server.ts'

/** Where there is none, tests that need one are skipped, and say so; with REDIS_REQUIRED=1 they fail. */
export const NO_REDIS = REDIS_BINARY === undefined && process.env['REDIS_REQUIRED'] !== '1'
if (NO_REDIS)
  console.warn('There is no redis-server or valkey-server on PATH: tests that need one are skipped.')

export async function aRedisServer(args: readonly string[] = []): Promise<RedisServer> {
  const server = await startRedisServer(args)
  onTestFinished(() => server.remove())
  return server
}
