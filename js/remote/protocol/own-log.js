// @ts-check
/**
 * The invalidation log of this process, for backends that keep no streams. All caches over one client and prefix share
 * it: a Worker may make a cache for each request.
 */
import { compareIds } from "./log.js";

/** @typedef {import("./log.js").Entry} Entry */
/** @typedef {import("./log.js").Log} Log */

/** Entries kept. A run that outlasts them is not stored. */
const LENGTH = 10_000;

/** @implements {Log} */
export class OwnLog {
  /** Writes of values that have passed their check. @type {Set<Promise<unknown>>} */
  writes = new Set();
  /** How many stores have begun, and how many of them are under way. */
  stores = { begun: 0, underWay: 0 };
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

  /**
   * Waits for the writes that have passed their check: the invalidation drops what they write.
   * @type {Log["append"]}
   */
  async append(concerns) {
    const entry = { id: `0-${this.#next++}`, by: "", concerns };
    this.#entries.push(entry);
    if (this.#entries.length > LENGTH * 1.1) this.#entries.splice(0, this.#entries.length - LENGTH);
    await Promise.allSettled(this.writes);
    return entry;
  }
}

/** By client, then by prefix. @type {WeakMap<object, Map<string, OwnLog>>} */
const logs = new WeakMap();

/**
 * The log of a client and prefix, and whether it was made just now.
 * @param {object} client
 * @param {string} prefix
 */
export function ownLogOf(client, prefix) {
  const ofClient = logs.get(client) ?? new Map();
  logs.set(client, ofClient);
  const known = ofClient.get(prefix);
  const log = known ?? new OwnLog();
  ofClient.set(prefix, log);
  return { log, isNew: known === undefined };
}
