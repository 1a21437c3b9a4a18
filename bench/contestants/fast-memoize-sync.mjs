import memoize from "fast-memoize";

/** The key of an object is its JSON. */
export const make = () => ({ wrap: (fn) => memoize(fn) });
