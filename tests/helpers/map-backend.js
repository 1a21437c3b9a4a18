// The smallest backend that a user can write: a Map, and the methods that a backend must have.

import { readGlob } from "../../js/remote/connections/glob.js";

export function mapBackend() {
  /** @type {Map<string, any>} */
  const map = new Map();
  return {
    map,
    async get(/** @type {string} */ key) {
      return map.get(key) ?? null;
    },
    async set(/** @type {string} */ key, /** @type {unknown} */ value) {
      map.set(key, value);
    },
    async setex(/** @type {string} */ key, /** @type {number} */ _seconds, /** @type {unknown} */ value) {
      map.set(key, value);
    },
    async delete(/** @type {string[]} */ ...keys) {
      return keys.filter((key) => map.delete(key)).length;
    },
    async keys(/** @type {string} */ pattern) {
      const { matches } = readGlob(pattern);
      return [...map.keys()].filter(matches);
    },
    async sadd(/** @type {string} */ key, /** @type {string[]} */ ...members) {
      const set = map.get(key) ?? new Set();
      const before = set.size;
      for (const member of members) set.add(member);
      map.set(key, set);
      return set.size - before;
    },
    async smembers(/** @type {string} */ key) {
      return [...(map.get(key) ?? [])];
    },
    async expire() {
      return 1;
    },
  };
}

/**
 * The same with entries that expire by `clock`, and with `pttl`, which says how long an entry has left.
 * @param {() => number} clock
 */
export function expiringBackend(clock) {
  const backend = mapBackend();
  /** @type {Map<string, number>} */
  const ends = new Map();
  const isOver = (/** @type {string} */ key) => clock() >= (ends.get(key) ?? Number.POSITIVE_INFINITY);
  return {
    ...backend,
    async get(/** @type {string} */ key) {
      return isOver(key) ? null : backend.get(key);
    },
    async set(/** @type {string} */ key, /** @type {unknown} */ value) {
      ends.delete(key);
      return backend.set(key, value);
    },
    async setex(/** @type {string} */ key, /** @type {number} */ seconds, /** @type {unknown} */ value) {
      ends.set(key, clock() + seconds * 1000);
      return backend.set(key, value);
    },
    async pttl(/** @type {string} */ key) {
      if (isOver(key) || !backend.map.has(key)) return -2;
      const end = ends.get(key);
      return end === undefined ? -1 : end - clock();
    },
  };
}
