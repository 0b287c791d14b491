import { createHash } from 'node:crypto'
import type { ScriptRunner } from './redis-client.ts'

/** One script, which the server has by its hash after the first time. */
export type RedisScript = (keys: readonly string[], request: unknown) => Promise<unknown>

export function redisScript(runner: ScriptRunner, script: string): RedisScript {
  const sha1 = createHash('sha1').update(script).digest('hex')
  return async (keys, request) => {
    const argument = JSON.stringify(request)
    try {
      return await runner.evalSha(sha1, keys, argument)
    } catch (error) {
      if (!isUnknownScript(error)) throw error
      return await runner.eval(script, keys, argument)
    }
  }
}

/** The first word of a Redis error is its code, and stands nowhere else. */
function isUnknownScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT')
}
