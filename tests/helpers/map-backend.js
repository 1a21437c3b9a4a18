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
