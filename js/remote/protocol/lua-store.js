// @ts-check
/**
 * The scripts that store values and look after their indexes, for keys of one slot.
 *
 * No index has an expiry, so that no server evicts one before its values. The sorted set `life` lists every index with the
 * latest end of its members. Each store looks at a few whose end has passed, and removes what is dead.
 */
import { CHECK, MARK, NOW, REPAIR } from "./lua.js";

/**
 * Adds members to the indexes KEYS[first] to KEYS[last]. The end of the members is rounded up, so that most stores leave the
 * sorted set as it is. ZADD comes first: a server that is full refuses it, and would accept everything after a PERSIST.
 * PERSIST takes off the expiry that an earlier version has left, when an index is listed for the first time.
 */
const LIST = `
local function list(life, ttl, first, last, ...)
  if last < first then return end
  local try, ending, noted, n = redis.pcall, '+inf', {}, 0
  if ttl > 0 then
    local step = math.max(1, math.floor(ttl / 8))
    ending = string.format('%.0f', math.ceil((now + ttl) / step) * step)
  end
  for i = first, last do
    noted[n + 1], noted[n + 2] = ending, KEYS[i]
    n = n + 2
  end
  local added = try('ZADD', life, 'GT', unpack(noted))
  if repair(life, added) then added = redis.call('ZADD', life, unpack(noted)) end
  if added > 0 then
    for i = first, last do redis.call('PERSIST', KEYS[i]) end
  end
  for i = first, last do
    local reply = try('SADD', KEYS[i], ...)
    if type(reply) == 'table' and repair(KEYS[i], reply) then redis.call('SADD', KEYS[i], ...) end
  end
end
`;

/**
 * Takes a value that could not be stored out of the indexes KEYS[first] to KEYS[last], unless an earlier value is under its
 * key, and ends the script with the error.
 */
const WITHDRAW = `
local function withdraw(life, value, first, last, reply)
  if redis.call('EXISTS', value) == 0 then
    for i = first, last do
      redis.call('SREM', KEYS[i], value)
      if redis.call('EXISTS', KEYS[i]) == 0 then redis.call('ZREM', life, KEYS[i]) end
    end
  end
  error(reply)
end
`;

/**
 * Removes dead members: those whose values are gone, foreign ones, and marks that are older than an hour, whose writers
 * are dead. A younger mark lives even if nothing is under it yet. While somebody walks through an index, nothing is
 * removed from it.
 */
const BURY = `${MARK}
local function isWalked(index, ours)
  local base = #ours - 2
  return redis.call('EXISTS', string.sub(ours, 1, base) .. 'w:' .. string.sub(index, base + 1)) == 1
end
-- Returns how many it has removed, and for how many milliseconds the others live.
local function bury(index, members, ours)
  local values, dead, longest = {}, {}, 0
  for _, member in ipairs(members) do
    local value = marked(member)
    if string.sub(member, 1, #ours) ~= ours then dead[#dead + 1] = member
    elseif not value then values[#values + 1] = member
    elseif now / 1000 - tonumber(string.sub(member, #value + 2, #value + 8), 36) < 3600 then longest = 3600000
    else
      redis.call('UNLINK', member)
      if redis.call('EXISTS', value) == 1 then
        redis.call('SADD', index, value)
        values[#values + 1] = value
      end
      dead[#dead + 1] = member
    end
  end
  if #values > 0 and redis.call('EXISTS', unpack(values)) < #values then
    for i = #values, 1, -1 do
      if redis.call('EXISTS', values[i]) == 0 then dead[#dead + 1] = table.remove(values, i) end
    end
  end
  if #dead > 0 then redis.call('SREM', index, unpack(dead)) end
  return #dead, longest, values
end
`;

/**
 * Looks at some members of a large index, and buries the dead. It reads a page of SSCAN from a random place: SRANDMEMBER,
 * whose draw is fair, takes ten times as long.
 */
const REAP = `
local function reap(index, ours, random)
  if redis.call('SCARD', index) <= 64 or isWalked(index, ours) then return end
  -- Other bits than those that chose the index.
  bury(index, redis.call('SSCAN', index, math.floor(random / 16), 'COUNT', 32)[2], ours)
end
`;

/**
 * Looks at indexes whose end has passed some milliseconds ago: their values have expired then. Look and removal are one step:
 * otherwise a store in between would lose its index. Returns how many were due.
 */
const LOOK = `
local function look(life, count, ours)
  local due = redis.pcall('ZRANGEBYSCORE', life, '-inf', now - 10, 'LIMIT', 0, count)
  if repair(life, due) then return 0 end
  for _, index in ipairs(due) do
    local members = redis.pcall('SRANDMEMBER', index, 64)
    if repair(index, members) then members = {} end
    local removed, longest, values = 0, 0, {}
    if not isWalked(index, ours) then removed, longest, values = bury(index, members, ours) end
    if redis.call('EXISTS', index) == 0 then redis.call('ZREM', life, index)
    elseif #members == 64 and removed < 64 then redis.call('ZADD', life, 'XX', now + 60000, index)
    elseif #members < 64 then
      for _, value in ipairs(values) do
        local left = redis.call('PTTL', value)
        longest = math.max(longest, left == -1 and math.huge or left)
      end
      redis.call('ZADD', life, 'XX', longest == math.huge and '+inf' or now + math.max(1000, longest), index)
    end
    -- Else more members are dead: the next store goes on here.
  end
  return #due
end
`;

