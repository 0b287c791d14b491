/**
 * `SharedState.sync` in Lua. KEYS: the processes (a sorted set by when their leases end), the words on targets (a hash), the
 * epoch: who finds none has found that everything was lost. ARGV: the request as JSON.
 *
 * For each target there are up to three words: `b` on its breaker, `r` a Retry-After, `h` what only a human can mend. A
 * later word replaces an earlier one, but no word makes a time shorter. What is over is kept as long as a process may
 * take to hear of it.
 */
export const SYNC_SCRIPT = `
local call, KEPT = redis.call, 600000
local live, words, epoch = unpack(KEYS)
local q = cjson.decode(ARGV[1])
local time = call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
call('ZREMRANGEBYSCORE', live, '-inf', now)
call('ZADD', live, now + q.leaseMs, q.process)
call('PEXPIRE', live, q.leaseMs)
call('SET', epoch, q.process .. now, 'NX')
call('PEXPIRE', epoch, KEPT)

for i, news in ipairs(q.news) do
  local slot = 'h:'
  if news.what == 'open' or news.what == 'answered' then slot = 'b:' end
  if news.cause == 'retry-after' then slot = 'r:' end
  slot = slot .. news.target
  local before = call('HGET', words, slot)
  before = before and cjson.decode(before) or {}
  news.by, news.word = q.process, time[1] .. '.' .. time[2] .. '.' .. i
  news.untilMs = math.ceil(now + (news.forMs or 0))
  if before.what ~= news.what or before.untilMs <= news.untilMs then call('HSET', words, slot, cjson.encode(news)) end
end

local told, last = {}, now
local all = call('HGETALL', words)
for i = 1, #all, 2 do
  local word = cjson.decode(all[i + 1])
  word.forMs = word.untilMs - now
  if word.forMs + KEPT <= 0 then call('HDEL', words, all[i]) end
  last = math.max(last, word.untilMs)
  table.insert(told, word)
end
if #all > 0 then call('PEXPIRE', words, last - now + KEPT) end
return cjson.encode({ processes = call('ZCARD', live), epoch = call('GET', epoch), told = told })
`

/** KEYS: who has claimed it. ARGV: the request as JSON. @returns -1, or how long it is somebody else's, ms */
export const CLAIM_SCRIPT = `
local q = cjson.decode(ARGV[1])
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= q.process then return redis.call('PTTL', KEYS[1]) end
redis.call('SET', KEYS[1], q.process, 'PX', q.forMs)
return -1
`
