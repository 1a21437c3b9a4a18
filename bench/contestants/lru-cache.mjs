import { LRUCache } from "lru-cache";

/**
 * The floor: a bare LRU, with keys that are ready for single numbers and made by JSON.stringify for objects. No single
 * flight, no entities.
 */
export function make({ maxEntries }) {
  const entries = new LRUCache({ max: maxEntries, ttl: 3_600_000 });
  const keys = Array.from({ length: 100_000 }, (_, id) => `user:${id}`);
  return {
    wrap: (fn) => (arg) => {
      const key = typeof arg === "number" ? (keys[arg] ?? `user:${arg}`) : JSON.stringify(arg);
      return entries.get(key) ?? fill(key, fn, arg);
    },
  };

  async function fill(key, fn, arg) {
    const value = await fn(arg);
    entries.set(key, value);
    return value;
  }
}
