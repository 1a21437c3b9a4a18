// @ts-check
/**
 * The scripts of the log, and what all scripts of the protocol have in common. Redis runs each as one step: nobody sees a
 * part of one, and no crash leaves one.
 *
 * Scripts take the real names of keys (`KEYS`) and cut off the prefix to get concerns, so that a client's own key prefix
 * changes nothing. They use commands of Redis 6.2 only. No script touches more than about a thousand keys: the server
 * does nothing else while a script runs.
 */
import { SLOTS } from "../connections/cluster-slot.js";
import { EVERYTHING, FUNCTION } from "./concerns.js";
import { LOG_LENGTH } from "./log.js";

/** Deletes a key that somebody has stored another type under. Any other error ends the script. */
export const REPAIR = `
local function repair(key, reply)
  if type(reply) ~= 'table' or not reply.err then return false end
  if not string.find(reply.err, 'WRONGTYPE', 1, true) then error(reply) end
  redis.call('UNLINK', key)
  return true
end
`;

/** Finds the value key in a mark; nil if it is none. Most value keys end with `]`, and the pattern takes long. */
export const MARK = `
local mark = '^(.*)~' .. string.rep('%w', 15) .. '[%w_-]?[%w_-]?[%w_-]?$'
local byte, match = string.byte, string.match
local function marked(member)
  if byte(member, -1) == 93 then return nil end
  return match(member, mark)
end
`;

/** The time of the server, in milliseconds since the epoch. */
export const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;

/**
 * The entries of the log from a position on; nil where the log does not have the position. The first field of an entry is
 * its writer. A key of another type counts as a log that is lost, never as one without entries.
 */
const SINCE_POSITION = `${REPAIR}
local function since(id, writer, count)
  local entries = redis.pcall('XRANGE', KEYS[1], id, '+', 'COUNT', count)
  if repair(KEYS[1], entries) then return nil end
  local first = entries[1]
  if first and first[1] == id and first[2][2] == writer then return entries end
  return nil
end
`;

/**
 * Ends the script if an entry of the log after the position concerns a value: if the two have a concern in common.
 *
 * KEYS: log, value, life, indexes, former indexes. ARGV: position's id, its writer, three that it does not read, number of
 * former indexes, length of the prefix, function name, two that it does not read, names that concern the value besides.
 */
export const CHECK = `${SINCE_POSITION}
local last = #KEYS - tonumber(ARGV[6])
local entries = since(ARGV[1], ARGV[2], 257)
if not entries then return 'lost' end
if #entries > 256 then return 'behind' end
if #entries > 1 then
  local names = { ['${EVERYTHING}'] = true, ['${FUNCTION}' .. ARGV[8]] = true }
  for i = 11, #ARGV do names[ARGV[i]] = true end
  for i = 2, last do names[string.sub(KEYS[i], ARGV[7] + 1)] = true end
  for i = 2, #entries do
    local fields = entries[i][2]
    for j = 3, #fields, 2 do
      if names[fields[j] .. ':' .. fields[j + 1]] then return 'concerned' end
    end
  end
end
`;

/**
 * Looks at the end of the log, and appends to it. Every entry carries the identity of the log, which each writer copies
 * from the last entry: a log with another identity, or without the entry that a process has seen last, has lost data.
 */
export const LOG = `${REPAIR}
-- The last entry (nil: none), the identity, and 'lost' if the log does not have the entry that was seen.
local function ending(writer, seenId, seenWriter, seenIdentity)
  local entries = redis.pcall('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)
  if repair(KEYS[1], entries) then entries = {} end
  local last = entries[1]
  if not last then return nil, 'n' .. writer, seenId == '' and '' or 'lost' end
  local fields = last[2]
  local identity = fields[3] == 'log' and fields[4] or ''
  if seenId == '' or (last[1] == seenId and fields[2] == seenWriter) then return last, identity, '' end
  local seen = redis.call('XRANGE', KEYS[1], seenId, seenId)[1]
  if seen and seen[2][2] == seenWriter then return last, identity, '' end
  if identity ~= seenIdentity then return last, identity, 'lost' end
  local first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
  local time, number = string.match(first[1], '(%d+)-(%d+)')
  local seenTime, seenNumber = string.match(seenId, '(%d+)-(%d+)')
  if time == seenTime then time, seenTime = number, seenNumber end
  return last, identity, tonumber(time) > tonumber(seenTime) and '' or 'lost'
end
-- A full server refuses it, but not after a command that makes room. There is nothing under 'nobody'.
local function append(nobody, writer, identity, ...)
  local id = redis.pcall('XADD', KEYS[1], 'MAXLEN', '~', ${LOG_LENGTH}, '*', 'by', writer, 'log', identity, ...)
  if type(id) ~= 'table' then return id end
  redis.call('UNLINK', nobody)
  return redis.call('XADD', KEYS[1], 'MAXLEN', '~', ${LOG_LENGTH}, '*', 'by', writer, 'log', identity, ...)
end
`;

/**
 * The last entry of the log as `[id, writer, identity, state]`; an empty log gets a first one.
 * KEYS: log. ARGV: writer, id, writer and identity of the entry seen last (empty: none).
 */
