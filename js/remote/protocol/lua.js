// @ts-check
/**
 * The scripts of the protocol. Redis runs each as one step: nobody sees a part of one, and no crash leaves one.
 *
 * Scripts take the real names of keys (`KEYS`) and cut off the prefix to get concerns, so that a client's own key prefix
 * changes nothing. They use commands of Redis 6.2 only. No script touches more than about a thousand keys: the server
 * does nothing else while a script runs.
 */
import { EVERYTHING, FUNCTION } from "./concerns.js";
import { LOG_LENGTH } from "./log.js";

/** An entry of the log concerns a value if the two have a concern in common. The first field of an entry is its writer. */
const CHECK = `
local call = redis.call
local entries = call('XRANGE', KEYS[1], ARGV[1], '+', 'COUNT', 257)
local first = entries[1]
if not first or first[1] ~= ARGV[1] or first[2][2] ~= ARGV[2] then return 'lost' end
if #entries > 256 then return 'behind' end
if #entries > 1 then
  local names = { ['${EVERYTHING}'] = true, ['${FUNCTION}' .. ARGV[7]] = true }
  for i = 10, #ARGV do names[ARGV[i]] = true end
  for i = 2, #KEYS do names[string.sub(KEYS[i], ARGV[6] + 1)] = true end
  for i = 2, #entries do
    local fields = entries[i][2]
    for j = 3, #fields, 2 do
      if names[fields[j] .. ':' .. fields[j + 1]] then return 'concerned' end
    end
  end
end
`;

/** Deletes a key that somebody has stored another type under. Any other error ends the script. */
const REPAIR = `
local function repair(key, reply)
  if type(reply) ~= 'table' or not reply.err then return false end
  if not string.find(reply.err, 'WRONGTYPE', 1, true) then error(reply) end
  redis.call('UNLINK', key)
  return true
end
`;

/**
 * Adds to an index, whose expiry may only grow. It grows by more than is needed, so that the next stores need not change
 * it. PTTL comes first: after SADD a new set looks like one without an expiry.
 */
const INDEX = `${REPAIR}
local pcall = redis.pcall
local function index(key, needed, ...)
  local left = pcall('PTTL', key)
  local added = pcall('SADD', key, ...)
  if type(added) == 'table' and repair(key, added) then
    redis.call('SADD', key, ...)
    left = -2
  end
  if left < needed and left ~= -1 then redis.call('PEXPIRE', key, math.floor(needed * 1.1)) end
end
`;

/**
 * Looks at some members of a large index and removes those whose values are gone, and foreign ones. It reads a page of
 * SSCAN from a random place: SRANDMEMBER, whose draw is fair, takes ten times as long.
 */
const REAP = `
local mark = '^(.*)~' .. string.rep('%w', 15) .. '[%w_-]?[%w_-]?[%w_-]?$'
local function reap(index, prefix, random)
  local ours = {}
  if redis.call('SCARD', index) <= 64 then return end
  -- Other bits than those that chose the index.
  local place = math.floor(random / 16)
  for _, member in ipairs(redis.call('SSCAN', index, place, 'COUNT', 32)[2]) do
    if string.sub(member, 1, #prefix) ~= prefix then redis.call('SREM', index, member)
    elseif not string.match(member, mark) then ours[#ours + 1] = member end
  end
  if #ours == 0 or redis.call('EXISTS', unpack(ours)) == #ours then return end
  for _, member in ipairs(ours) do
    if redis.call('EXISTS', member) == 0 then redis.call('SREM', index, member) end
  end
end
`;

/**
 * Stores a value with its indexes, unless an entry of the log after the position concerns it.
 *
 * KEYS: log, value, indexes. ARGV: position's id, its writer, value, lifetime in ms (0: no expiry), lifetime of the
 * indexes, length of the prefix, function name, a random number (which indexes are reaped, and where), beginning of members,
 * names that concern it besides.
 *
 * It reaps one index in 16, 32 members at a time. That is two looks for each addition, which bounds a set to about twice
 * its live members, or 64.
 */
export const STORE = {
  source: `${CHECK}${INDEX}${REAP}
local ttl, random, touched = tonumber(ARGV[5]), tonumber(ARGV[8]), {}
for i = 3, #KEYS do
  index(KEYS[i], ttl, KEYS[2])
  if (i + random) % 16 == 0 then touched[#touched + 1] = KEYS[i] end
end
if ARGV[4] == '0' then call('SET', KEYS[2], ARGV[3]) else call('SET', KEYS[2], ARGV[3], 'PX', ARGV[4]) end
for _, key in ipairs(touched) do reap(key, ARGV[9], random) end
return 'stored'
`,
};

