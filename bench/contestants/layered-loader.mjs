import { Loader } from "layered-loader";

/** No entities in several keys: one group per key. */
export function make({ maxEntries }) {
  return {
    wrap(fn) {
      const loader = new Loader({
        inMemoryCache: { cacheType: "lru-object", ttlInMsecs: 3_600_000, maxItems: maxEntries },
        dataSourceGetOneFn: (key) => fn(key),
        cacheKeyFromLoadParamsResolver: (arg) => (typeof arg === "number" ? `${arg}` : JSON.stringify(arg)),
      });
      return (arg) => loader.get(arg);
    },
  };
}
