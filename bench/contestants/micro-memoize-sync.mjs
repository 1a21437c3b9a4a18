import { memoize } from "micro-memoize";

/** It looks through its entries one by one. */
export function make() {
  const wrap = (fn) => memoize(fn, { maxSize: 1000 });
  return { wrap, wrapByIdentity: wrap };
}
