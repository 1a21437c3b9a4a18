// @ts-check
/**
 * The backend in memory, as users hold it: it opens the store of a cache, and has commands for keys set by hand.
 *
 * Cached calls do not go through the commands. What is set by hand stands beside them, within the same bounds. A cached
 * call has the name here that it would have in Redis: `keys` lists calls and their indexes, `get` gives the text of
 * one, `delete` drops one, `smembers` of an index names its calls. To find one by its name the core looks at all calls
 * of its function, so this is for tests and for looking around.
 */

import { NONE } from "../boundary/numbers.js";
import { bytesOf } from "../boundary/realms.js";
import { hasLoneSurrogate, wellFormed } from "../boundary/well-formed.js";
import { Broadcast } from "../memory/broadcast.js";
import { Hot, sharedOf } from "../memory/hot.js";
import { Names } from "../memory/names.js";
import { ByHand, Slots } from "../memory/slots.js";
import { MemoryStore } from "../memory/store.js";
import { ConfigError, refuse } from "../messages/errors.js";

/** @typedef {string | Uint8Array} Stored */

const DEFAULTS = { maxEntries: 100_000, maxBytes: Number.POSITIVE_INFINITY, values: "copy" };
const FOR_GOOD = Number.POSITIVE_INFINITY;
const MS_PER_SECOND = 1000;

/** The base of every entry's `MemoryBackend`, which knows the core. */
export class BaseMemoryBackend {
  /** Tells js/backends/detect.js that there is nothing to adapt, across copies of the package too. @readonly */
  isCacheBackend = true;
  /** The clock of keys set by hand: that of the first cache. Each cache judges its own entries by its own clock. @type {(() => number) | undefined} */
  #clock;
  #names;

  /**
   * @param {import("../boundary/core.js").Core} core
   * @param {object} [options]
   */
  constructor(core, options) {
    /** Whether anybody has made a set by hand, which may be an index. */
    this.hasSets = false;
    /** The entries, which all caches on this backend share. */
    this.slots = new Slots(core, readOptions(options));
    this.#names = new Names(this.slots);
  }

  /**
   * The store of a cache on this backend.
   * @param {import("../functions/context.js").Context} context
   */
  open(context) {
    if (context.options.near !== undefined)
      throw new ConfigError("ERR_CACHEREF_OPTION", "near is memory in front of Redis; a MemoryBackend needs none");
    if (context.core !== this.slots.core)
      throw new ConfigError(
        "ERR_CACHEREF_BACKEND",
        "backend is a MemoryBackend of another entry of the package: import EntityCache and MemoryBackend from the same one",
      );
    this.#clock ??= context.clock;
    const store = new MemoryStore(context, this.slots, this);
    if (context.options.broadcast !== undefined) {
      store.feed = new Broadcast(context, (targets) => store.drop(targets));
    }
    return store;
  }

  /**
   * Gives memory back when the only cache on this backend is closed.
   * @param {import("../functions/context.js").Context} context of that cache
   */
  release(context) {
    try {
      if (this.slots.free()) context.functions.forgetStore();
    } catch (error) {
      context.failed("giving memory back", error);
    }
  }

  /**
   * The value under a key, or `null`.
   * @param {string} key
   * @returns {Stored | null}
   */
  get(key) {
    const slot = this.#find(key);
    if (slot === NONE) return null;
    const { slots } = this;
    const value = slots.value(slot);
    const isByHand = value instanceof ByHand;
    if (isByHand && value.value instanceof Set) throw wrongType(key);
    slots.touch(slot);
    // Where values are shared, a cached call has its result here, and no payload.
    if (value instanceof Hot || (!isByHand && slots.sharesValues)) return JSON.stringify(sharedOf(value)) ?? null;
    const stored = /** @type {Stored} */ (isByHand ? value.value : value);
    // A copy: the bytes that are kept do not change when somebody writes to theirs.
    return typeof stored === "string" ? stored : stored.slice();
  }

  /**
   * @param {string} key
   * @param {Stored} value
   * @param {number} [expire] in seconds
   */
  set(key, value, expire) {
    const kept = bytesOf(value)?.slice() ?? String(value);
    this.#put(key, kept, expire === undefined ? FOR_GOOD : this.#now() + expire * MS_PER_SECOND);
    return "OK";
  }

  /**
   * @param {string} key
   * @param {number} seconds
   * @param {Stored} value
   */
  setex(key, seconds, value) {
    return this.set(key, value, seconds);
  }

