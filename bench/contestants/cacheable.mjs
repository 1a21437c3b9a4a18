import { Cacheable, CacheableMemory } from "cacheable";
import { Keyv } from "keyv";

/** `wrap` and `getOrSet` cannot set tags: they are set by hand. */
export function make({ maxEntries }) {
  const cache = new Cacheable({
    primary: new Keyv({ store: new CacheableMemory({ lruSize: maxEntries }) }),
    ttl: "1h",
    tags: true,
  });
  return {
    wrap: (fn, tagsOf) => async (arg) => {
      const key = typeof arg === "number" ? `load:${arg}` : JSON.stringify(arg);
      const cached = await cache.get(key);
      if (cached !== undefined) return cached;
      const value = await fn(arg);
      await cache.set(key, value, { tags: tagsOf(value) });
      return value;
    },
    invalidate: (id) => cache.tags.invalidateTag(`user:${id}`),
  };
}