/**
 * Stores a value with its indexes, unless an entry of the log after the position concerns it. Answers `more` for stored
 * where more indexes are due than it has looked at.
 *
 * KEYS: log, value, life, indexes, former indexes: those that listed the value before, and should not any more. ARGV:
 * position's id, its writer, value, its lifetime in ms (0: no expiry), a random number (which indexes are reaped, and where),
 * number of former indexes, length of the prefix, function name, beginning of members, the most indexes to look at, names
 * that concern the value besides.
 *
 * It reaps one index in 16, 32 members at a time. That is two looks for each addition, which bounds a set to about twice
 * its live members, or 64.
 */
export const STORE = {
  source: `${CHECK}${NOW}${LIST}${WITHDRAW}${BURY}${REAP}${LOOK}
local random, ours, most = tonumber(ARGV[5]), ARGV[9], tonumber(ARGV[10])
list(KEYS[3], tonumber(ARGV[4]), 4, last, KEYS[2])
local set
if ARGV[4] == '0' then set = redis.pcall('SET', KEYS[2], ARGV[3]) else set = redis.pcall('SET', KEYS[2], ARGV[3], 'PX', ARGV[4]) end
if set.err then withdraw(KEYS[3], KEYS[2], 4, last, set) end
for i = last + 1, #KEYS do
  if redis.pcall('SREM', KEYS[i], KEYS[2]) == 1 and redis.call('EXISTS', KEYS[i]) == 0 then redis.pcall('ZREM', KEYS[3], KEYS[i]) end
end
if last == 3 then return 'stored' end
for i = 4, last do
  if (i + random) % 16 == 0 then reap(KEYS[i], ours, random) end
end
return look(KEYS[3], most, ours) == most and 'more' or 'stored'
`,
};

/** Looks at indexes whose end has passed. Returns how many were due. KEYS: life. ARGV: the most, beginning of members. */
export const LOOK_AT_LIFE = {
  source: `${REPAIR}${NOW}${BURY}${LOOK}
return look(KEYS[1], tonumber(ARGV[1]), ARGV[2])
`,
};

/** Removes from a page of `life` the indexes that are gone. Returns the next cursor. KEYS: life. ARGV: cursor. */
export const CLEAR_LIFE = {
  source: `${REPAIR}
local page = redis.pcall('ZSCAN', KEYS[1], ARGV[1], 'COUNT', 200)
if repair(KEYS[1], page) then return '0' end
for i = 1, #page[2], 2 do
  if redis.call('EXISTS', page[2][i]) == 0 then redis.call('ZREM', KEYS[1], page[2][i]) end
end
return page[1]
`,
};

/** Adds members to indexes. KEYS: life, indexes. ARGV: lifetime of the members in ms (0: for good), members. */
export const ADD = {
  source: `${REPAIR}${NOW}${LIST}
list(KEYS[1], tonumber(ARGV[1]), 2, #KEYS, unpack(ARGV, 2))
return #KEYS
`,
};

/**
 * Cleans up after a store under a mark: the value key takes the place of the mark. A value that an index does not list any
 * more is withdrawn: no invalidation would find it. So is a value of which nobody can say who has stored it.
 *
 * KEYS: value, mark, indexes. ARGV: what became of the store, beginning of members, a random number.
 */
export const TIDY = {
  source: `${REPAIR}${NOW}${BURY}${REAP}
redis.call('UNLINK', KEYS[2])
local isLost = ARGV[1] == 'gone'
for i = 3, #KEYS do
  local index = KEYS[i]
  if ARGV[1] == 'stored' then
    if redis.call('SISMEMBER', index, KEYS[2]) == 1 then redis.call('SADD', index, KEYS[1])
    elseif redis.call('SISMEMBER', index, KEYS[1]) == 0 then isLost = true end
  end
  if not isWalked(index, ARGV[2]) then redis.call('SREM', index, KEYS[2]) end
  if i % 16 == 0 then reap(index, ARGV[2], tonumber(ARGV[3])) end
end
if isLost then redis.call('UNLINK', KEYS[1]) end
return #KEYS
`,
};

/**
 * The value, if all the indexes list it; else nothing. For `strict` reads. KEYS: value, indexes.
 */
export const VERIFY = {
  source: `
for i = 2, #KEYS do
  if redis.call('SISMEMBER', KEYS[i], KEYS[1]) == 0 then return false end
end
return redis.call('GET', KEYS[1])
`,
};