  /**
   * Drops keys, and returns how many there were.
   * @param {...string} keys
   */
  delete(...keys) {
    let count = 0;
    for (const key of keys) {
      const slot = this.#find(key);
      if (slot === NONE) continue;
      count += this.slots.dropSlot(slot, this.#now());
      this.slots.forget();
    }
    return count;
  }

  /**
   * The keys that match a pattern, as Redis matches it.
   * @param {string} pattern
   * @returns {string[]}
   */
  keys(pattern) {
    return this.scan(0, { match: pattern, count: Number.POSITIVE_INFINITY }).keys;
  }

  /**
   * Some of the keys that match a pattern: those in the next `count` places. A scan begins with cursor 0, and is over
   * when the answer has cursor 0 again. A key that exists during the whole scan is returned.
   * @param {number} cursor
   * @param {{ match?: string, count?: number }} [options]
   * @returns {{ cursor: number, keys: string[] }}
   */
  scan(cursor, { match = "*", count = 10 } = {}) {
    return this.#names.scan(match, cursor, count, this.#now());
  }

  /**
   * Adds members to a set, and returns how many are new.
   * @param {string} key
   * @param {...string} members
   */
  sadd(key, ...members) {
    const { set, expires } = this.#set(key);
    const before = set.size;
    this.hasSets = true;
    for (const member of members) set.add(String(member));
    if (set.size > before) this.#put(key, set, expires);
    return set.size - before;
  }

  /**
   * Removes members from a set, and returns how many there were. A set without members is gone.
   * @param {string} key
   * @param {...string} members
   */
  srem(key, ...members) {
    const { set, expires } = this.#set(key);
    const before = set.size;
    for (const member of members) set.delete(String(member));
    if (set.size === 0) this.delete(key);
    else if (set.size < before) this.#put(key, set, expires);
    return before - set.size;
  }

  /**
   * The members of a set; of an index, the keys of the cached calls that it lists as well.
   * @param {string} key
   * @returns {string[]}
   */
  smembers(key) {
    const { set } = this.#set(key);
    return [...new Set([...set, ...this.#names.members(nameOf(key), this.#now())])];
  }

  /**
   * Lets a key expire in so many seconds. Returns 1 if it is there, else 0.
   * @param {string} key
   * @param {number} seconds
   */
  expire(key, seconds) {
    if (seconds <= 0) return this.delete(key);
    const slot = this.#find(key);
    if (slot === NONE) return 0;
    this.slots.expire(slot, this.#now() + seconds * MS_PER_SECOND);
    return 1;
  }

  /**
   * The seconds until a key expires; -1 if it never does, -2 if it is not there.
   * @param {string} key
   */
  ttl(key) {
    const slot = this.#find(key);
    if (slot === NONE) return -2;
    const left = this.slots.expiresIn(slot, this.#now());
    return left === FOR_GOOD ? -1 : Math.round(left / MS_PER_SECOND);
  }

  /**
   * Drops the set under a key and the keys that it lists, and returns how many of those there were.
   * @param {string} key
   */
  dropMembers(key) {
    const set = this.#setIn(this.#find(key));
    if (set === undefined) return 0;
    this.delete(key);
    return this.delete(...set);
  }

  /** Commands that are carried out together, by `execute()`, which answers with their replies in order. */
  pipeline() {
    return new Pipeline(this);
  }

  #now() {
    return this.#clock === undefined ? Date.now() : this.#clock();
  }

  /** @param {string} key */
  #find(key) {
    return this.#names.find(nameOf(key), this.#now());
  }

  /**
   * @param {string} key
   * @param {Stored | Set<string>} value
   * @param {number} expires
   */
  #put(key, value, expires) {
    this.slots.put(nameOf(key), value, sizeOfStored(value), this.#now(), expires);
  }

  /**
   * The set under a key, and until when it is there.
   * @param {string} key
   * @returns {{ set: Set<string>, expires: number }}
   */
  #set(key) {
    const slot = this.#find(key);
    if (slot === NONE) return { set: new Set(), expires: FOR_GOOD };
    const set = this.#setIn(slot);
    if (set === undefined) throw wrongType(key);
    const now = this.#now();
    return { set, expires: now + this.slots.expiresIn(slot, now) };
  }

  /**
   * The set by hand in a slot. The result of a call may be a Set too, and is none.
   * @param {number} slot
   * @returns {Set<string> | undefined}
   */
  #setIn(slot) {
    const value = slot === NONE ? undefined : this.slots.value(slot);
    return value instanceof ByHand && value.value instanceof Set ? value.value : undefined;
  }
}

/** @param {string} key */
function nameOf(key) {
  const name = String(key);
  return hasLoneSurrogate(name) ? wellFormed(name) : name;
}

/** @param {Stored | Set<string>} value */
function sizeOfStored(value) {
  if (!(value instanceof Set)) return value.length;
  let size = 0;
  for (const member of value) size += member.length;
  return size;
}

/** @param {string} key */
function wrongType(key) {
  return new TypeError(`WRONGTYPE ${key} holds the wrong kind of value for this command`);
}

class Pipeline {
  #backend;
  /** @type {(() => unknown)[]} */
  #commands = [];

  /** @param {BaseMemoryBackend} backend */
  constructor(backend) {
    this.#backend = backend;
    for (const name of /** @type {const} */ ([
      "get",
      "set",
      "setex",
      "delete",
      "keys",
      "sadd",
      "srem",
      "smembers",
      "expire",
      "ttl",
    ])) {
      /** @type {any} */ (this)[name] = (/** @type {unknown[]} */ ...args) => {
        this.#commands.push(() => /** @type {any} */ (this.#backend)[name](...args));
        return this;
      };
    }
  }

  execute() {
    const commands = this.#commands;
    this.#commands = [];
    return commands.map((command) => command());
  }
}

/**
 * @param {any} given
 * @returns {{ maxEntries: number, maxBytes: number, values: "copy" | "shared" | "frozen" }}
 */
export function readOptions(given = {}) {
  if (given === null || typeof given !== "object") refuse("MemoryBackend's argument", "an object of options", given);
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(DEFAULTS, name));
  if (unknown !== undefined) {
    refuse("an option of MemoryBackend", `one of ${Object.keys(DEFAULTS).join(", ")}`, unknown);
  }
  const { maxEntries, maxBytes, values } = /** @type {any} */ ({ ...DEFAULTS, ...definedOf(given) });
  if (maxEntries !== Number.POSITIVE_INFINITY && !(Number.isInteger(maxEntries) && maxEntries >= 1))
    refuse("maxEntries", "a whole number >= 1, or Infinity", maxEntries);
  // It may be a fraction, as a share of the memory is.
  if (!(typeof maxBytes === "number" && maxBytes >= 1)) refuse("maxBytes", "a number >= 1, or Infinity", maxBytes);
  if (!["copy", "shared", "frozen"].includes(values)) refuse("values", '"copy", "shared" or "frozen"', values);
  return { maxEntries, maxBytes, values };
}

/** @param {object} given */
function definedOf(given) {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}
