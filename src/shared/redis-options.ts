import type { OnStoreError } from '../core/shared-state.ts'
import { ON_STORE_ERROR, readStoreOptions, wholeMs } from '../core/store-options.ts'

/** The options of `redisState`, complete. */
export interface RedisStateConfig {
  readonly prefix: string
  readonly timeoutMs: number
  readonly onStoreError: OnStoreError
}

const DEFAULTS: RedisStateConfig = { prefix: 'express-llm', timeoutMs: 100, onStoreError: 'allow' }

/** @throws LlmError `config_invalid` naming what is wrong */
export function readRedisOptions(options: unknown): RedisStateConfig {
  return readStoreOptions('redisState()', options, {
    defaults: DEFAULTS,
    rules: {
      // Braces say in which slot of a cluster a key lies.
      prefix: [
        (value) => typeof value === 'string' && /^[^{}]+$/.test(value),
        'a text that is not empty and has no braces',
      ],
      // Who waits longer for a store than for a call has none.
      timeoutMs: wholeMs(1, 60_000),
      onStoreError: ON_STORE_ERROR,
    },
  })
}
