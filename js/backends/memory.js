// @ts-check
/**
 * The backend in memory, as an object with the methods of a backend.
 *
 * Cached calls do not go through these commands: js/memory/store.js works on the same store directly. What is set by hand lives
 * beside them, under the same bounds. Cached calls are seen by the names that they would have in Redis: `keys` lists
 * them and their indexes, `get` gives the text of one, `delete` drops one, `smembers` of an index names its calls. To
 * find one by its name, all calls of its function are looked at: this is for tests and for looking around.
 */

import { NONE } from "../boundary/numbers.js";
import { hasLoneSurrogate, wellFormed } from "../boundary/well-formed.js";
import { writeArguments } from "../keys/arguments.js";
import { propertyNames } from "../keys/property-names.js";
import { BroadcastStore } from "../memory/broadcast.js";
import { MemoryStore } from "../memory/slots.js";
import { LocalStore } from "../memory/store.js";
import { ConfigError, describe } from "../messages/errors.js";

/** @typedef {string | Uint8Array} Stored */

const DEFAULTS = { maxEntries: 100_000, maxBytes: Number.POSITIVE_INFINITY, values: "copy" };
const FOR_GOOD = Number.POSITIVE_INFINITY;
const MS_PER_SECOND = 1000;

/** The base of every entry's `MemoryBackend`, which knows the core. */
export class BaseMemoryBackend {
  /** Tells js/backends/detect.js that there is nothing to adapt, across copies of the package too. @readonly */
  isCacheBackend = true;
  #core;
  /** How many names of properties were told to the core, and which. */
  #names = 0;
  #generation = -1;

  /**
   * @param {import("../boundary/core.js").Core} core
   * @param {object} [options]
   */
  constructor(core, options) {
    this.#core = core;
    /** Whether anybody has made a set by hand, which may be an index. */
    this.hasSets = false;
    /** What js/memory/store.js works on. */
    this.store = new MemoryStore(core, readOptions(options));
  }

  /**
   * The store of a cache whose backend this is.
   * @param {import("../functions/context.js").Context} context
   * @returns {import("../functions/store.js").Store}
   */
  open(context) {
    const store = new LocalStore(context, this);
    if (context.options.broadcast === undefined) return store;
    return new BroadcastStore(store, context);
  }

  /**
   * The value under a key, or `null`.
   * @param {string} key
   * @returns {Stored | null}
   */
  get(key) {
    const slot = this.#find(key);
    if (slot === NONE) return null;
    const value = this.store.value(slot);
    if (value instanceof Set) throw wrongType(key);
    this.store.touch(slot);
    if (typeof value === "string") return value;
    // A copy: the bytes that are kept do not change when somebody writes to theirs.
    if (value instanceof Uint8Array) return value.slice();
    return JSON.stringify(value) ?? null;
  }

