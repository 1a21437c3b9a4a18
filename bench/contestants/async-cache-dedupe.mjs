import { createCache } from "async-cache-dedupe";

export function make({ maxEntries }) {
  const cache = createCache({
    ttl: 3600,
    storage: { type: "memory", options: { size: maxEntries, invalidation: true } },
  });
  return {
    wrap(fn, tagsOf) {
      cache.define("load", { references: (_arg, _key, result) => tagsOf(result) }, fn);
      return (arg) => cache.load(arg);
    },
    invalidate: (id) => cache.invalidate("load", [`user:${id}`]),
  };
}
