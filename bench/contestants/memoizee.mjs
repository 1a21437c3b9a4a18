import memoizee from "memoizee";

/** No entities. */
export function make({ maxEntries }) {
  return {
    wrap: (fn) =>
      memoizee(fn, {
        promise: true,
        maxAge: 3_600_000,
        max: maxEntries,
        normalizer: ([arg]) => (typeof arg === "number" ? `${arg}` : JSON.stringify(arg)),
      }),
  };
}
