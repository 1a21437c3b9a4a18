import { EntityCache, MemoryBackend } from "../../js/entries/node.js";

/** cacheref as it comes: every hit returns a copy of its own. It finds the entities by itself. */
export function make({ maxEntries, cache = new EntityCache({ backend: new MemoryBackend({ maxEntries }) }) }) {
  return {
    wrap: (fn) => cache("user", { keyPrefix: "load" })(fn),
    invalidate: (id) => cache.invalidateEntity("user", id),
  };
}
