import { BentoCache, bentostore } from "bentocache";
import { memoryDriver } from "bentocache/drivers/memory";

export function make({ maxEntries }) {
  const cache = new BentoCache({
    default: "memory",
    stores: { memory: bentostore().useL1Layer(memoryDriver({ maxItems: maxEntries })) },
  });
  return {
    wrap: (fn, tagsOf) => (arg) =>
      cache.getOrSet({
        key: typeof arg === "number" ? `load:${arg}` : JSON.stringify(arg),
        ttl: "1h",
        factory: async (context) => {
          const value = await fn(arg);
          context.setTags(tagsOf(value));
          return value;
        },
      }),
    invalidate: (id) => cache.deleteByTag({ tags: [`user:${id}`] }),
  };
}
