// @ts-check
/**
 * The identity of a function on a backend that other processes share, where it has no `keyPrefix`: its name and a hash of
 * its source text, `getUser~1q8z03kd7f`. Bundlers rename functions, so a name alone may be another function's tomorrow.
 */
import { sourceOf } from "../keys/source.js";

/** Digits of a hash, in base 36: 51 bits. Only functions of one name can meet. */
const LENGTH = 10;
/** The length of what follows the name. */
export const SUFFIX_LENGTH = LENGTH + 1;
const HASH = /~[0-9a-z]{10}$/;

/** Whether a name ends as an identity does. Such names are kept for identities. @param {string} name */
export const isIdentity = (name) => HASH.test(name);

/** The name in an identity; another name as it is. @param {string} name */
export const nameIn = (name) => name.replace(HASH, "");

/**
 * What follows the name in an identity.
 * @param {string} text
 */
export function suffixOf(text) {
  // Two multiplications with different constants, mixed at the end: the hash known as cyrb53.
  let [one, two] = [0xdeadbeef, 0x41c6ce57];
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    one = Math.imul(one ^ unit, 0x9e3779b1);
    two = Math.imul(two ^ unit, 0x5f356495);
  }
  one = Math.imul(one ^ (one >>> 16), 0x85ebca6b) ^ Math.imul(two ^ (two >>> 13), 0xc2b2ae35);
  two = Math.imul(two ^ (two >>> 16), 0x85ebca6b) ^ Math.imul(one ^ (one >>> 13), 0xc2b2ae35);
  const hash = 0x100000000 * (two & 0x7ffff) + (one >>> 0);
  return `~${hash.toString(36).padStart(LENGTH, "0").slice(-LENGTH)}`;
}

/**
 * The text by which a function is known: its source, and where it is a wrapper of this package, that of what it wraps.
 * @param {any} fn
 */
export function textOf(fn) {
  return sourceOf(typeof fn.original === "function" ? fn.original : fn);
}

const TEXT =
  /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`|(?<![\p{ID_Continue}$.])[\p{ID_Start}$_][\p{ID_Continue}$]*/gsu;
/** What bundlers add to a name that is taken: `getUser2`, `getUser$1`, `users_getUser`. */
const ADDED = /^.*_(?=[^_\d])|[$_]*\d*$/gs;
/** Names up to this length may come from a minifier. */
const SHORT = 2;

/**
 * A function's name and text without what bundlers and minifiers change: two functions that differ in nothing else may
 * have each other's name and text in the next build.
 * @param {string} name
 * @param {string} text
 */
export function shapeOf(name, text) {
  return `${name.split(".").map(stem).join(".")} ${withoutNames(text)}`;
}

/** @param {string} text @returns {string} */
function withoutNames(text) {
  return text.replace(TEXT, (part) => {
    if (part[0] === "`") return part.replace(/\$\{[^}]*\}/g, (inner) => `\${${withoutNames(inner.slice(2, -1))}}`);
    return part[0] === '"' || part[0] === "'" ? part : stem(part);
  });
}

/** @param {string} name */
function stem(name) {
  const stem = name.replace(ADDED, "");
  return stem.length <= SHORT ? "_" : stem;
}
