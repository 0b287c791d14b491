/**
 * `SharedState.lease` in Lua. What it counts is what `resilience/limit-scope.ts` counts in one process: a window of 240ths
 * of a minute for requests and tokens, a pace for requests (GCRA), and what 429s leave of the rate.
 *
 * KEYS: the processes of the group that are alive (a sorted set by when their leases end), then for each scope its
 * counters and its places (two hashes). ARGV: the request as JSON. All of one slot.
 *
 * Counters: `g` generation, `f` and `n` first and newest 240th that count, `R` and `T` sums, `r<n>` and `t<n>` the parts
 * of them, `p` paid until (ms), `s` allowed share, `c` the 240th of the last cut, `x` closed until (ms), `a` the last
 * appointment (ms); `kr` and `kt` all that has ever been taken, `lr` and `lt` what the provider says is left: how much, from
 * which mark on, until when (ms). Places: `h:<process>` attempts under way, `w:<process>` since when it waits for a place, and when it
 * has last asked.
 *
 * Who is denied by the rate gets an appointment: one after the other, each as far apart as the rate lets calls through, so
 * that all who wait together ask about as often as calls go. Tokens may be there sooner, because estimates are corrected,
 * so who waits for those asks about once a second. A place goes to the process that has waited for it longest;
 * its even part of all places everybody may take at once.
 */
