// @ts-check
/**
 * Cached calls as a text that a server puts in its page: `cache.dehydrate()` and `cache.hydrate()`.
 *
 * The text names a call by the function's name and the arguments as keys have them: `["getUser","[42]"]`. Prefixes and the
 * hashes of functions' texts stay out, because the builds of server and page differ in both.
 */
import { usesOfIdentity } from "../functions/by-identity.js";
import { headOf } from "../functions/definition.js";
import { refuse } from "../messages/errors.js";

/** @typedef {import("../functions/definition.js").Definition} Definition */

/** @typedef {[name: string, args: string, payload: string, leftMs: number | null]} Carried a call; null: for good */

/** The first property of the text: what it is, and in which form. */
const FORM = 1;

/**
 * What names a call in the text, or `undefined` where its keys have another form, or mean nothing in another process.
 * @param {Definition} definition
 * @param {unknown[]} args
 * @returns {[string, string] | undefined}
 */
export function nameOfCall(definition, args) {
  const uses = usesOfIdentity();
  const key = definition.key(undefined, args);
  if (usesOfIdentity() !== uses) return undefined;
  const head = headOf(definition.keyRules);
  return key?.startsWith(head) ? [definition.name, key.slice(head.length)] : undefined;
}

/**
 * The text. No HTML parser finds a tag or a comment in it.
 * @param {Carried[]} calls
 */
export const writeCalls = (calls) => JSON.stringify({ cacheref: FORM, calls }).replaceAll("<", "\\u003c");

/**
 * The calls in a text, or `undefined` where it is another text.
 * @param {unknown} text
 * @returns {Carried[] | undefined}
 */
export function readCalls(text) {
  if (typeof text !== "string") refuse("the argument of hydrate()", "the text that dehydrate() gave", text);
  try {
    const { cacheref, calls } = JSON.parse(/** @type {string} */ (text));
    if (cacheref === FORM && Array.isArray(calls) && calls.every(isCarried)) return calls;
  } catch {}
  return undefined;
}

/** @param {unknown} call */
const isCarried = (call) =>
  Array.isArray(call) &&
  call.slice(0, 3).every((part) => typeof part === "string") &&
  call.length === 4 &&
  (call[3] === null || typeof call[3] === "number");
