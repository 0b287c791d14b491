/**
 * `BudgetStore` in Lua. KEYS: for what has an id, whether that has been settled; then the counters, one hash each. ARGV: the
 * request as JSON. All of one slot.
 *
 * A counter: `s` spent, `h` held, `k` 1 when it has been seeded, `e` none of its reservations ends before that (ms), and
 * `r:<id>` each of them: how much, and when it ends. Numbers are doubles, exact up to 2^53, and are written in full.
 */
import { COUNTER_KEPT_MS, COUNTER_MAX_NANO_USD, SETTLED_KEPT_MS } from '../core/budget-store.ts'

const COMMON = `
local call, min, max = redis.call, math.min, math.max
local q = cjson.decode(ARGV[1])
local time = call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local MOST = ${COUNTER_MAX_NANO_USD}

local function text(number) return string.format('%.0f', number) end

local function release(o)
  local all, held, soonest = call('HGETALL', o.key), 0, nil
  for i = 1, #all, 2 do
    if string.sub(all[i], 1, 2) == 'r:' then
      local amount, ends = string.match(all[i + 1], '^(%d+) (%d+)$')
      if tonumber(ends) <= now then call('HDEL', o.key, all[i])
      else held, soonest = held + amount, min(soonest or tonumber(ends), tonumber(ends)) end
    end
  end
  o.held, o.soonest = held, soonest
  call('HSET', o.key, 'h', text(held), 'e', soonest and text(soonest) or '')
end

local function open(key)
  local values = call('HMGET', key, 's', 'h', 'k', 'e')
  local o = { key = key, spent = tonumber(values[1]) or 0, held = tonumber(values[2]) or 0 }
  o.isSeeded, o.soonest = values[3] == '1', tonumber(values[4] or '')
  if o.soonest and o.soonest <= now then release(o) end
  return o
end

local function keep(o, endsAtMs)
  local soonest = o.soonest and text(o.soonest) or ''
  call('HSET', o.key, 's', text(o.spent), 'h', text(o.held), 'k', o.isSeeded and '1' or '0', 'e', soonest)
  call('PEXPIREAT', o.key, text(max(endsAtMs + ${COUNTER_KEPT_MS}, now + 3600000)))
end

local function listed(counters)
  local texts = {}
  for i, o in ipairs(counters) do texts[i] = '[' .. text(o.spent) .. ',' .. text(o.held) .. ']' end
  return '"standings":[' .. table.concat(texts, ',') .. ']}'
end
`

export const RESERVE_SCRIPT = `${COMMON}
local field = 'r:' .. q.id
local counters, unknown, isRepeated = {}, {}, call('EXISTS', KEYS[1]) == 1
for i in ipairs(q.claims) do
  local o = open(KEYS[i + 1])
  counters[i] = o
  if not o.isSeeded then table.insert(unknown, i - 1) end
  isRepeated = isRepeated or call('HEXISTS', o.key, field) == 1
end
if #unknown > 0 then return '{"outcome":"unknown","unknown":' .. cjson.encode(unknown) .. '}' end

if not isRepeated then
  for i, claim in ipairs(q.claims) do
    local o, amount = counters[i], claim.amountNanoUsd
    if claim.isEnforced and amount > 0 and o.spent + o.held + amount > claim.limitNanoUsd then
      return '{"outcome":"refused",' .. listed(counters)
    end
  end
  for i, claim in ipairs(q.claims) do
    local o = counters[i]
    local amount = min(claim.amountNanoUsd, MOST - o.held)
    if amount > 0 then
      local ends = now + q.ttlMs
      call('HSET', o.key, field, text(amount) .. ' ' .. text(ends))
      o.held, o.soonest = o.held + amount, min(o.soonest or ends, ends)
      keep(o, claim.endsAtMs)
    end
  end
end
return '{"outcome":"reserved",' .. listed(counters)
`

export const SETTLE_SCRIPT = `${COMMON}
local field = 'r:' .. q.id
local counters, isFirst = {}, call('SET', KEYS[1], '1', 'PX', ${SETTLED_KEPT_MS}, 'NX')
for i, entry in ipairs(q.entries) do
  local o = open(KEYS[i + 1])
  counters[i] = o
  if isFirst then
    local amount = string.match(call('HGET', o.key, field) or '', '^%d+')
    if amount then
      o.held = o.held - amount
      call('HDEL', o.key, field)
    end
    o.spent = min(MOST, o.spent + entry.spentNanoUsd)
    keep(o, entry.endsAtMs)
  end
end
return '{' .. listed(counters)
`

/** An empty list for each counter that is not known. */
export const READ_SCRIPT = `${COMMON}
local texts = {}
for i, key in ipairs(KEYS) do
  local o = open(key)
  texts[i] = o.isSeeded and '[' .. text(o.spent) .. ',' .. text(o.held) .. ']' or 'null'
end
return '{"standings":[' .. table.concat(texts, ',') .. ']}'
`

export const SEED_SCRIPT = `${COMMON}
local o = open(KEYS[1])
if not o.isSeeded then
  o.isSeeded, o.spent = true, max(o.spent, min(MOST, q.spentNanoUsd))
  keep(o, q.endsAtMs)
end
return '{' .. listed({ o })
`
