/**
 * `SharedState.sync` in Lua. KEYS: the processes (a sorted set by when their leases end), the words on targets (a hash), the
 * epoch: who finds none has found that everything was lost. ARGV: the request as JSON.
 *
 * For each target there are up to three words: `b` on its breaker, `r` a Retry-After, `h` what only a human can mend. A
 * later word replaces an earlier one, but no word makes a time shorter. What is over is kept as long as a process may
 * take to hear of it.
 */
export const SYNC_SCRIPT = `
local q = cjson.decode(ARGV[1])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local KEPT = 600000
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
redis.call('ZADD', KEYS[1], now + q.leaseMs, q.process)
redis.call('PEXPIRE', KEYS[1], q.leaseMs)

for i, news in ipairs(q.news) do
  local slot = 'h:'
  if news.what == 'open' or news.what == 'answered' then slot = 'b:' end
  if news.cause == 'retry-after' then slot = 'r:' end
  local word = { target = news.target, what = news.what, cause = news.cause, by = q.process,
    word = time[1] .. '.' .. time[2] .. '.' .. i, untilMs = now + (news.forMs or 0) }
  local before = redis.call('HGET', KEYS[2], slot .. news.target)
  before = before and cjson.decode(before)
  if not (before and before.what == word.what and before.untilMs > word.untilMs) then
    redis.call('HSET', KEYS[2], slot .. news.target, cjson.encode(word))
  end
end

redis.call('SET', KEYS[3], q.process .. time[1] .. time[2], 'NX')
redis.call('PEXPIRE', KEYS[3], KEPT)
local reply, last = { redis.call('ZCARD', KEYS[1]), tostring(now), redis.call('GET', KEYS[3]) }, now
local all = redis.call('HGETALL', KEYS[2])
for i = 1, #all, 2 do
  local word = cjson.decode(all[i + 1])
  if word.untilMs + KEPT <= now then redis.call('HDEL', KEYS[2], all[i])
  else
    last = math.max(last, word.untilMs)
    reply[#reply + 1] = all[i + 1]
  end
end
if #all > 0 then redis.call('PEXPIRE', KEYS[2], math.ceil(last - now + KEPT)) end
return reply
`

/** KEYS: who has claimed it. ARGV: the request as JSON. @returns -1, or how long it is somebody else's, ms */
export const CLAIM_SCRIPT = `
local q = cjson.decode(ARGV[1])
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= q.process then return redis.call('PTTL', KEYS[1]) end
redis.call('SET', KEYS[1], q.process, 'PX', q.forMs)
return -1
`
