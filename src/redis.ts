/** express-llm/redis: what several processes share, in Redis or Valkey. */
export {
  redisState,
  type IoRedisClient,
  type NodeRedisClient,
  type RedisStateOptions,
} from './shared/redis-state.ts'
export type { OnStoreError, SharedState } from './core/shared-state.ts'
