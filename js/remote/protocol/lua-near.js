// @ts-check
/**
 * The scripts of the near caches' leases.
 *
 * The registry is a hash: for each instance the end of its lease by the server's clock, the entry of the log up to which it
 * has applied everything, and `e` if invalidations wait for it. The witness is a key that holds the end of the last lease,
 * so that an invalidation can tell a registry that was lost from one that is empty. Where a registry was lost, the field
 * with the empty name holds the end of the leases that it may have had.
 */
import { LOG } from "./lua.js";

const COMMON = `
local call = redis.call
-- Milliseconds since the epoch.
local function clock()
  local time = call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
local function isBefore(a, b)
  local aTime, aNumber = string.match(a, '(%d+)-(%d+)')
  local bTime, bNumber = string.match(b, '(%d+)-(%d+)')
  if aTime ~= bTime then return tonumber(aTime) < tonumber(bTime) end
  return tonumber(aNumber) < tonumber(bNumber)
end
-- For how long leases may still run that were lost with the registry.
local function lostFor(registry, witness, now)
  local kind = call('TYPE', registry).ok
  if kind ~= 'hash' and kind ~= 'none' then call('UNLINK', registry) end
  local last
  if kind == 'hash' then last = call('HGET', registry, '')
  elseif call('TYPE', witness).ok == 'string' then last = call('GET', witness) end
  return math.max(0, (tonumber(last or 0) or 0) - now)
end
local function read(value)
  local last, applied, mode = string.match(value, '^(%d+) (%S+) (%a)$')
  return tonumber(last or 0), applied, mode
end
`;

/** Whom an invalidation waits for: for how long lost leases may run, and the names of the instances. */
export const HOLDERS = `${COMMON}
local function holders(registry, witness)
  if call('EXISTS', registry, witness) == 0 then return { 0 } end
  local now = clock()
  local names = { lostFor(registry, witness, now) }
  local fields = call('HGETALL', registry)
  for i = 1, #fields, 2 do
    local last, _, mode = read(fields[i + 1])
    if last > now and mode == 'e' then names[#names + 1] = fields[i] end
  end
  return names
end
`;

/**
 * Appends the concerns of an invalidation once more, when what they name is dropped. Returns what APPEND returns, and the
 * holders. KEYS: log, a key beside it that is never there, registry, witness. ARGV: as of POSITION, and the pairs.
 */
export const CLOSE = {
  source: `${LOG}${HOLDERS}
local _, identity, state = ending(unpack(ARGV, 1, 4))
local id = append(KEYS[2], ARGV[1], identity, unpack(ARGV, 5))
return { id, ARGV[1], identity, state, holders(KEYS[3], KEYS[4]) }
`,
};

/**
 * The instances that still hold a lease and have not applied an entry, behind the time for which lost leases may run.
 * KEYS: registry, witness. ARGV: the entry, names of instances.
 */
export const WAITING = {
  source: `${COMMON}
local now = clock()
local left = { lostFor(KEYS[1], KEYS[2], now) }
for i = 2, #ARGV do
  local value = call('HGET', KEYS[1], ARGV[i])
  if value then
    local last, applied = read(value)
    if last > now and isBefore(applied, ARGV[1]) then left[#left + 1] = ARGV[i] end
  end
end
return left
`,
};

/** Writes a lease. The registry and the witness expire a second after the last lease, so that they outlast it. */
const GRANT = `${COMMON}
local now = clock()
local function grant(applied)
  local last = now + tonumber(ARGV[2])
  call('HSET', KEYS[2], ARGV[1], string.format('%d %s %s', last, applied, ARGV[3]))
  local ends = tonumber(call('TYPE', KEYS[3]).ok == 'string' and call('GET', KEYS[3]) or 0) or 0
  ends = math.max(ends, last)
  call('SET', KEYS[3], string.format('%d', ends), 'PX', ends - now + 1000)
  if call('PTTL', KEYS[2]) < ends - now then call('PEXPIRE', KEYS[2], ends - now + 1000) end
end
`;

/**
 * Begins a lease. The caller holds nothing that is older. Returns the end of the log, or nothing where the log is empty.
 * KEYS: log, registry, witness. ARGV: instance, milliseconds, mode, the name that the instance had before.
 */
export const JOIN = {
  source: `${GRANT}
local entry = call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
if not entry then return {} end
local lost = lostFor(KEYS[2], KEYS[3], now)
if call('EXISTS', KEYS[2]) == 1 then
  local fields = call('HGETALL', KEYS[2])
  for i = 1, #fields, 2 do
    if fields[i] ~= '' and read(fields[i + 1]) <= now then call('HDEL', KEYS[2], fields[i]) end
  end
end
if ARGV[4] ~= '' then call('HDEL', KEYS[2], ARGV[4]) end
if lost > 0 then call('HSET', KEYS[2], '', string.format('%d', now + lost)) else call('HDEL', KEYS[2], '') end
grant(entry[1])
return { entry[1], entry[2][2] }
`,
};

/**
 * Renews a lease, and says how far its holder has applied the log. Returns the end of the log; `lapsed` where there is no
 * lease to renew; `lost` where the log is another one. The holder then drops what it holds.
 * KEYS: log, registry, witness. ARGV: instance, milliseconds, mode, the entry that is applied, id and writer of the entry
 * that was applied at the renewal before.
 */
export const RENEW = {
  source: `${GRANT}
local value = call('TYPE', KEYS[2]).ok == 'hash' and call('HGET', KEYS[2], ARGV[1])
if not value then return { 'lapsed' } end
if read(value) <= now then
  call('HDEL', KEYS[2], ARGV[1])
  return { 'lapsed' }
end
local before = redis.pcall('XRANGE', KEYS[1], ARGV[5], ARGV[5])
if before.err or not before[1] or before[1][2][2] ~= ARGV[6] then return { 'lost' } end
grant(ARGV[4])
local entry = call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
return { entry[1], entry[2][2] }
`,
};
