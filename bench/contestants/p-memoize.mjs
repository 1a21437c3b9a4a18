import { LRUCache } from "lru-cache";
import pMemoize from "p-memoize";

/** No entities. */
export function make({ maxEntries }) {
  return {
    wrap: (fn) =>
      pMemoize(fn, {
        cache: new LRUCache({ max: maxEntries, ttl: 3_600_000 }),
        cacheKey: ([arg]) => (typeof arg === "number" ? arg : JSON.stringify(arg)),
      }),
  };
}
