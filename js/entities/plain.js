// @ts-check
/** How the walk reads a value: as `JSON.stringify` would, and which values are ids. */

import { isSet, unboxed } from "../boundary/realms.js";

const { getPrototypeOf, prototype: OBJECT_PROTOTYPE } = Object;
const { hasOwnProperty: isOwn } = OBJECT_PROTOTYPE;
/** @type {any[] & { toJSON?: unknown }} */
const ARRAY_PROTOTYPE = Array.prototype;

/**
 * Whether a value is a list of its types (rule E7). JSON has `null` for a number that is not finite.
 * @param {unknown} value as `toPlain` gives it
 */
export function isList(value) {
  return (
    value === null || Array.isArray(value) || isSet(value) || (typeof value === "number" && !Number.isFinite(value))
  );
}

/**
 * Whether a result is a list of its types, as its JSON text says it. `undefined` has none, and says as `null` does that
 * there is nothing.
 * @param {unknown} result
 */
export function isListResult(result) {
  return isList(isObject(result) ? toPlain(result, "") : (result ?? null));
}

/**
 * @param {unknown} value
 * @returns {value is string | number | bigint}
 */
export function isId(value) {
  if (typeof value === "number") return Number.isFinite(value);
  return typeof value === "string" || typeof value === "bigint";
}

/**
 * An object as JSON has it: what its `toJSON` returns, and the primitive in a box.
 * @param {any} object
 * @param {string | number} key
 */
export function toPlain(object, key) {
  const prototype = getPrototypeOf(object);
  if ((prototype === OBJECT_PROTOTYPE || prototype === ARRAY_PROTOTYPE) && isAsItIs(object)) return object;
  const value = typeof object.toJSON === "function" ? object.toJSON(String(key)) : object;
  if (typeof value !== "object" || value === null) return value;
  return unboxed(value);
}

/**
 * @param {unknown} value
 * @returns {value is object}
 */
export function isObject(value) {
  return typeof value === "object" && value !== null;
}

/**
 * Whether a plain object or array has no `toJSON`. Looking it up along the prototypes takes many times longer where every
 * object has a shape of its own. So only own ones count, and one that exists only for the `get` of a proxy is not called.
 * @param {object} object
 */
export function isAsItIs(object) {
  // An array inherits from Object.prototype too.
  return ARRAY_PROTOTYPE.toJSON === undefined && !isOwn.call(object, "toJSON");
}