export const POSITION = {
  source: `${LOG}
local last, identity, state = ending(unpack(ARGV, 1, 4))
if last then return { last[1], last[2][2], identity, state } end
return { append(KEYS[1], ARGV[1], identity), ARGV[1], identity, state }
`,
};

/**
 * Appends an entry. Returns its `[id, writer, identity, state]`.
 * KEYS: log, a key beside it that is never there. ARGV: as of POSITION, a new identity (empty: the one of the log), pairs.
 */
export const APPEND = {
  source: `${LOG}
local _, identity, state = ending(unpack(ARGV, 1, 4))
if ARGV[5] ~= '' then identity = ARGV[5] end
return { append(KEYS[2], ARGV[1], identity, unpack(ARGV, 6)), ARGV[1], identity, state }
`,
};

/**
 * Begins a recovery in a Cluster of several slots: appends that everything is invalidated, under a new identity. No slot
 * has a witness any more. If a recovery goes on, its identity stays. Returns what APPEND returns.
 * KEYS: log, a key beside it that is never there, the slots with a witness. ARGV: as of POSITION, pairs.
 */
export const BEGIN_RECOVERY = {
  source: `${LOG}
local _, identity, state = ending(unpack(ARGV, 1, 4))
if string.sub(identity, 1, 1) ~= 'b' then
  identity = 'b' .. ARGV[1]
  redis.call('UNLINK', KEYS[3])
end
return { append(KEYS[2], ARGV[1], identity, unpack(ARGV, 5)), ARGV[1], identity, state }
`,
};

/**
 * Ends a recovery, unless another one has begun since. Returns what POSITION returns.
 * KEYS: log, a key beside it that is never there. ARGV: as of POSITION, the identity.
 */
export const END_RECOVERY = {
  source: `${LOG}
local last, identity, state = ending(unpack(ARGV, 1, 4))
local isSame = string.sub(identity, 2) == string.sub(ARGV[5], 2)
if last and not isSame then return { last[1], last[2][2], identity, state } end
if isSame then identity = 'r' .. string.sub(identity, 2) end
return { append(KEYS[2], ARGV[1], identity), ARGV[1], identity, state }
`,
};

/**
 * Puts slots on the map, which has two bits for each: `slot`, and `slot + 16384` once its witness was set. Answers for each: 0
 * if it was not on the map, so that the caller sets its witness; 1 if its witness is about to be set; 2 if it was set. Nothing
 * if the log has another identity by now.
 * KEYS: log, slots. ARGV: identity without its first letter, slots.
 */
export const ARM = {
  source: `${LOG}
local _, identity = ending('', '')
if string.sub(identity, 2) ~= ARGV[1] then return {} end
local states = {}
for i = 2, #ARGV do
  local was = redis.pcall('SETBIT', KEYS[2], ARGV[i], 1)
  if repair(KEYS[2], was) then was = redis.call('SETBIT', KEYS[2], ARGV[i], 1) end
  if was == 1 then was = 1 + redis.call('GETBIT', KEYS[2], ARGV[i] + ${SLOTS}) end
  states[#states + 1] = was
end
return states
`,
};

/**
 * Notes that slots have got their witnesses. Returns 0 if the log has another identity by now.
 * KEYS: log, slots. ARGV: identity without its first letter, slots.
 */
export const ARMED_NOW = {
  source: `${LOG}
local _, identity = ending('', '')
if string.sub(identity, 2) ~= ARGV[1] then return 0 end
for i = 2, #ARGV do redis.call('SETBIT', KEYS[2], ARGV[i] + ${SLOTS}, 1) end
return 1
`,
};

/** The identity of the log, and the bits of the slots that have got a witness, as hexadecimal text. KEYS: log, slots. */
export const MAP = {
  source: `${LOG}
local _, identity = ending('', '')
local map = redis.pcall('GETRANGE', KEYS[2], ${SLOTS / 8}, -1)
if repair(KEYS[2], map) then map = '' end
return { identity, (string.gsub(map, '.', function(byte) return string.format('%02x', string.byte(byte)) end)) }
`,
};

/** The entries of the log from a position on. Clients never send a script to a replica. KEYS: log. ARGV: id, writer, count. */
export const SINCE = {
  source: `${SINCE_POSITION}
return since(ARGV[1], ARGV[2], ARGV[3]) or {}
`,
};

/**
 * Renames a mark to its value key, unless the log has a new entry. KEYS: log, mark, value, former indexes. ARGV: id and
 * writer of the entry up to which the log was read.
 */
export const PLACE = {
  source: `${SINCE_POSITION}
local entries = since(ARGV[1], ARGV[2], 2)
if not entries then return 'lost' end
if #entries > 1 then return 'behind' end
if redis.call('EXISTS', KEYS[2]) == 0 then return 'gone' end
redis.call('RENAME', KEYS[2], KEYS[3])
for i = 4, #KEYS do redis.pcall('SREM', KEYS[i], KEYS[3]) end
return 'stored'
`,
};
