import { invalidConfig } from '../core/llm-error.ts'

/** A client or cluster of node-redis: `redis`, `@redis/client`. */
export interface NodeRedisClient {
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>
  evalSha(sha1: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>
}

/** A client or cluster of ioredis, or of iovalkey. */
export interface IoRedisClient {
  eval(script: string, keyCount: number, ...keysAndArguments: string[]): Promise<unknown>
  evalsha(sha1: string, keyCount: number, ...keysAndArguments: string[]): Promise<unknown>
}

/** Runs scripts: all that is asked of a client. */
export interface ScriptRunner {
  eval(script: string, keys: readonly string[], argument: string): Promise<unknown>
  evalSha(sha1: string, keys: readonly string[], argument: string): Promise<unknown>
}

/** @throws LlmError `config_invalid` when it is neither */
export function scriptRunner(client: unknown): ScriptRunner {
  if (isNodeRedis(client)) {
    const options = (keys: readonly string[], argument: string) => ({
      keys: [...keys],
      arguments: [argument],
    })
    return {
      eval: (script, keys, argument) => client.eval(script, options(keys, argument)),
      evalSha: (sha1, keys, argument) => client.evalSha(sha1, options(keys, argument)),
    }
  }
  if (isIoRedis(client)) {
    return {
      eval: (script, keys, argument) => client.eval(script, keys.length, ...keys, argument),
      evalSha: (sha1, keys, argument) => client.evalsha(sha1, keys.length, ...keys, argument),
    }
  }
  const example = 'createClient() of "redis" or new Redis() of "ioredis"'
  throw invalidConfig(`redisState() takes a client such as ${example}; this is ${wordFor(client)}.`, 'client')
}

function isNodeRedis(client: unknown): client is NodeRedisClient {
  return hasMethods(client, ['eval', 'evalSha'])
}

function isIoRedis(client: unknown): client is IoRedisClient {
  return hasMethods(client, ['eval', 'evalsha'])
}

function hasMethods(value: unknown, names: readonly string[]): boolean {
  if (typeof value !== 'object' || value === null) return false
  return names.every((name) => typeof Reflect.get(value, name) === 'function')
}

/** Never its content: an address may hold a password. */
function wordFor(client: unknown): string {
  if (client instanceof Promise) return 'a promise; await it first'
  return typeof client === 'object' ? 'another object' : `a ${typeof client}`
}
