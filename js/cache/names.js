// @ts-check
/**
 * The names of wrapped functions, which keep their keys apart. On a backend that other processes share, a name must be the
 * same in every process and build (js/cache/shared-names.js). In memory a name only has to be unique.
 */
import { isEqual, twoOfOneName, weak } from "./unique.js";

/** @typedef {import("../functions/context.js").Context} Context */
/**
 * A function that is being wrapped.
 * @typedef {object} Wrapping
 * @property {Function} fn the user's function
 * @property {string} name its own name, "" if it has none; of a decorated method that of its class and its own
 * @property {boolean} [isLate] whether the name is not known yet
 * @property {Function} [callee] what the program has called to wrap it, where one line of the program calls it for each function
 */
/**
 * The name of a function, and what of its keys it does not have in common with other functions of that name.
 * @typedef {object} Name
 * @property {string} name
 * @property {string} suffix what follows the name in keys
 * @property {boolean} isNumbered whether the name was made, because another function has its own
 */
/**
 * What is known of a name. Functions in memory are not kept alive by their names: some are made for each request.
 * @typedef {object} Owner
 * @property {import("./unique.js").Weak<Function> | undefined} fn
 * @property {import("./unique.js").Weak<Record<string, unknown>> | undefined} options
 * @property {boolean} isGiven whether the name is a keyPrefix
 * @property {number} next the number for the next function that would have the same name
 */

/** So many functions of one name in memory are too many. */
const MANY = 100;

/**
 * The names that are taken: in a memory backend, which several caches may use, or in one cache.
 * @type {WeakMap<object, Map<string, Owner>>}
 */
const owners = new WeakMap();

/**
 * The name for a function that is being wrapped.
 * @param {Context} context
 * @param {Wrapping} wrapping
 * @param {Record<string, any>} options complete, as `readFunctionOptions` makes them
 * @returns {Name}
 */
export function nameInMemory(context, { fn, name: own }, options) {
  const { keyPrefix } = options;
  const taken = takenIn(context.options.backend ?? context);
  // Functions of one name under different prefixes do not clash.
  const ownerOf = (/** @type {string} */ name) => taken.get(JSON.stringify([context.prefix, name]));
  const take = (/** @type {string} */ name, /** @type {Owner} */ owner) =>
    void taken.set(JSON.stringify([context.prefix, name]), owner);

  const name = keyPrefix ?? (own || "anonymous");
  const owner = ownerOf(name);
  const isNumbered = isMadeOfNumber(name, ownerOf);
  if (keyPrefix !== undefined) {
    if (isNumbered || (owner !== undefined && !owner.isGiven && !isFree(owner))) throw twoOfOneName(name, false);
    take(name, { fn: undefined, options: undefined, isGiven: true, next: owner?.next ?? 2 });
    return { name, suffix: "", isNumbered: false };
  }
  if (own !== "" && !isNumbered && (owner === undefined || isFree(owner))) {
    take(name, { fn: weak(fn), options: weak(options), isGiven: false, next: owner?.next ?? 2 });
    return { name, suffix: "", isNumbered: false };
  }
  if (own !== "" && owner?.fn?.deref() === fn && isEqual(owner.options?.deref(), options)) {
    return { name, suffix: "", isNumbered: false };
  }
  const base = owner ?? { fn: undefined, options: undefined, isGiven: false, next: own === "" ? 1 : 2 };
  take(name, base);
  if (base.next === MANY) warnOfMany(context, name);
  while (ownerOf(`${name}-${base.next}`) !== undefined) base.next += 1;
  return { name: `${name}-${base.next++}`, suffix: "", isNumbered: true };
}

/** Whether no function has had the name yet: only its numbers are in use. @param {Owner} owner */
const isFree = (owner) => owner.fn === undefined && !owner.isGiven;

/**
 * Whether a name is in use that was made of another by a number: such names are not kept.
 * @param {string} name
 * @param {(name: string) => Owner | undefined} ownerOf
 */
function isMadeOfNumber(name, ownerOf) {
  const [, base, number] = /^(.*)-([1-9]\d*)$/s.exec(name) ?? [];
  const owner = base === undefined ? undefined : ownerOf(base);
  // A function that has had such a name before was passed by.
  return (
    owner !== undefined &&
    Number(number) < owner.next &&
    (ownerOf(name) === undefined || isFree(/** @type {Owner} */ (ownerOf(name))))
  );
}

/**
 * @param {Context} context
 * @param {string} name
 */
function warnOfMany({ logger }, name) {
  logger.warn(
    `function "${name}": ${MANY} functions of this name have been wrapped, and each has entries of its own: wrap it once, outside of the code that runs again and again, or give all the same keyPrefix if they are to share entries`,
  );
}

/** @param {object} place */
function takenIn(place) {
  let taken = owners.get(place);
  if (taken === undefined) {
    taken = new Map();
    owners.set(place, taken);
  }
  return taken;
}
