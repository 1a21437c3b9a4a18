// @ts-check
/**
 * One execution of the user's function, and what of its result is stored: as which payload, and for how long.
 *
 * Both stores use it. Nothing here touches a backend. Only the function's own error reaches the caller. A serializer,
 * a deserializer or a `ttl` function that throws, or does not end in time, is logged as a WARNING, and nothing is
 * stored.
 */

import { bytesOf } from "../boundary/realms.js";
import { messageOf, textOf } from "../messages/errors.js";
import { withSignal } from "./audience.js";
import { readTtl } from "./duration.js";
import { firstBigInt, firstChange, unkeepable } from "./fidelity.js";
import { goOnIn, runIn } from "./nesting.js";
import { UnderWay } from "./under-way.js";
import { within } from "./within.js";

/** @typedef {import("./definition.js").Definition} Definition */
/** @typedef {import("./store.js").Call} Call */
/** @typedef {string | Uint8Array} Payload */

/**
 * What one execution gave.
 * @typedef {object} Loaded
 * @property {unknown} result
 * @property {Payload | undefined} payload the result as it is stored; undefined where values are shared, or where the result cannot be serialized
 * @property {number} ttlMs for how many milliseconds the result is fresh; 0 when it is not to be stored
 * @property {"ttl" | "not serializable" | undefined} skipped why it is not to be stored
 */

/**
 * Runs the function once, serializes its result and asks for its ttl. Rejects with the function's own error only.
 * @param {UnderWay} run
 * @param {boolean} serializes false where the store keeps the result itself
 * @returns {Promise<Loaded>}
 */
export function load(run, serializes) {
  return execute(run).then((result) => loaded(run, result, serializes));
}

/**
 * What `load` makes of the result of an execution: a promise only where the serializer is asynchronous.
 *
 * A result that is not stored has its payload too, if it can be serialized: joined calls get copies made of it.
 * @param {Call} call
 * @param {unknown} result
 * @param {boolean} serializes
 * @returns {Loaded | Promise<Loaded>}
 */
export function loaded(call, result, serializes) {
  if (!serializes) return withTtl(call, result, undefined, isKeepable(call.definition, result));
  const payload = serialize(call.definition, result);
  if (typeof payload === "object" && payload instanceof Promise) return loadedLater(call, result, payload);
  return withTtl(call, result, payload, payload !== undefined);
}

/**
 * @param {Call} call
 * @param {unknown} result
 * @param {Promise<Payload | undefined>} serializing
 */
async function loadedLater(call, result, serializing) {
  const payload = await serializing;
  return withTtl(call, result, payload, payload !== undefined);
}

/**
 * @param {Call} call
 * @param {unknown} result
 * @param {Payload | undefined} payload
 * @param {boolean} isStorable
 * @returns {Loaded}
 */
export function withTtl({ definition, args }, result, payload, isStorable) {
  const ttlMs = isStorable ? lifetime(definition, result, args) : 0;
  const skipped = ttlMs > 0 ? undefined : isStorable ? "ttl" : "not serializable";
  return { result, payload, ttlMs, skipped };
}

/**
 * Runs the function. What it throws synchronously becomes a rejection.
 * @param {UnderWay} run
 * @returns {Promise<unknown>}
 */
export function execute({ definition, self, args, nest, audience }) {
  const { fn } = definition;
  if (audience?.isDeserted) return Promise.reject(audience.signal.reason);
  try {
    const given = audience === undefined ? args : withSignal(fn, args, audience.signal);
    return Promise.resolve(runIn(nest, fn, self, given));
  } catch (error) {
    return Promise.reject(error);
  }
}

/**
 * Runs the function for one call that is not cached.
 * @param {Call} call
 * @returns {Promise<unknown>}
 */
