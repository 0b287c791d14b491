/** What the app's processes share: a client of Redis as an app has it, and the router's state behind it. */
import { createClient } from '@redis/client'
import { redisState, type SharedState } from 'express-llm/redis'
import { inStoryTime } from './story-redis.ts'
import { storyTimeFrom } from './story-time.ts'

export interface SharedRedis {
  readonly state: SharedState
  close(): void
}

/** Ten times the default: a hundred ms on the wall at the usual scale. */
const TIMEOUT_MS = 1_000
const RECONNECT_MS = 200

/** @param isForgetful it never comes back to a server that it has lost, for sabotage */
export async function connectShared(url: string, isForgetful: boolean): Promise<SharedRedis> {
  const reconnectStrategy = isForgetful ? (false as const) : RECONNECT_MS
  const client = createClient({ url, socket: { reconnectStrategy }, disableOfflineQueue: true })
  // The router finds out, and says so; the client goes on trying.
  client.on('error', () => undefined)
  await client.connect()
  const state = redisState(inStoryTime(client, storyTimeFrom(process.env)), { timeoutMs: TIMEOUT_MS })
  return { state, close: () => client.destroy() }
}