/**
 * Appends an entry to the log (where one is given) and deletes values: those named, and those that the indexes list, up
 * to a budget of members. Returns the number of values deleted, the place in KEYS to continue at (0: done), the cursor.
 *
 * KEYS: log, indexes, values. ARGV: number of values, budget, cursor, beginning of members, the entry's fields.
 *
 * It removes members page by page and never deletes the index: what a writer has added meanwhile stays. A mark stays too:
 * it may stand for a value that its owner is about to write.
 */
export const DROP = {
  source: `${REPAIR}
local mark = '^(.*)~' .. string.rep('%w', 15) .. '[%w_-]?[%w_-]?[%w_-]?$'
local call = redis.call
if #ARGV > 4 then call('XADD', KEYS[1], 'MAXLEN', '~', ${LOG_LENGTH}, '*', unpack(ARGV, 5)) end
local budget, cursor, ours = tonumber(ARGV[2]), ARGV[3], ARGV[4]
local last, dropped = #KEYS - tonumber(ARGV[1]), 0
for i = last + 1, #KEYS do dropped = dropped + call('UNLINK', KEYS[i]) end
for i = 2, last do
  repeat
    local page = redis.pcall('SSCAN', KEYS[i], cursor, 'COUNT', budget)
    if repair(KEYS[i], page) then page = { '0', {} } end
    cursor = page[1]
    local members = page[2]
    for from = 1, #members, 500 do
      local to = math.min(from + 499, #members)
      local gone, out = {}, {}
      for j = from, to do
        local member = members[j]
        local value = string.match(member, mark)
        if not value then out[#out + 1] = member end
        if string.sub(member, 1, #ours) == ours then
          gone[#gone + 1] = member
          if value then gone[#gone + 1] = value end
        end
      end
      if #gone > 0 then dropped = dropped + call('UNLINK', unpack(gone)) end
      if #out > 0 then call('SREM', KEYS[i], unpack(out)) end
    end
    budget = budget - #members
    if budget <= 0 and (cursor ~= '0' or i < last) then
      if cursor == '0' then return { dropped, i + 1, '0' } end
      return { dropped, i, cursor }
    end
  until cursor == '0'
end
return { dropped, 0, '0' }
`,
};

/** The last entry of the log as `[id, writer]`; an empty log gets a first one. KEYS: log. ARGV: writer. */
export const POSITION = {
  source: `${REPAIR}
local last = redis.pcall('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)
if repair(KEYS[1], last) then last = {} end
if last[1] then return { last[1][1], last[1][2][2] } end
return { redis.call('XADD', KEYS[1], '*', 'by', ARGV[1]), ARGV[1] }
`,
};

/** The entries of the log from an id on. Clients never send a script to a replica. KEYS: log. ARGV: id, count. */
export const SINCE = { source: "return redis.call('XRANGE', KEYS[1], ARGV[1], '+', 'COUNT', ARGV[2])" };

/** Adds members to indexes. KEYS: indexes. ARGV: lifetime in ms, members. */
export const ADD = {
  source: `${INDEX}
local ttl = tonumber(ARGV[1])
for i = 1, #KEYS do index(KEYS[i], ttl, unpack(ARGV, 2)) end
return #KEYS
`,
};

/**
 * Renames a mark to its value key, unless the log has a new entry. KEYS: log, mark, value. ARGV: id and writer of the
 * entry up to which the log was read.
 */
export const PLACE = {
  source: `
local entries = redis.call('XRANGE', KEYS[1], ARGV[1], '+', 'COUNT', 2)
local first = entries[1]
if not first or first[1] ~= ARGV[1] or first[2][2] ~= ARGV[2] then return 'lost' end
if #entries > 1 then return 'behind' end
if redis.call('EXISTS', KEYS[2]) == 0 then return 'concerned' end
redis.call('RENAME', KEYS[2], KEYS[3])
return 'stored'
`,
};

/**
 * Cleans up after a store under a mark. KEYS: value, mark, indexes. ARGV: beginning of members, a random number.
 */
export const TIDY = {
  source: `${REAP}
redis.call('UNLINK', KEYS[2])
local isThere = redis.call('EXISTS', KEYS[1]) == 1
for i = 3, #KEYS do
  if isThere then redis.call('SADD', KEYS[i], KEYS[1]) else redis.call('SREM', KEYS[i], KEYS[1]) end
  redis.call('SREM', KEYS[i], KEYS[2])
  if i % 16 == 0 then reap(KEYS[i], ARGV[1], tonumber(ARGV[2])) end
end
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

/**
 * Makes values stale: each keeps less than its window, and readers take such a value for stale. Returns the number of
 * values that existed. KEYS: values. ARGV: the window of each, in ms.
 */
export const SOFTEN = {
  source: `
local there = 0
for i = 1, #KEYS do
  local left, most = redis.call('PTTL', KEYS[i]), math.max(1, tonumber(ARGV[i]) - 1)
  if left ~= -2 then there = there + 1 end
  if left == -1 or left > most then redis.call('PEXPIRE', KEYS[i], most) end
end
return there
`,
};
