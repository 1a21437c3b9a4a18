import { EntityCache, identity, MemoryBackend } from "../../js/entries/node.js";

/** `cache.sync`. Entries have no ttl, as with the others. It finds the entities by itself. */
export function make({ maxEntries, ttl = Number.POSITIVE_INFINITY }) {
  const cache = new EntityCache({ backend: new MemoryBackend({ maxEntries, values: "shared" }), ttl });
  return {
    wrap: (fn) => cache.sync("user", { keyPrefix: "load" })(fn),
    wrapByIdentity: (fn) => cache.sync("user", { keyPrefix: "load", key: identity })(fn),
  };
}
