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
local q = cjson.decode(ARGV[1])
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local bucket = q.minuteMs / 240
local KEPT = 242
local live = KEYS[1]
redis.call('ZREMRANGEBYSCORE', live, '-inf', now)
redis.call('ZADD', live, now + q.leaseMs, q.process)
redis.call('PEXPIRE', live, q.leaseMs)

local function add(o, name, sum, at, weight)
  if weight == 0 or not o.limits[name] then return end
  redis.call('HINCRBY', o.key, name .. at, weight)
  o[sum] = o[sum] + weight
  o.first = math.min(o.first, at)
end

local function takeBack(o, name, sum, at, weight)
  for _, near in ipairs({ at, at + 1, at - 1 }) do
    local there = tonumber(redis.call('HGET', o.key, name .. near)) or 0
    local taken = math.min(there, weight)
    add(o, name, sum, near, -taken)
    weight = weight - taken
    if weight <= 0 then return end
  end
end

local function freeIn(o, name, excess)
  local fields = {}
  for at = o.first, o.newest do fields[#fields + 1] = name .. at end
  local sum = 0
  for i, weight in ipairs(redis.call('HMGET', o.key, unpack(fields))) do
    sum = sum + (tonumber(weight) or 0)
    if sum >= excess then return math.max(1, (o.first + i - 1 + KEPT) * bucket - now) end
  end
  return q.minuteMs
end

local function open(spec, key, places)
  local newest = math.floor(now / bucket)
  local v = redis.call('HMGET', key, 'g', 'f', 'n', 'R', 'T', 'p', 's', 'c', 'x', 'a', 'kr', 'kt', 'lr', 'lt')
  local last = tonumber(v[3]) or newest
  if last - newest > KEPT then
    redis.call('DEL', key)
    v, last = {}, newest
  end
  local o = {
    spec = spec, key = key, places = places, newest = math.max(newest, last), first = tonumber(v[2]) or newest,
    R = tonumber(v[4]) or 0, T = tonumber(v[5]) or 0, paid = tonumber(v[6]) or 0, share = tonumber(v[7]) or 1,
    cut = tonumber(v[8]) or 0, closed = tonumber(v[9]) or 0, appointed = tonumber(v[10]) or 0, took = 0, tokens = 0,
    generation = v[1] or (q.process .. time[1] .. time[2]), kr = tonumber(v[11]) or 0, kt = tonumber(v[12]) or 0,
    limits = { r = spec.requestsPerMinute, t = spec.tokensPerMinute },
    lr = v[13] and cjson.decode(v[13]) or { 0, -1, 0 }, lt = v[14] and cjson.decode(v[14]) or { 0, -1, 0 },
  }
  while o.first <= o.newest - KEPT do
    local gone = redis.call('HMGET', key, 'r' .. o.first, 't' .. o.first)
    if gone[1] or gone[2] then redis.call('HDEL', key, 'r' .. o.first, 't' .. o.first) end
    o.R = o.R - (tonumber(gone[1]) or 0)
    o.T = o.T - (tonumber(gone[2]) or 0)
    o.first = o.first + 1
  end
  o.markR, o.markT = o.kr, o.kt
  o.isNew = spec.generation ~= '' and spec.generation ~= o.generation
  if o.isNew and not v[1] then o.paid = now + q.minuteMs / 12 end
  return o
end

local function left(o, name, word)
  if not word or word.mark < o['l' .. name][2] then return end
  o['l' .. name] = { word.remaining, word.mark, math.floor(now + math.min(word.resetMs, 3600000)) }
end

local function dryFor(o, name, weight)
  local remaining, mark, untilMs = unpack(o['l' .. name])
  if now >= untilMs or remaining - (o['k' .. name] - mark) >= weight then return 0 end
  return untilMs - now
end

local function told(o)
  local spec = o.spec
  if o.isNew then return end
  for _, change in ipairs(spec.changes) do
    local at = math.min(math.floor(change.stamp), o.newest)
    if at > o.newest - KEPT then
      for name, weight in pairs({ r = change.requests, t = change.tokens }) do
        if weight > 0 then add(o, name, string.upper(name), at, weight)
        elseif weight < 0 then takeBack(o, name, string.upper(name), at, -weight) end
      end
    end
  end
  if spec.refused then
    o.closed = math.max(o.closed, now + math.min(spec.refused.retryAfterMs, 3600000))
    if math.floor(spec.refused.stamp) > o.cut then o.share, o.cut = math.max(1 / 16, o.share / 2), o.newest end
  elseif spec.hasAnswered and o.share < 1 and o.newest - o.cut >= 240 then
    o.share, o.cut = math.min(1, o.share + 1 / 8), o.newest
  end
  if spec.left then
    left(o, 'r', spec.left.requests)
    left(o, 't', spec.left.tokens)
  end
end

local function count(o)
  if not o.spec.concurrency then return end
  local own = 'h:' .. q.process
  if o.spec.held > 0 then redis.call('HSET', o.places, own, o.spec.held) else redis.call('HDEL', o.places, own) end
  o.used, o.sharers, o.earlier, o.held = 0, 1, 0, o.spec.held
  o.since = now
  local waiting, seen = {}, { [q.process] = true }
  local all = redis.call('HGETALL', o.places)
  for i = 1, #all, 2 do
    local kind, process = string.sub(all[i], 1, 2), string.sub(all[i], 3)
    local since, asked = string.match(all[i + 1], '^(%S+) (%S+)$')
    if not redis.call('ZSCORE', live, process) or (asked and now - asked > 1000) then
      redis.call('HDEL', o.places, all[i])
    else
      if not seen[process] then o.sharers = o.sharers + 1 end
      seen[process] = true
      if kind == 'h:' then o.used = o.used + all[i + 1]
      elseif process == q.process then o.since = tonumber(since)
      else waiting[#waiting + 1] = tonumber(since) end
    end
  end
  for _, since in ipairs(waiting) do if since < o.since then o.earlier = o.earlier + 1 end end
end

local function limitOf(o, whole) return math.max(1, math.floor(whole * o.share)) end

local function byPlaces(o)
  if not o.spec.concurrency then return end
  local places = limitOf(o, o.spec.concurrency)
  local free = places - o.used
  if free > 0 and (o.held < math.floor(places / o.sharers) or free > o.earlier) then return end
  o.waits = true
  return { 'places', 0, o.held > 0 and 250 or 50 }
end

local function byRate(o, tokens)
  local soonest, space = math.max(0, o.closed - now, dryFor(o, 'r', 1)), 0
  if o.spec.requestsPerMinute then
    local limit = limitOf(o, o.spec.requestsPerMinute)
    space = q.minuteMs / limit
    local wait = o.paid - now + (1 - math.min(limit, math.max(5, limit / 12))) * space - 0.001
    if o.R + o.took + 1 > limit then wait = math.max(wait, freeIn(o, 'r', o.R + o.took + 1 - limit)) end
    soonest = math.max(soonest, wait)
  end
  local forTokens = dryFor(o, 't', tokens)
  if o.spec.tokensPerMinute then
    local limit = limitOf(o, o.spec.tokensPerMinute)
    local own = math.min(tokens, limit)
    local excess = o.T + o.tokens + own - limit
    if excess > 0 then forTokens = math.max(forTokens, freeIn(o, 't', excess)) end
    space = math.max(space, own * q.minuteMs / limit)
  end
  local again = math.max(soonest, math.min(forTokens, q.minuteMs / 60))
  if again <= 0 then return end
  local spread = q.minuteMs / (forTokens > soonest and 60 or 12)
  o.appointed = math.max(now + again, math.min(o.appointed + space, now + again + spread))
  return { 'rate', soonest, o.appointed - now }
end

local function take(o, tokens)
  o.took, o.kr, o.kt = o.took + 1, o.kr + 1, o.kt + tokens
  if o.spec.concurrency then o.used, o.held = o.used + 1, o.held + 1 end
  if o.spec.requestsPerMinute then
    o.paid = math.max(o.paid, now) + q.minuteMs / limitOf(o, o.spec.requestsPerMinute)
  end
  if o.spec.tokensPerMinute then o.tokens = o.tokens + math.min(tokens, o.spec.tokensPerMinute) end
end

local function keep(o)
  add(o, 'r', 'R', o.newest, o.took)
  add(o, 't', 'T', o.newest, o.tokens)
  redis.call('HSET', o.key, 'g', o.generation, 'f', o.first, 'n', o.newest, 'R', o.R, 'T', o.T,
    'p', string.format('%.4f', o.paid), 's', o.share, 'c', o.cut,
    'kr', o.kr, 'kt', o.kt, 'lr', cjson.encode(o.lr), 'lt', cjson.encode(o.lt),
    'x', string.format('%.0f', o.closed), 'a', string.format('%.0f', o.appointed))
  redis.call('PEXPIRE', o.key, math.ceil(q.minuteMs + math.max(q.minuteMs, o.closed - now, o.lr[3] - now, o.lt[3] - now)))
  if not o.spec.concurrency then return end
  if o.held > 0 then redis.call('HSET', o.places, 'h:' .. q.process, o.held) end
  local waits = 'w:' .. q.process
  if o.waits then redis.call('HSET', o.places, waits, string.format('%.3f %.3f', o.since, now))
  else redis.call('HDEL', o.places, waits) end
  redis.call('PEXPIRE', o.places, q.leaseMs)
end

local scopes, granted = {}, {}
for i, spec in ipairs(q.scopes) do
  local o = open(spec, KEYS[2 * i], KEYS[2 * i + 1])
  told(o)
  count(o)
  scopes[i] = o
end

local function denies(o, tokens)
  if o.isNew or o.denial then return true end
  o.denial = byPlaces(o) or byRate(o, tokens)
  return o.denial
end

for i, ask in ipairs(q.asks) do
  local isFree = true
  for _, index in ipairs(ask.scopes) do
    if denies(scopes[index + 1], ask.tokens) then isFree = false end
  end
  if isFree then for _, index in ipairs(ask.scopes) do take(scopes[index + 1], ask.tokens) end end
  granted[i] = isFree and 1 or 0
end

local reply = { string.format('%.3f', now / bucket), table.concat(granted) }
for _, o in ipairs(scopes) do
  keep(o)
  local denial = o.denial or { '', 0, 0 }
  local values = { o.generation, tostring(o.share), math.ceil(math.max(0, o.closed - now)),
    denial[1], math.ceil(math.max(0, denial[2])), math.ceil(denial[3]), o.markR, o.markT }
  for _, value in ipairs(values) do reply[#reply + 1] = value end
end
return reply
`
