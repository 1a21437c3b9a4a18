import { LRUCache } from "lru-cache";

/** The floor: a bare LRU. The key is the argument. */
export function make({ maxEntries }) {
  const wrap = (fn) => {
    const entries = new LRUCache({ max: maxEntries });
    return (arg) => {
      const known = entries.get(arg);
      if (known !== undefined) return known;
      const value = fn(arg);
      entries.set(arg, value);
      return value;
    };
  };
  return { wrap, wrapByIdentity: wrap };
}
