// @ts-check
/**
 * Values that another process has computed: a server for the page that it sends.
 *
 * They wait until their call is made, because its function may not be wrapped yet, and because only the call brings the
 * arguments. Nobody knows which entities a waiting value holds, so any invalidation drops all that wait.
 */
import { deserialize, serialize } from "../functions/run.js";
import { deepFreeze } from "./frozen.js";
import { Hot, sharedOf } from "./hot.js";

/** @typedef {import("../functions/definition.js").Definition} Definition */
/** @typedef {import("./slots.js").Slots} Slots */
/** @typedef {import("./slots.js").Run} Run */

/**
 * A value on its way.
 * @typedef {object} Waiting
 * @property {string} payload
 * @property {number} freshUntil
 */

/**
 * The value of a slot as text, or `undefined` where it cannot be one.
 * @param {Definition} definition
 * @param {Slots} slots
 * @param {number} slot
 */
export async function payloadOf(definition, slots, slot) {
  const value = slots.value(slot);
  const isResult = slots.sharesValues || value instanceof Hot;
  const payload = await (isResult ? serialize(definition, sharedOf(value)) : value);
  if (payload === undefined || typeof payload === "string") return payload;
  definition.warn(
    "dehydrate",
    "its results are stored as bytes, which dehydrate() leaves out; let its serializer give text",
  );
  return undefined;
}

/**
 * Stores a waiting value as the result of a run that was just begun. Returns whether it is stored.
 * @param {Slots} slots
 * @param {Run} run
 * @param {Waiting} waiting
 * @param {number} now
 */
export function adopt(slots, run, { payload, freshUntil }, now) {
  const { definition } = run;
  slots.end(run);
  const read = now < freshUntil ? deserialize(definition, payload) : undefined;
  if (read === undefined || read instanceof Promise) {
    slots.release(run, now);
    return false;
  }
  const result = slots.freezesValues ? deepFreeze(read.value) : read.value;
  run.kept = slots.sharesValues ? result : payload;
  slots.commit(run, { result, payload, ttlMs: freshUntil - now }, now);
  return true;
}
