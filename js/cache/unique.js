// @ts-check
/** What names in memory and on a shared backend have in common. */
import { ConfigError } from "../messages/errors.js";

/**
 * The function's own name, or "" if it has none. "default" is the name of every `export default` without one.
 * @param {Function} fn
 */
export function ownName(fn) {
  const name = /** @type {unknown} */ (fn.name);
  return typeof name === "string" && name !== "default" ? name : "";
}

/**
 * Whether two functions were wrapped with the same options.
 * @param {Record<string, unknown> | undefined} one
 * @param {Record<string, unknown>} other
 */
export function isEqual(one, other) {
  if (one === undefined) return false;
  const names = Object.keys({ ...one, ...other });
  return names.every((name) => Object.is(one[name], other[name]));
}

/**
 * @param {string} name
 * @param {boolean} isGiven whether the name is the keyPrefix of the other function
 */
export function twoOfOneName(name, isGiven) {
  const other = isGiven ? "the keyPrefix of another function" : "the name of another wrapped function";
  return new ConfigError(
    "ERR_CACHEREF_NAME",
    `"${name}" is ${other}, and their entries would be mixed: give each its own keyPrefix, or both the same one if they are to share entries`,
  );
}

/** @template {object} T @typedef {{ deref: () => T | undefined }} Weak */

/**
 * A reference that does not keep a thing alive, where the runtime has such.
 * @template {object} T
 * @param {T} thing
 * @returns {Weak<T>}
 */
export const weak = (thing) => (typeof WeakRef === "function" ? new WeakRef(thing) : { deref: () => thing });
