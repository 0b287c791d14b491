/**
 * Redis in story time. A Redis server tells the time to the scripts that it runs, and forgets keys, by the clock on the
 * wall; so each script begins with its own `redis`, whose times are the story's. All else is the real server's.
 */
import { createHash } from 'node:crypto'
import type { NodeRedisClient } from 'express-llm/redis'
import type { StoryTime } from './story-time.ts'

/** @param client of node-redis, connected */
export function inStoryTime(client: NodeRedisClient, time: StoryTime): NodeRedisClient {
  const prelude = preludeOf(time)
  /** What the router knows a script as → what the server does. */
  const hashes = new Map<string, string>()
  return {
    eval(script, options) {
      hashes.set(sha1Of(script), sha1Of(prelude + script))
      return client.eval(prelude + script, options)
    },
    async evalSha(sha1, options) {
      const hash = hashes.get(sha1)
      if (hash === undefined) throw new Error('NOSCRIPT it has not been seen yet')
      return await client.evalSha(hash, options)
    },
  }
}

function preludeOf({ scale, beganAtMs }: StoryTime): string {
  return `
local server = redis
local function timer(ms) return math.max(1, math.ceil(ms / ${scale})) end
local redis = { call = function(name, ...)
  local args = { ... }
  if name == 'TIME' then
    local time = server.call('TIME')
    local ms = ${beganAtMs} + (time[1] * 1000 + time[2] / 1000 - ${beganAtMs}) * ${scale}
    local seconds = math.floor(ms / 1000)
    return { string.format('%d', seconds), string.format('%d', (ms - seconds * 1000) * 1000) }
  end
  if name == 'PEXPIRE' then args[2] = timer(args[2]) end
  if name == 'SET' and args[3] == 'PX' then args[4] = timer(args[4]) end
  local reply = server.call(name, unpack(args))
  if name == 'PTTL' and reply > 0 then return math.ceil(reply * ${scale}) end
  return reply
end }
`
}

function sha1Of(script: string): string {
  return createHash('sha1').update(script).digest('hex')
}
