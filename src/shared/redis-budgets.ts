import { readReply, reserveReply, settleReply } from '../budgets/stored-replies.ts'
import { storedText } from '../budgets/stored-text.ts'
import type { BudgetCounter, BudgetStore } from '../core/budget-store.ts'
import { READ_SCRIPT, RESERVE_SCRIPT, SEED_SCRIPT, SETTLE_SCRIPT } from './budget-script.ts'
import type { ScriptRunner } from './redis-client.ts'
import type { RedisKeys } from './redis-keys.ts'
import type { RedisStateConfig } from './redis-options.ts'
import { redisScript } from './redis-script.ts'

export interface RedisBudgetParts extends Pick<RedisStateConfig, 'timeoutMs' | 'onStoreError'> {
  readonly runner: ScriptRunner
  readonly keys: RedisKeys['budgets']
}

/** Budgets that several processes share through Redis: one round trip for each operation. */
export function createRedisBudgets({ runner, keys, ...policy }: RedisBudgetParts): BudgetStore {
  const reserve = redisScript(runner, RESERVE_SCRIPT)
  const settle = redisScript(runner, SETTLE_SCRIPT)
  const read = redisScript(runner, READ_SCRIPT)
  const seed = redisScript(runner, SEED_SCRIPT)
  return {
    ...policy,
    name: 'redis',
    isShared: true,
    async reserve(request) {
      const { claims, ttlMs } = request
      const id = storedText(request.id)
      const touched = [keys.settled(id), ...keys.counters(claims)]
      return reserveReply(await reserve(touched, { id, claims: claims.map(withoutKey), ttlMs }), request)
    },
    async settle({ entries, ...request }) {
      const id = storedText(request.id)
      const touched = [keys.settled(id), ...keys.counters(entries)]
      return settleReply(await settle(touched, { id, entries: entries.map(withoutKey) }), entries.length)
    },
    async read(counters) {
      if (counters.length === 0) return []
      return readReply(await read(keys.counters(counters), {}), counters.length)
    },
    async seed(counter, spentNanoUsd) {
      const { endsAtMs } = counter
      settleReply(await seed(keys.counters([counter]), { endsAtMs, spentNanoUsd }), 1)
    },
    close() {
      // The client is the app's.
    },
  }
}

/** It goes as a key of Redis. */
function withoutKey<T extends BudgetCounter>({ key: _key, ...rest }: T): Omit<T, 'key'> {
  return rest
}
