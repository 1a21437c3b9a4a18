import { weakMapMemoize } from "reselect";

/** What reselect 5 memoizes selectors with: a Map for each argument that is no object, a WeakMap for each that is one. */
export function make() {
  const wrap = (fn) => weakMapMemoize(fn);
  return { wrap, wrapByIdentity: wrap };
}
