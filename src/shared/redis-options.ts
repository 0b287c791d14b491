import { invalidConfig } from '../core/llm-error.ts'
import type { OnStoreError } from '../core/shared-state.ts'
import { didYouMean } from '../core/spelling.ts'

/** The options of `redisState`, complete. */
export interface RedisStateConfig {
  readonly prefix: string
  readonly timeoutMs: number
  readonly onStoreError: OnStoreError
}

const DEFAULTS: RedisStateConfig = { prefix: 'express-llm', timeoutMs: 100, onStoreError: 'allow' }

const RULES: Readonly<Record<string, readonly [isRight: (value: unknown) => boolean, rule: string]>> = {
  // Braces say in which slot of a cluster a key lies.
  prefix: [
    (value) => typeof value === 'string' && /^[^{}]+$/.test(value),
    'a text that is not empty and has no braces',
  ],
  // Who waits longer for a store than for a call has none.
  timeoutMs: [
    (value) => Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 60_000,
    'a whole number of milliseconds from 1 to 60000',
  ],
  onStoreError: [(value) => value === 'allow' || value === 'deny', '"allow" or "deny"'],
}

/** @throws LlmError `config_invalid` naming what is wrong */
export function readRedisOptions(options: unknown): RedisStateConfig {
  if (typeof options !== 'object' || options === null)
    throw invalidConfig('The options of redisState() must be an object.')
  const given = Object.entries(options).filter(([, value]) => value !== undefined)
  for (const [name, value] of given) {
    const [isRight, rule] = Object.hasOwn(RULES, name) ? (RULES[name] ?? []) : []
    if (isRight?.(value) === true) continue
    const mistake =
      rule === undefined ? `is no option.${didYouMean(name, Object.keys(RULES))}` : `must be ${rule}.`
    throw invalidConfig(`redisState(): "${name}" ${mistake}`, name)
  }
  return { ...DEFAULTS, ...Object.fromEntries(given) }
}
