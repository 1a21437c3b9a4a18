// @ts-check
/**
 * The invalidation log of this process, for backends that keep no streams. All caches over one client and prefix share
 * it: a Worker may make a cache for each request.
 */
import { Locks } from "./locks.js";
import { compareIds } from "./log.js";
import { sharedOf } from "./per-prefix.js";

/** @typedef {import("./log.js").Entry} Entry */
/** @typedef {import("./log.js").Log} Log */

/** Entries kept. A run that outlasts them is not stored. */
const LENGTH = 10_000;

/** For so long KV may not list what was written. Cloudflare speaks of a minute. */
const RECENT_MS = 120_000;

/** Names of keys that were written within the last two minutes, by what they belong to. */
export class RecentNames {
  /** In the order in which they were written. @type {Map<string, { set: string, member: string, at: number }>} */
  #names = new Map();
  /** @type {Map<string, Map<string, string>>} */
  #sets = new Map();

  /**
   * @param {string} set
   * @param {string} name
   * @param {string} member
   * @param {number} at milliseconds since the epoch
   */
  add(set, name, member, at) {
    for (const [old, entry] of this.#names) {
      if (at - entry.at < RECENT_MS) break;
      this.delete(old);
    }
    this.delete(name);
    this.#names.set(name, { set, member, at });
    const names = this.#sets.get(set) ?? new Map();
    this.#sets.set(set, names.set(name, member));
  }

  /** @param {string} name */
  delete(name) {
    const entry = this.#names.get(name);
    if (entry === undefined) return;
    this.#names.delete(name);
    const names = this.#sets.get(entry.set);
    names?.delete(name);
    if (names?.size === 0) this.#sets.delete(entry.set);
  }

  /** The sets that have names. */
  sets() {
    return [...this.#sets.keys()];
  }

  /** The names of a set, each with its member. @param {string} set */
  of(set) {
    return [...(this.#sets.get(set) ?? [])].map(([name, member]) => ({ name, member }));
  }
}

/**
 * The expiry of an index while stores add to it: the longest that one of them needs, in ms, and how many are under way.
 * @typedef {{ longest: number, underWay: number }} Expiry
 */

/** @implements {Log} */
export class OwnLog {
  /** The locks of value keys, and of indexes that are deleted. */
  locks = new Locks();
  /** The expiries that are being set, by index. @type {Map<string, Expiry>} */
  expiries = new Map();
  /** How many stores have begun, and how many of them are adding their value key to indexes. */
  stores = { begun: 0, adding: 0 };
  /** What was written within the last two minutes: Workers KV may not list it yet. */
  recent = new RecentNames();
  /** @type {Entry[]} */
  #entries = [{ id: "0-0", by: "", concerns: [] }];
  #next = 1;

  /** The last entry. */
  get end() {
    return /** @type {Entry} */ (this.#entries.at(-1));
  }

  /** @type {Log["position"]} */
  async position() {
    return this.end;
  }

  /** @type {Log["since"]} */
  async since(position) {
    const [first] = this.#entries;
    const isThere = compareIds(first.id, position.id) <= 0;
    const entries = isThere ? this.#entries.slice(Number(position.id.slice(2)) - Number(first.id.slice(2)) + 1) : [];
    return { isThere, isWhole: isThere, entries, end: this.end };
  }

  /** @type {Log["append"]} */
  async append(concerns) {
    const entry = { id: `0-${this.#next++}`, by: "", concerns };
    this.#entries.push(entry);
    if (this.#entries.length > LENGTH * 1.1) this.#entries.splice(0, this.#entries.length - LENGTH);
    return entry;
  }
}

/** @type {import("./per-prefix.js").PerPrefix<OwnLog>} */
const logs = new WeakMap();

/**
 * The log of a client and prefix, and whether it was made just now.
 * @param {object} client
 * @param {string} prefix
 */
export function ownLogOf(client, prefix) {
  const { shared: log, isNew } = sharedOf(logs, client, prefix, () => new OwnLog());
  return { log, isNew };
}
