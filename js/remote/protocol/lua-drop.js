// @ts-check
/** The scripts that drop values, and those that read indexes for it. */
import { LOG, MARK, REPAIR } from "./lua.js";
import { HOLDERS } from "./lua-near.js";

/**
 * Appends an entry to the log (where one is given) and deletes values: those named, and those that the indexes list, up
 * to a budget of members. Returns the number of values deleted, the place among the indexes to continue at (0: done), the
 * cursor, and where there is an entry its id, identity and state in one text, and whom the invalidation waits for.
 *
 * KEYS: log, life, indexes, values. ARGV: number of values, budget, cursor, beginning of members; with an entry also the
 * arguments of POSITION and the pairs.
 *
 * A cursor means nothing after a restart of the server, or in another server. So an index is done only when one script has
 * walked it from its beginning to its end.
 *
 * It removes members page by page, and the index as a whole only where one page has all members: what a writer has added
 * meanwhile stays. A mark stays too: it may stand for a value that its owner is about to write. Values are deleted before
 * members: if a slot that is on the move ends the script half way, the next attempt finds what is still listed.
 */
export const DROP = {
  source: `${LOG}${MARK}${HOLDERS}
local call, sub = redis.call, string.sub
local budget, cursor, ours = tonumber(ARGV[2]), ARGV[3], ARGV[4]
-- Nothing is ever stored under it. A slot that is being imported answers a command of one key as if it had all keys of the
-- slot, and refuses one of two keys until it has them.
local nobody = sub(ours, 1, #ours - 2) .. 'w:'
local entry, near = '', {}
if #ARGV > 4 then
  local _, identity, state = ending(unpack(ARGV, 5, 8))
  local id = append(nobody, ARGV[5], identity, unpack(ARGV, 9))
  entry = id .. ' ' .. identity .. ' ' .. state
  -- Beside the log, without its three letters.
  local beside = sub(KEYS[1], 1, -4)
  near = holders(beside .. 'near', beside .. 'near~')
end
local last, dropped = #KEYS - tonumber(ARGV[1]), 0
for i = last + 1, #KEYS do dropped = dropped + call('UNLINK', KEYS[i], nobody) end
local function answer(place, cursor)
  return { dropped, place, cursor, entry, unpack(near) }
end
local isWhole, length = cursor == '0', #ours
for i = 3, last do
  local index, isFirst, isGone = KEYS[i], isWhole, false
  repeat
    local page = redis.pcall('SSCAN', index, cursor, 'COUNT', budget)
    if repair(index, page) then page = { '0', {} } end
    cursor = page[1]
    local members, out = page[2], 0
    local isOnly = isFirst and cursor == '0'
    isFirst = false
    for from = 1, #members, 500 do
      local to = math.min(from + 499, #members)
      -- Counted, because Lua searches for the end of a table.
      local gone, removed, goneCount, removedCount = {}, {}, 0, 0
      for j = from, to do
        local member = members[j]
        local value = byte(member, -1) ~= 93 and match(member, mark)
        if not value then
          removedCount = removedCount + 1
          removed[removedCount] = member
        end
        if sub(member, 1, length) == ours then
          goneCount = goneCount + 1
          gone[goneCount] = member
          if value then
            goneCount = goneCount + 1
            gone[goneCount] = value
          end
        end
      end
      out = out + removedCount
      gone[goneCount + 1] = nobody
      dropped = dropped + call('UNLINK', unpack(gone))
      -- It takes the server less to delete the index, if these are all of its members.
      isGone = isOnly and to == #members and out == to
      if isGone then call('DEL', index) elseif removedCount > 0 then call('SREM', index, unpack(removed)) end
    end
    if isGone then redis.pcall('ZREM', KEYS[2], index) end
    if cursor == '0' and not isGone and (#members > 0 or not isOnly) and call('EXISTS', index) == 0 then
      redis.pcall('ZREM', KEYS[2], index)
    end
    budget = budget - out
    if budget <= 0 and (cursor ~= '0' or i < last) then
      if cursor == '0' then return answer(isWhole and i - 1 or i - 2, '0') end
      return answer(i - 2, cursor)
    end
  until cursor == '0'
  if not isWhole then return answer(i - 2, '0') end
end
return answer(0, '0')
`,
};

/**
 * Makes values stale: each keeps less than its window, and gets a header with the window, so that readers with
 * another window do not take it for fresh. It ends when it has read so many bytes: Lua copies and hashes each value. Returns
 * how many of the values existed, and how many it has looked at, at least one.
 * KEYS: values. ARGV: the most bytes, the window of each value in ms.
 */
export const SOFTEN = {
  source: `
local header = '\\1soft:'
local there, bytes, most = 0, 0, tonumber(ARGV[1])
for i = 1, #KEYS do
  local window = ARGV[i + 1]
  local left, longest = redis.call('PTTL', KEYS[i]), math.max(1, math.ceil(tonumber(window)) - 1)
  if left ~= -2 then there = there + 1 end
  if left == -1 or left > longest then left = longest end
  local value = left > 0 and redis.pcall('GET', KEYS[i])
  if type(value) == 'string' then
    bytes = bytes + #value
    if string.sub(value, 1, #header) ~= header then value = header .. window .. ':' .. value end
    redis.call('SET', KEYS[i], value, 'PX', left)
  end
  if bytes >= most then return { there, i } end
end
return { there, #KEYS }
`,
};

/**
 * A page of an index: its members, the next cursor, the walk lock, and the run id of the server. A small index comes in one
 * page. While the walk lock is there, nobody removes members: SSCAN promises only those that are there all the while. The
 * walk begins anew if the lock has expired since the page before, or the server is another run.
 * KEYS: index, its walk lock. ARGV: cursor, the lock and the run id of the page before, a token for a new lock.
 */
export const PAGE = {
  source: `${REPAIR}
local index, lock, cursor = KEYS[1], KEYS[2], ARGV[1]
local size = redis.pcall('SCARD', index)
if repair(index, size) then size = 0 end
if cursor == '0' and size <= 1000 then return { redis.call('SMEMBERS', index), '0', '', '' } end
local info = redis.pcall('INFO', 'server')
local run = type(info) == 'string' and string.match(info, 'run_id:(%w+)') or ''
local held = redis.call('GET', lock)
if cursor ~= '0' and (held ~= ARGV[2] or run ~= ARGV[3]) then cursor = '0' end
if held then redis.call('PEXPIRE', lock, 60000)
else
  held = ARGV[4]
  -- Nothing is there. A full server refuses SET, but not after a command that makes room.
  redis.call('UNLINK', lock)
  redis.call('SET', lock, held, 'PX', 60000)
end
local page = redis.call('SSCAN', index, cursor, 'COUNT', 500)
return { page[2], page[1], held, run }
`,
};
