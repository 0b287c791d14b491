import { type LlmError, invalidConfig } from '../core/llm-error.ts'
import type { OnStoreError } from '../core/shared-state.ts'
import { didYouMean } from '../core/spelling.ts'

/** The options of `redisState`, complete. */
export interface RedisStateConfig {
  readonly prefix: string
  readonly timeoutMs: number
  readonly onStoreError: OnStoreError
}

const DEFAULTS: RedisStateConfig = { prefix: 'express-llm', timeoutMs: 100, onStoreError: 'allow' }
/** Who waits longer for a store than for a call has none. */
const TIMEOUT_MAX_MS = 60_000

/** @throws LlmError `config_invalid` naming what is wrong */
export function readRedisOptions(options: unknown): RedisStateConfig {
  if (typeof options !== 'object' || options === null)
    throw invalid('options', 'its second argument must be an object of options')
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(DEFAULTS, name))
  if (unknown !== undefined)
    throw invalid(unknown, `"${unknown}" is no option of it.${didYouMean(unknown, Object.keys(DEFAULTS))}`)
  const given = Object.entries(options).filter(([, value]) => value !== undefined)
  const { prefix, timeoutMs, onStoreError }: Record<keyof RedisStateConfig, unknown> = {
    ...DEFAULTS,
    ...Object.fromEntries(given),
  }
  // Braces say in which slot of a cluster a key lies.
  if (typeof prefix !== 'string' || !/^[^{}]+$/.test(prefix))
    throw invalid('prefix', '"prefix" must be a text that is not empty and has no braces')
  if (!isTimeout(timeoutMs))
    throw invalid(
      'timeoutMs',
      `"timeoutMs" must be a whole number of milliseconds from 1 to ${TIMEOUT_MAX_MS}`,
    )
  if (onStoreError !== 'allow' && onStoreError !== 'deny')
    throw invalid('onStoreError', '"onStoreError" must be "allow" or "deny"')
  return { prefix, timeoutMs, onStoreError }
}

function isTimeout(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= TIMEOUT_MAX_MS
}

function invalid(param: string, detail: string): LlmError {
  const message = `redisState() cannot begin: ${detail}${/[.?]$/.test(detail) ? '' : '.'}`
  return invalidConfig(message, param)
}
