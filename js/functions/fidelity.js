// @ts-check
/**
 * What JSON changes in a result: a hit gives something else than the first answer then (rule E8). Only the first results of
 * a function are looked at, so that later misses cost nothing.
 */

/** How many results of a function are looked at. */
export const LOOKS = 3;
/** How many values of one result are looked at. */
const MOST_VALUES = 10_000;

const { getPrototypeOf, prototype: OBJECT_PROTOTYPE } = Object;

/** What can be read once only, or is no data at all: no store can keep it, as JSON or as it is. Iterators are recognised by their methods. */
const UNKEEPABLE = /^(Response|Request|ReadableStream|WritableStream|Blob|File|FormData|Generator|AsyncGenerator)$/;

/**
 * What a result is that no store can keep, such as "a Response"; `undefined` for anything else.
 * @param {any} result
 * @returns {string | undefined}
 */
export function unkeepable(result) {
  if (typeof result !== "object" || result === null) return undefined;
  try {
    if (getPrototypeOf(result) === OBJECT_PROTOTYPE) return undefined;
    const tag = Object.prototype.toString.call(result).slice("[object ".length, -1);
    if (UNKEEPABLE.test(tag)) return withArticle(tag);
    if (!isStream(result) && !isIterator(result)) return undefined;
    return withArticle(tag === "Object" ? nameOf(result) : tag);
  } catch {
    return undefined; // A proxy or a getter threw: whoever reads the result next reports it.
  }
}

/** A stream of Node has no tag. @param {any} object */
const isStream = ({ pipe, on }) => typeof pipe === "function" && typeof on === "function";

/** @param {any} object */
const isIterator = (object) =>
  typeof object[Symbol.asyncIterator] === "function" ||
  (typeof object.next === "function" && typeof object[Symbol.iterator] === "function");

/**
 * The first place in a result that JSON changes, in words: `result.items[0].at is a Date`. Properties that are `undefined`,
 * and -0, count as unchanged.
 * @param {unknown} result
 * @param {(value: unknown) => string | undefined} [changed] says what a value is that counts
 * @returns {string | undefined} `undefined` too where a getter or a proxy throws
 */
export function firstChange(result, changed = changedByJson) {
  try {
    return findChange(result, changed);
  } catch {
    return undefined;
  }
}

/**
 * @param {unknown} result
 * @param {(value: unknown) => string | undefined} changed
 * @returns {string | undefined}
 */
function findChange(result, changed) {
  /** The values that wait, each behind its path. @type {any[]} */
  const waiting = ["result", result];
  for (let count = 0; waiting.length > 0 && count < MOST_VALUES; count++) {
    const value = waiting.pop();
    const path = waiting.pop();
    const what = changed(value);
    if (what !== undefined) return `${path} is ${what}`;
    if (typeof value !== "object" || value === null || typeof value.toJSON === "function") continue;
    const isArray = Array.isArray(value);
    // Backwards: the last one that is put there is the next one that is taken.
    for (const name of Object.keys(value).reverse()) {
      const part = value[name];
      if (part !== undefined || isArray) waiting.push(pathOf(path, name, isArray), part);
    }
  }
  return undefined;
}

/**
 * Where a bigint is in a result, in words.
 * @param {unknown} result
 */
export const firstBigInt = (result) =>
  firstChange(result, (value) => (typeof value === "bigint" ? "a bigint" : undefined));

/**
 * What a value is that is another one, or none, in JSON.
 * @param {any} value
 * @returns {string | undefined}
 */
function changedByJson(value) {
  switch (typeof value) {
    case "number":
      return Number.isFinite(value) ? undefined : String(value);
    case "undefined":
      return "undefined, in an array";
    case "function":
    case "symbol":
    case "bigint":
      return `a ${typeof value}`;
    case "object":
      return value === null || Array.isArray(value) || isPlain(value) ? undefined : withArticle(nameOf(value));
    default:
      return undefined;
  }
}

/**
 * Whether an object is plain data, and no instance of a class: JSON shows all of it.
 * @param {any} object
 */
function isPlain(object) {
  if (typeof object.toJSON === "function") return false;
  const prototype = getPrototypeOf(object);
  return prototype === OBJECT_PROTOTYPE || prototype === null || getPrototypeOf(prototype) === null;
}

/** @param {any} object */
const nameOf = (object) => object.constructor?.name || "object of a class without a name";

/** @param {string} name */
const withArticle = (name) => `${/^[aeio]/i.test(name) ? "an" : "a"} ${name}`;

/**
 * @param {string} path
 * @param {string} name
 * @param {boolean} isIndex
 */
function pathOf(path, name, isIndex) {
  if (isIndex) return `${path}[${name}]`;
  return /^[a-z_$][\w$]*$/i.test(name) ? `${path}.${name}` : `${path}[${JSON.stringify(name)}]`;
}
