// @ts-check
/**
 * One execution of the user's function, and what of its result is stored: for how long, and as which text.
 *
 * Both stores use it. Nothing here touches a backend. Of all that can go wrong only the function's own error goes on to
 * the caller; a serializer, deserializer or `ttl` function that throws is told as a WARNING, and nothing is stored.
 */
import { messageOf } from "./context.js";
import { readTtl } from "./options.js";

/** @typedef {import("./definition.js").Definition} Definition */

/**
 * Runs the function. What it throws at once is a rejection, like what it rejects with later.
 * @param {Definition} definition
 * @param {unknown} self
 * @param {unknown[]} args
 * @returns {Promise<unknown>}
 */
export function execute(definition, self, args) {
  try {
    return Promise.resolve(definition.fn.apply(self, args));
  } catch (error) {
    return Promise.reject(error);
  }
}

/**
 * For how many milliseconds the result is fresh; 0 when it is not to be stored. The stale windows come on top.
 * @param {Definition} definition
 * @param {unknown} result
 * @param {unknown[]} args
 * @returns {number}
 */
export function lifetime(definition, result, args) {
  const { ttl, nullTtl, jitter } = definition.options;
  const chosen = result === null && nullTtl !== undefined ? nullTtl : ttl;
  const ms = typeof chosen === "function" ? askTtl(definition, chosen, result, args) : chosen;
  return ms * (1 - jitter * Math.random());
}

/**
 * @param {Definition} definition
 * @param {(result: unknown, args: unknown[]) => unknown} ttl
 * @param {unknown} result
 * @param {unknown[]} args
 * @returns {number}
 */
function askTtl(definition, ttl, result, args) {
  try {
    const answer = ttl(result, args);
    const ms = readTtl(answer);
    if (ms !== undefined) return ms;
    definition.warn("ttl", `its ttl function answered ${String(answer)}, which is no duration; nothing is stored`);
  } catch (error) {
    definition.warn("ttl", `its ttl function threw: ${messageOf(error)}; nothing is stored`);
  }
  return 0;
}

/**
 * The result as it is stored, or `undefined` when it cannot be: `undefined` itself, and what the serializer refuses.
 * @param {Definition} definition
 * @param {unknown} result
 * @returns {string | Uint8Array | Promise<string | Uint8Array | undefined> | undefined}
 */
export function serialize(definition, result) {
  const { serializer = JSON.stringify } = definition.options;
  try {
    const stored = serializer(result);
    return typeof stored?.then === "function" ? stored.then(accept, refuse) : accept(stored);
  } catch (error) {
    return refuse(error);
  }

  /** @param {unknown} stored */
  function accept(stored) {
    if (typeof stored === "string" || stored instanceof Uint8Array) return stored;
    // JSON has no text for undefined, which is an ordinary result: not a word about it.
    if (result !== undefined)
      refuse(new TypeError(`the serializer gave ${typeof stored}, not a string or a Uint8Array`));
    return undefined;
  }

  /** @param {unknown} error */
  function refuse(error) {
    definition.warn("serialize", `its result cannot be serialized and is not stored: ${messageOf(error)}`);
    return undefined;
  }
}

/**
 * What was stored, as a value: `{ value }`, or `undefined` when it cannot be read (told as a WARNING; it is a miss).
 * @param {Definition} definition
 * @param {string | Uint8Array} stored
 * @returns {{ value: unknown } | undefined | Promise<{ value: unknown } | undefined>}
 */
export function deserialize(definition, stored) {
  const { deserializer = JSON.parse } = definition.options;
  try {
    const value = deserializer(stored);
    if (typeof value?.then !== "function") return { value };
    return value.then(readable, (/** @type {unknown} */ error) => unreadable(definition, error));
  } catch (error) {
    return unreadable(definition, error);
  }
}

/** @param {unknown} value */
const readable = (value) => ({ value });

/**
 * @param {Definition} definition
 * @param {any} error
 */
function unreadable(definition, error) {
  // Its message may quote the value (V8's for JSON does), and payloads are not logged.
  definition.warn("deserialize", `a stored value cannot be read and counts as a miss (${error?.name ?? typeof error})`);
  return undefined;
}
