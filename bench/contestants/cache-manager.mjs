import { createCache } from "cache-manager";

/** No tags. */
export function make() {
  const cache = createCache({ ttl: 3_600_000 });
  return {
    wrap: (fn) => (arg) => cache.wrap(typeof arg === "number" ? `load:${arg}` : JSON.stringify(arg), () => fn(arg)),
  };
}
