// @ts-check
/**
 * The names of wrapped functions, which keep their keys apart. On a backend that other processes share, a name must be the
 * same in every process and build: a name that may change is refused. In memory a name only has to be unique.
 */
import { ConfigError } from "../messages/errors.js";

/** @typedef {import("../functions/context.js").Context} Context */
/**
 * The function that has a name.
 * @typedef {object} Owner
 * @property {Function} fn
 * @property {Record<string, unknown>} options
 * @property {boolean} isGiven whether its keyPrefix is the name
 * @property {number} next the number for the next function that would have the same name
 */

/** Names up to this length may come from a minifier. */
const SHORT = 2;

/**
 * The names that are taken: in a memory backend, which several caches may use, or in one cache.
 * @type {WeakMap<object, Map<string, Owner>>}
 */
const owners = new WeakMap();

/**
 * The name for a function that is being wrapped.
 * @param {Context} context
 * @param {Function} fn
 * @param {Record<string, any>} options complete, as `readFunctionOptions` makes them
 * @param {boolean} isShared whether other processes share the backend
 * @returns {string}
 */
export function nameOf(context, fn, options, isShared) {
  const taken = ownersOf(isShared ? context : (context.options.backend ?? context));
  const given = options.keyPrefix;
  const own = given ?? ownName(fn);
  if (isShared && own === "") {
    throw new ConfigError(
      "ERR_CACHEREF_NAME",
      "an anonymous function needs the option keyPrefix on a backend that other processes share: its entries need a name that stays the same",
    );
  }
  /** @param {string} name */
  const isFree = (name) => isSame(taken.get(placeOf(context, name)), fn, options, given !== undefined);
  let name = own === "" ? "anonymous-1" : own;
  if (!isFree(name)) {
    const first = /** @type {Owner} */ (taken.get(placeOf(context, name)));
    if (isShared || given !== undefined) throw twoOfOneName(name, first);
    while (!isFree(name)) name = `${own || "anonymous"}-${first.next++}`;
  }
  if (isShared && given === undefined && own.length <= SHORT) {
    context.logger.warn(
      `function "${own}": a name this short may come from a minifier and change with the next build; keyPrefix gives it one that stays`,
    );
  }
  const place = placeOf(context, name);
  if (!taken.has(place)) taken.set(place, { fn, options, isGiven: given !== undefined, next: 2 });
  return name;
}

/** @param {object} place */
function ownersOf(place) {
  let taken = owners.get(place);
  if (taken === undefined) {
    taken = new Map();
    owners.set(place, taken);
  }
  return taken;
}

/**
 * A name together with the prefix: functions of one name under different prefixes do not clash.
 * @param {Context} context
 * @param {string} name
 */
function placeOf(context, name) {
  return JSON.stringify([context.prefix, name]);
}

/**
 * The function's own name, or "" if it has none. "default" is the name of every `export default` without one.
 * @param {Function} fn
 */
function ownName(fn) {
  const name = /** @type {unknown} */ (fn.name);
  return typeof name === "string" && name !== "default" ? name : "";
}

/**
 * Whether a function may have the name of `owner`: the name is free, both got it on purpose, or `owner` is the same
 * function, wrapped with the same options.
 * @param {Owner | undefined} owner
 * @param {Function} fn
 * @param {Record<string, unknown>} options
 * @param {boolean} isGiven
 */
function isSame(owner, fn, options, isGiven) {
  if (owner === undefined) return true;
  if (owner.isGiven !== isGiven) return false;
  return isGiven || (owner.fn === fn && isEqual(owner.options, options));
}

/**
 * @param {Record<string, unknown>} one
 * @param {Record<string, unknown>} other
 */
function isEqual(one, other) {
  const names = Object.keys({ ...one, ...other });
  return names.every((name) => Object.is(one[name], other[name]));
}

/**
 * @param {string} name
 * @param {Owner} owner
 */
function twoOfOneName(name, owner) {
  const other = owner.isGiven ? "the keyPrefix of another function" : "the name of another wrapped function";
  return new ConfigError(
    "ERR_CACHEREF_NAME",
    `"${name}" is ${other}, and their entries would be mixed: give each its own keyPrefix, or both the same one if they are to share entries`,
  );
}