  /**
   * @param {string} key
   * @param {Stored} value
   * @param {number} [expire] in seconds
   */
  set(key, value, expire) {
    const kept = value instanceof Uint8Array ? value.slice() : String(value);
    const { store } = this;
    this.#put(key, kept, expire === undefined ? FOR_GOOD : store.clock() + expire * MS_PER_SECOND);
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
    const { store } = this;
    let count = 0;
    for (const key of keys) {
      const slot = this.#find(key);
      if (slot === NONE) continue;
      count += this.#core.exports.storeInvalidateSlot(store.handle, slot, store.clock());
      store.forget();
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
   * Some of the keys that match a pattern: those in the next `count` places. It begins with cursor 0 and has seen
   * everything when it answers with that again. What is there all the while is met.
   * @param {number} cursor
   * @param {{ match?: string, count?: number }} [options]
   * @returns {{ cursor: number, keys: string[] }}
   */
  scan(cursor, { match = "*", count = 10 } = {}) {
    const { store } = this;
    this.#tellNames();
    const { handle } = store;
    const length = this.#core.writeText(match);
    return JSON.parse(this.#core.readText(this.#core.exports.storeScan(handle, length, cursor, count, store.clock())));
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
    const { store } = this;
    const { set } = this.#set(key);
    this.#tellNames();
    const { handle } = store;
    const length = this.#writeName(key);
    const calls = JSON.parse(this.#core.readText(this.#core.exports.storeMembers(handle, length, store.clock())));
    return [...new Set([...set, ...calls])];
  }

  /**
   * Lets a key expire in so many seconds. Returns 1 if it is there, else 0.
   * @param {string} key
   * @param {number} seconds
   */
  expire(key, seconds) {
    const { store } = this;
    if (seconds <= 0) return this.delete(key);
    const slot = this.#find(key);
    if (slot === NONE) return 0;
    this.#core.exports.storeExpire(store.handle, slot, store.clock() + seconds * MS_PER_SECOND);
    store.soften();
    return 1;
  }

  /**
   * The seconds until a key expires; -1 if it never does, -2 if it is not there.
   * @param {string} key
   */
  ttl(key) {
    const { store } = this;
    const slot = this.#find(key);
    if (slot === NONE) return -2;
    const left = this.#core.exports.storeExpiresIn(store.handle, slot, store.clock());
    return left === FOR_GOOD ? -1 : Math.round(left / MS_PER_SECOND);
  }

  /**
   * Drops what was added by hand to an index, and returns how many keys that were.
   * @param {string} key
   */
  dropMembers(key) {
    const slot = this.#find(key);
    const set = slot === NONE ? undefined : this.store.value(slot);
    if (!(set instanceof Set)) return 0;
    this.delete(key);
    return this.delete(...set);
  }

  /** Commands that are carried out together, by `execute()`, which answers with their replies in order. */
  pipeline() {
    return new Pipeline(this);
  }

  /** @param {string} key */
  #find(key) {
    const { store } = this;
    this.#tellNames();
    const { handle } = store;
    return this.#core.exports.storeFind(handle, this.#writeName(key), store.clock());
  }

  /**
   * @param {string} key
   * @param {Stored | Set<string>} value
   * @param {number} expires
   */
  #put(key, value, expires) {
    const { store } = this;
    store.settle();
    const { handle } = store;
    const length = this.#writeName(key);
    const slot = this.#core.exports.storePut(handle, length, store.clock(), expires, sizeOfStored(value));
    store.forget();
    if (slot !== NONE) store.keep(slot, value);
  }

  /**
   * The set under a key, and until when it is there.
   * @param {string} key
   * @returns {{ set: Set<string>, expires: number }}
   */
  #set(key) {
    const { store } = this;
    const slot = this.#find(key);
    if (slot === NONE) return { set: new Set(), expires: FOR_GOOD };
    const set = store.value(slot);
    if (!(set instanceof Set)) throw wrongType(key);
    const now = store.clock();
    return { set, expires: now + this.#core.exports.storeExpiresIn(store.handle, slot, now) };
  }

  /** @param {string} key */
  #writeName(key) {
    const name = String(key);
    return this.#core.writeText(hasLoneSurrogate(name) ? wellFormed(name) : name);
  }

  /** Tells the core the names of properties, which stand as numbers in the keys of cached calls. */
  #tellNames() {
    const core = this.#core;
    const names = propertyNames();
    if (names.length === this.#names && core.generation === this.#generation) return;
    this.#names = names.length;
    this.#generation = core.generation;
    core.exports.storeNames(/** @type {number} */ (writeArguments(core, names, false)));
  }
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
 * @returns {{ maxEntries: number, maxBytes: number, values: "copy" | "shared" }}
 */
function readOptions(given = {}) {
  if (given === null || typeof given !== "object")
    throw misuse("MemoryBackend's argument", "an object of options", given);
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(DEFAULTS, name));
  if (unknown !== undefined) {
    throw misuse("an option of MemoryBackend", `one of ${Object.keys(DEFAULTS).join(", ")}`, unknown);
  }
  const { maxEntries, maxBytes, values } = /** @type {any} */ ({ ...DEFAULTS, ...definedOf(given) });
  for (const [name, value] of Object.entries({ maxEntries, maxBytes })) {
    if (typeof value !== "number" || !(value >= 1)) throw misuse(name, "a number >= 1, or Infinity", value);
  }
  if (values !== "copy" && values !== "shared") throw misuse("values", '"copy" or "shared"', values);
  return { maxEntries, maxBytes, values };
}

/** @param {object} given */
function definedOf(given) {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/**
 * @param {string} what
 * @param {string} allowed
 * @param {unknown} value
 */
function misuse(what, allowed, value) {
  return new ConfigError("ERR_CACHEREF_OPTION", `${what} must be ${allowed}, got ${describe(value)}`);
}
