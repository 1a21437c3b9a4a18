import { cachified } from "@epic-web/cachified";
import { LRUCache } from "lru-cache";

/** No tags. */
export function make({ maxEntries }) {
  const cache = new LRUCache({ max: maxEntries });
  return {
    wrap: (fn) => (arg) =>
      cachified({
        cache,
        key: typeof arg === "number" ? `load:${arg}` : JSON.stringify(arg),
        ttl: 3_600_000,
        getFreshValue: () => fn(arg),
      }),
  };
}