export const LEASE_SCRIPT = `
local call, max, min, floor, ceil = redis.call, math.max, math.min, math.floor, math.ceil
local q = cjson.decode(ARGV[1])
local me, minute = q.process, q.minuteMs
local time = call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local stamp = now * 240 / minute
local KEPT, live = 242, KEYS[1]
call('ZREMRANGEBYSCORE', live, '-inf', now)
call('ZADD', live, now + q.leaseMs, me)
call('PEXPIRE', live, q.leaseMs)

local function add(o, name, at, weight)
  if weight == 0 or not o.limits[name] then return end
  call('HINCRBY', o.key, name .. at, weight)
  o.sums[name] = o.sums[name] + weight
  o.f = min(o.f, at)
end

local function put(o, name, at, weight)
  if weight > 0 then return add(o, name, at, weight) end
  for _, near in ipairs({ at, at + 1, at - 1 }) do
    local taken = min(tonumber(call('HGET', o.key, name .. near)) or 0, -weight)
    add(o, name, near, -taken)
    weight = weight + taken
  end
end

local function freeIn(o, name, excess)
  local fields, sum = {}, 0
  for at = o.f, o.n do table.insert(fields, name .. at) end
  for i, weight in ipairs(call('HMGET', o.key, unpack(fields))) do
    sum = sum + (tonumber(weight) or 0)
    if sum >= excess then return max(1, (o.f + i - 1 + KEPT) * minute / 240 - now) end
  end
  return minute
end

local FIELDS = { 'f', 'n', 'R', 'T', 'p', 's', 'c', 'x', 'a', 'kr', 'kt' }
local WORDS = { 'lr', 'lt' }

local function open(o, key, places)
  o.key, o.places, o.took, o.tokens = key, places, 0, 0
  o.limits = { r = o.requestsPerMinute, t = o.tokensPerMinute }
  local newest = floor(stamp)
  local n = tonumber(call('HGET', key, 'n')) or newest
  if n - newest > KEPT then call('DEL', key) end
  local values = call('HMGET', key, unpack(FIELDS))
  for i, field in ipairs(FIELDS) do o[field] = tonumber(values[i]) or 0 end
  for i, word in ipairs(call('HMGET', key, unpack(WORDS))) do
    o[WORDS[i]] = word and cjson.decode(word) or { 0, -1, 0 }
  end
  o.g = call('HGET', key, 'g')
  o.isNew = o.generation ~= '' and o.generation ~= o.g
  if not o.g then
    o.g, o.f, o.s = me .. time[1] .. time[2], newest, 1
    if o.isNew then o.p = now + minute / 12 end
  end
  o.n, o.sums, o.marks = max(newest, o.n), { r = o.R, t = o.T }, { requests = o.kr, tokens = o.kt }
  while o.f <= o.n - KEPT do
    for name, sum in pairs(o.sums) do
      local gone = call('HGET', key, name .. o.f)
      if gone then
        call('HDEL', key, name .. o.f)
        o.sums[name] = sum - gone
      end
    end
    o.f = o.f + 1
  end
end

local function hear(o)
  if o.isNew then return end
  for _, change in ipairs(o.changes) do
    local at = min(floor(change.stamp), o.n)
    if at > o.n - KEPT then
      put(o, 'r', at, change.requests)
      put(o, 't', at, change.tokens)
    end
  end
  if o.refused then
    o.x = max(o.x, now + min(o.refused.retryAfterMs, 3600000))
    if floor(o.refused.stamp) > o.c then o.s, o.c = max(1 / 16, o.s / 2), o.n end
  elseif o.hasAnswered and o.s < 1 and o.n - o.c >= 240 then
    o.s, o.c = min(1, o.s + 1 / 8), o.n
  end
  for field, word in pairs({ lr = o.left and o.left.requests, lt = o.left and o.left.tokens }) do
    if word and word.mark >= o[field][2] then
      o[field] = { word.remaining, word.mark, floor(now + min(word.resetMs, 3600000)) }
    end
  end
end

local function dryFor(word, taken, weight)
  local remaining, mark, untilMs = unpack(word)
  if remaining - (taken - mark) >= weight then return 0 end
  return max(0, untilMs - now)
end

local function count(o)
  if not o.concurrency then return end
  if o.held > 0 then call('HSET', o.places, 'h:' .. me, o.held) else call('HDEL', o.places, 'h:' .. me) end
  o.used, o.sharers, o.earlier, o.since = 0, 1, 0, now
  local waiting, seen = {}, { [me] = true }
  local all = call('HGETALL', o.places)
  for i = 1, #all, 2 do
    local field, value = all[i], all[i + 1]
    local process = string.sub(field, 3)
    local since, asked = string.match(value, '^(%S+) (%S+)$')
    if not call('ZSCORE', live, process) or (asked and now - asked > 1000) then call('HDEL', o.places, field)
    else
      if not seen[process] then o.sharers = o.sharers + 1 end
      seen[process] = true
      if not since then o.used = o.used + value
      elseif process == me then o.since = tonumber(since)
      else table.insert(waiting, tonumber(since)) end
    end
  end
  for _, since in ipairs(waiting) do if since < o.since then o.earlier = o.earlier + 1 end end
end

local function part(o, whole) return max(1, floor(whole * o.s)) end

local function byPlaces(o)
  if not o.concurrency then return end
  local places = part(o, o.concurrency)
  local free = places - o.used
  if free > 0 and (o.held < floor(places / o.sharers) or free > o.earlier) then return end
  o.waits = true
  return { by = 'places', soonestMs = 0, againMs = o.held > 0 and 250 or 50 }
end

local function byRate(o, tokens)
  local soonest, space = max(0, o.x - now, dryFor(o.lr, o.kr, 1)), 0
  if o.limits.r then
    local limit = part(o, o.limits.r)
    local excess = o.sums.r + o.took + 1 - limit
    space = minute / limit
    soonest = max(soonest, o.p - now + (1 - min(limit, max(5, limit / 12))) * space - 0.001)
    if excess > 0 then soonest = max(soonest, freeIn(o, 'r', excess)) end
  end
  local forTokens = dryFor(o.lt, o.kt, tokens)
  if o.limits.t then
    local limit = part(o, o.limits.t)
    local own = min(tokens, limit)
    local excess = o.sums.t + o.tokens + own - limit
    space = max(space, own * minute / limit)
    if excess > 0 then forTokens = max(forTokens, freeIn(o, 't', excess)) end
  end
  local again = max(soonest, min(forTokens, minute / 60))
  if again <= 0 then return end
  o.a = max(now + again, min(o.a + space, now + again + minute / (forTokens > soonest and 60 or 12)))
  return { by = 'rate', soonestMs = soonest, againMs = o.a - now }
end

local function take(o, tokens)
  o.took, o.kr, o.kt = o.took + 1, o.kr + 1, o.kt + tokens
  if o.concurrency then o.used, o.held = o.used + 1, o.held + 1 end
  if o.limits.r then o.p = max(o.p, now) + minute / part(o, o.limits.r) end
  if o.limits.t then o.tokens = o.tokens + min(tokens, o.limits.t) end
end

local function keep(o)
  add(o, 'r', o.n, o.took)
  add(o, 't', o.n, o.tokens)
  o.R, o.T = o.sums.r, o.sums.t
  local values = { 'g', o.g, 'lr', cjson.encode(o.lr), 'lt', cjson.encode(o.lt) }
  for _, field in ipairs(FIELDS) do
    table.insert(values, field)
    table.insert(values, string.format('%.17g', o[field]))
  end
  call('HSET', o.key, unpack(values))
  call('PEXPIRE', o.key, ceil(minute + max(minute, o.x - now, o.lr[3] - now, o.lt[3] - now)))
  if not o.concurrency then return end
  if o.held > 0 then call('HSET', o.places, 'h:' .. me, o.held) end
  if o.waits then call('HSET', o.places, 'w:' .. me, string.format('%.3f %.3f', o.since, now))
  else call('HDEL', o.places, 'w:' .. me) end
  call('PEXPIRE', o.places, q.leaseMs)
end

for i, o in ipairs(q.scopes) do
  open(o, KEYS[2 * i], KEYS[2 * i + 1])
  hear(o)
  count(o)
end

local granted = {}
for i, ask in ipairs(q.asks) do
  granted[i] = true
  for _, index in ipairs(ask.scopes) do
    local o = q.scopes[index + 1]
    if not o.isNew then o.denial = o.denial or byPlaces(o) or byRate(o, ask.tokens) end
    if o.isNew or o.denial then granted[i] = false end
  end
  if granted[i] then for _, index in ipairs(ask.scopes) do take(q.scopes[index + 1], ask.tokens) end end
end

local scopes = {}
for i, o in ipairs(q.scopes) do
  keep(o)
  scopes[i] = { generation = o.g, allowedShare = o.s, closedForMs = max(0, o.x - now), mark = o.marks, denied = o.denial }
end
return cjson.encode({ stamp = stamp, granted = granted, scopes = scopes })
`
