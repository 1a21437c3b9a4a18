// @ts-check
/** The scripts of the plain form, each on keys of one slot. */
import { REPAIR } from "./lua.js";

/**
 * Adds members to an index, which loses the expiry that an earlier version has left. Most have none, and PERSIST must not
 * come first then: a server that is full would accept what follows. KEYS: index. ARGV: members.
 */
export const ADD_TO_INDEX = {
  source: `${REPAIR}
if redis.call('PTTL', KEYS[1]) > 0 then redis.call('PERSIST', KEYS[1]) end
if repair(KEYS[1], redis.pcall('SADD', KEYS[1], unpack(ARGV))) then redis.call('SADD', KEYS[1], unpack(ARGV)) end
return 1
`,
};

/**
 * Puts the value key in the place of the mark if the value was stored. Returns 1 if the index has lost the mark: an
 * invalidation may have looked at it between the look at the log and the renaming, which are two commands here. KEYS: index,
 * its walk lock. ARGV: what became of the store, mark, value.
 */
export const TIDY_INDEX = {
  source: `
local isLost = 0
if ARGV[1] == 'stored' then
  if redis.call('SISMEMBER', KEYS[1], ARGV[2]) == 1 then redis.call('SADD', KEYS[1], ARGV[3]) else isLost = 1 end
end
if redis.call('EXISTS', KEYS[2]) == 0 then redis.call('SREM', KEYS[1], ARGV[2]) end
return isLost
`,
};

/**
 * Puts a mark in the place of each value key that an index lists, unless somebody walks through the index. Returns for
 * each whether it has. KEYS: index, its walk lock. ARGV: mark, value, mark, value…
 */
export const DOUBT = {
  source: `
local isWalked, swapped = redis.call('EXISTS', KEYS[2]) == 1, {}
for i = 1, #ARGV, 2 do
  local isListed = not isWalked and redis.call('SISMEMBER', KEYS[1], ARGV[i + 1]) == 1
  if isListed then
    redis.call('SADD', KEYS[1], ARGV[i])
    redis.call('SREM', KEYS[1], ARGV[i + 1])
  end
  swapped[#swapped + 1] = isListed and 1 or 0
end
return swapped
`,
};

/** Removes members unless somebody walks through the index. KEYS: index, its walk lock. ARGV: members. */
export const REMOVE = {
  source: `
if redis.call('EXISTS', KEYS[2]) == 1 then return 0 end
return redis.call('SREM', KEYS[1], unpack(ARGV))
`,
};

/** The indexes whose end has passed, each with its end. KEYS: life. ARGV: now, the most. */
export const DUE = {
  source: `${REPAIR}
local due = redis.pcall('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'WITHSCORES', 'LIMIT', 0, ARGV[2])
if repair(KEYS[1], due) then return {} end
return due
`,
};

/** Removes an index from `life` unless it was made anew, which changes its end. KEYS: life. ARGV: end, index. */
export const FORGET = {
  source: `
if redis.call('ZSCORE', KEYS[1], ARGV[2]) ~= ARGV[1] then return 0 end
return redis.call('ZREM', KEYS[1], ARGV[2])
`,
};
