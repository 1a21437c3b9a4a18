// @ts-check
/**
 * Pages found in a live object: what src/entities/pages.rs does for a text. A page is looked for only in an object without
 * an id of its own. In its rules each type has three numbers: three times the place of its rule and OWN, HELD or LIST.
 */
import { isList, isObject, toPlain } from "./plain.js";

/** The id that the result has itself: then it is no page. */
export const OWN = 0;
/** An id in a field. */
export const HELD = 1;
/** No id: there is an array or `null` in a field. */
export const LIST = 2;
export const NUMBERS = 3;

/**
 * @typedef {object} Pages
 * @property {import("./walk.js").State} root
 * @property {number[]} types the type of each rule
 * @property {boolean} isSure whether an id of a type can only be the result's own
 */

/**
 * Whether a result is an object that may have no id of its own, given the ids that were found in it.
 * @param {Pages} pages
 * @param {unknown} result
 * @param {import("./walk.js").Found} found
 */
export function isPageNeeded({ types, isSure }, result, found) {
  if (!isObject(result) || Array.isArray(result)) return false;
  if (isSure && haveIds(types, found)) return false;
  const plain = toPlain(result, "");
  return isObject(plain) && !isList(plain);
}

/**
 * Whether there is an id of each type.
 * @param {number[]} types
 * @param {import("./walk.js").Found} found
 */
function haveIds(types, found) {
  for (const type of types) {
    let index = 0;
    while (index < found.length && found[index] !== type) index += 2;
    if (index >= found.length) return false;
  }
  return true;
}

/**
 * What the rules for pages have found, with the types that are meant.
 * @param {Pages} pages
 * @param {import("./walk.js").Found} numbered
 */
export function idsOfPage({ types }, numbered) {
  const isOwn = new Set();
  for (let index = 0; index < numbered.length; index += 2) {
    const number = /** @type {number} */ (numbered[index]);
    if (number % NUMBERS === OWN) isOwn.add((number - OWN) / NUMBERS);
  }
  /** @type {import("./walk.js").Found} */
  const found = [];
  for (let index = 0; index < numbered.length; index += 2) {
    const number = /** @type {number} */ (numbered[index]);
    const place = Math.floor(number / NUMBERS);
    if (!isOwn.has(place)) found.push(types[place], number % NUMBERS === LIST ? null : numbered[index + 1]);
  }
  return found;
}