export function executeUncached({ definition, self, args, signal, inside }) {
  if (definition.options.signal === true) {
    const run = new UnderWay(definition, self, args, inside);
    run.begin(signal);
    return execute(run).finally(() => run.end());
  }
  const { fn } = definition;
  try {
    return Promise.resolve(inside === undefined ? fn.apply(self, args) : goOnIn(inside, fn, self, args));
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
 * The milliseconds that a `ttl` function answers with; 0 when it fails.
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
 * @returns {Payload | Promise<Payload | undefined> | undefined}
 */
export function serialize(definition, result) {
  const { serializer = JSON.stringify } = definition.options;
  try {
    if (serializer === JSON.stringify && !isKeepable(definition, result)) return undefined;
    const stored = serializer(result);
    return typeof stored?.then === "function"
      ? serializeLater(definition, result, stored)
      : accept(definition, result, stored);
  } catch (error) {
    const place = serializer === JSON.stringify ? firstBigInt(result) : undefined;
    return unserializable(definition, error, place);
  }
}

/**
 * A copy of a result, as a hit gives it; the result itself where there can be none.
 * @param {Definition} definition
 * @param {unknown} result
 * @param {ReturnType<typeof serialize>} [serialized] its payload, where that is made already
 */
export async function copyOf(definition, result, serialized = serialize(definition, result)) {
  const payload = await serialized;
  const read = payload === undefined ? undefined : await deserialize(definition, payload);
  return read === undefined ? result : read.value;
}

/**
 * Whether a store can keep a result: `undefined` stands for no entry, and a Response or a stream can be read only once.
 * @param {Definition} definition
 * @param {unknown} result
 */
function isKeepable(definition, result) {
  if (result === undefined) return false;
  const what = unkeepable(result);
  definition.isKeepable = what === undefined;
  if (what !== undefined)
    definition.warn(
      "kept",
      `its result is ${what}, which cannot be kept, so it is not stored; let it return plain data`,
    );
  return what === undefined;
}

/**
 * @param {Definition} definition
 * @param {unknown} result
 * @param {PromiseLike<unknown>} serializing
 */
function serializeLater(definition, result, serializing) {
  const { operationTimeout } = definition.context.options;
  const payload = Promise.resolve(serializing).then(
    (stored) => accept(definition, result, stored),
    (error) => unserializable(definition, error),
  );
  return within(payload, operationTimeout, () =>
    unserializable(definition, new Error(`the serializer did not end within ${operationTimeout} ms`)),
  );
}

/**
 * What a serializer gave, if it can be stored.
 * @param {Definition} definition
 * @param {unknown} result
 * @param {unknown} stored
 * @returns {Payload | undefined}
 */
function accept(definition, result, stored) {
  if (typeof stored === "string") {
    if (definition.looksLeft > 0 && isJson(definition)) warnOfChange(definition, result);
    return stored;
  }
  const bytes = bytesOf(stored);
  if (bytes !== undefined) return bytes;
  // JSON has no text for undefined, which is an ordinary result: no warning.
  if (result !== undefined)
    unserializable(definition, new TypeError(`the serializer gave ${typeof stored}, not a string or a Uint8Array`));
  return undefined;
}

/**
 * @param {Definition} definition
 * @param {unknown} error
 * @param {string} [place] which part of the result it is, in words
 */
function unserializable(definition, error, place) {
  const why = place === undefined ? messageOf(error) : `${place}; cacheref/rich has a serializer for it`;
  definition.warn("serialize", `its result cannot be serialized and is not stored: ${why}`);
  return undefined;
}

/**
 * The value of a payload: `{ value }`, or `undefined` when it cannot be read, which is logged and counts as a miss.
 * @param {Definition} definition
 * @param {Payload} stored
 * @returns {{ value: unknown } | undefined | Promise<{ value: unknown } | undefined>}
 */
export function deserialize(definition, stored) {
  const { deserializer = JSON.parse } = definition.options;
  // JSON.parse would turn bytes into a text first.
  if (deserializer === JSON.parse && typeof stored !== "string") return unreadable(definition, "bytes, not JSON");
  const refuse = (/** @type {any} */ error) => unreadable(definition, kindOf(error));
  try {
    const value = deserializer(stored);
    if (typeof value?.then !== "function") return { value };
    const { operationTimeout } = definition.context.options;
    return within(Promise.resolve(value).then(readable, refuse), operationTimeout, () =>
      unreadable(definition, `the deserializer did not end within ${operationTimeout} ms`),
    );
  } catch (error) {
    return refuse(error);
  }
}

/** @param {any} error @returns {string} */
function kindOf(error) {
  try {
    return textOf(error?.name ?? typeof error);
  } catch {
    return typeof error;
  }
}

/** @param {unknown} value */
const readable = (value) => ({ value });

/**
 * Logs that a payload cannot be read.
 * @param {Definition} definition
 * @param {string} why not the message of an error, which may quote the value, as V8's for JSON does: values are not logged
 */
function unreadable(definition, why) {
  definition.warn("deserialize", `a stored value cannot be read and counts as a miss (${why})`);
  return undefined;
}

/** @param {Definition} definition */
const isJson = ({ options: { serializer = JSON.stringify } }) => serializer === JSON.stringify;

/**
 * Looks at the first results of a function for what JSON changes. Who gives `JSON.stringify` as the serializer has said that
 * a hit is to give what JSON has.
 * @param {Definition} definition
 * @param {unknown} result
 */
function warnOfChange(definition, result) {
  definition.looksLeft -= 1;
  if (definition.options.serializer !== undefined) return;
  const change = firstChange(result);
  if (change === undefined) return;
  definition.looksLeft = 0;
  definition.warn(
    "change",
    `a hit gives another result than the first call: ${change}, and JSON has something else for it; let it return plain data, give it the serializer of cacheref/rich, or say serializer: JSON.stringify if that is meant`,
  );
}
