// @ts-check
/**
 * Values that all callers share and nobody can change: `values: "frozen"`.
 *
 * What is frozen is a copy, made of the payload as a hit in copy mode is. The object that the function returned may be its
 * own, such as a table of a module.
 */
import { deserialize } from "../functions/run.js";
import { messageOf } from "../messages/errors.js";

/** @typedef {import("../functions/run.js").Loaded} Loaded */

/**
 * The frozen copy of what a run has loaded. A result without a payload is given as it is, and is not stored.
 * @param {Pick<import("../functions/store.js").Call, "definition">} call
 * @param {Pick<Loaded, "result" | "payload" | "skipped">} loaded
 * @returns {unknown} a promise only where the deserializer is asynchronous
 */
export function frozenCopy(call, loaded) {
  if (loaded.payload === undefined) return loaded.result;
  const read = deserialize(call.definition, loaded.payload);
  return read instanceof Promise ? read.then((read) => freezeRead(call, loaded, read)) : freezeRead(call, loaded, read);
}

/**
 * @param {Pick<import("../functions/store.js").Call, "definition">} call
 * @param {Pick<Loaded, "result" | "skipped">} loaded
 * @param {{ value: unknown } | undefined} read
 */
function freezeRead({ definition }, loaded, read) {
  try {
    if (read !== undefined) return deepFreeze(read.value);
  } catch (error) {
    definition.warn("freeze", `what its deserializer gives cannot be frozen, so it is not stored: ${messageOf(error)}`);
  }
  // What cannot be read back is not stored. The reason is logged already.
  loaded.skipped ??= "not serializable";
  return loaded.result;
}

/**
 * Freezes plain objects and arrays, and what is in them. Each is visited once, so cycles end.
 * @template T
 * @param {T} value
 * @returns {T}
 */
export function deepFreeze(value) {
  /** @type {unknown[]} */
  const waiting = [value];
  for (let at = 0; at < waiting.length; at++) {
    const container = waiting[at];
    if (typeof container !== "object" || container === null || Object.isFrozen(container)) continue;
    if (!Array.isArray(container) && !isPlain(container)) continue;
    Object.freeze(container);
    for (const part of Object.values(container)) if (typeof part === "object" && part !== null) waiting.push(part);
  }
  return value;
}

/** @param {object} value */
function isPlain(value) {
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
