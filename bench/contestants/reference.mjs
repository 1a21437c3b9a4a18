import { Reference } from "../reference.mjs";

export function make({ maxEntries }) {
  const cache = new Reference({ maxEntries, ttlMs: 3_600_000 });
  return {
    wrap: (fn, tagsOf) => cache.wrap("load", fn, tagsOf),
    invalidate: async (id) => cache.invalidate(`user:${id}`),
  };
}
