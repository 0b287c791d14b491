import type { OnStoreError, SharedOperations, SharedState } from '../core/shared-state.ts'
import { createRedisBudgets } from './redis-budgets.ts'
import { LEASE_SCRIPT } from './lease-script.ts'
import { scriptRunner, type IoRedisClient, type NodeRedisClient } from './redis-client.ts'
import { redisKeys } from './redis-keys.ts'
import { readRedisOptions } from './redis-options.ts'
import { claimReply, leaseReply, syncReply } from './redis-replies.ts'
import { redisScript } from './redis-script.ts'
import { CLAIM_SCRIPT, SYNC_SCRIPT } from './sync-script.ts'

export type { IoRedisClient, NodeRedisClient } from './redis-client.ts'

/** See `docs/many-processes.md`. */
export interface RedisStateOptions {
  /** All keys begin with it. Routers share what they know when it is the same. @default 'express-llm' */
  readonly prefix?: string
  /** Longest wait for one answer of Redis, ms; after that it counts as down. @default 100 */
  readonly timeoutMs?: number
  /**
   * Calls to limited targets, and calls with a budget, while Redis is down. `allow`: each process keeps within its part of the
   * limit, the limit divided by the number of processes; what is spent of a budget is counted when Redis is back. `deny`: the
   * next target is asked, and calls with a budget are refused.
   * @default 'allow'
   */
  readonly onStoreError?: OnStoreError
}

/**
 * Limits, cooldowns, breakers and budgets that several processes share through Redis 6 or later, or Valkey: the router's
 * `sharedState`. The client stays yours: connect it, listen to its `error` event, and close it after the router.
 *
 * @throws LlmError `config_invalid` for another client than node-redis and ioredis, and for wrong options
 */
export function redisState(
  client: NodeRedisClient | IoRedisClient,
  options: RedisStateOptions = {},
): SharedState {
  return createRedisState(client, options, 60_000)
}

/** @param minuteMs how long a minute of limits is: the same for all who share a prefix */
export function createRedisState(
  client: unknown,
  options: RedisStateOptions,
  minuteMs: number,
): SharedOperations {
  const runner = scriptRunner(client)
  const { prefix, ...policy } = readRedisOptions(options)
  const keys = redisKeys(prefix)
  const lease = redisScript(runner, LEASE_SCRIPT)
  const sync = redisScript(runner, SYNC_SCRIPT)
  const claim = redisScript(runner, CLAIM_SCRIPT)
  return {
    ...policy,
    minuteMs,
    budgets: createRedisBudgets({ ...policy, runner, keys: keys.budgets }),
    async lease(request) {
      const { group, scopes, ...rest } = request
      const names = scopes.map(({ scope }) => scope)
      return leaseReply(await lease(keys.lease(group, names), { ...rest, scopes, minuteMs }), request)
    },
    sync: async (request) => syncReply(await sync(keys.sync, request)),
    claim: async (request) => claimReply(await claim(keys.claim(request.target), request)),
  }
}
