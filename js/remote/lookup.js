// @ts-check
/**
 * Reads what a backend holds for a call: one command for a hit. What is there but cannot be used (another type under the
 * key, garbage, a text that the deserializer refuses, a value that an index has lost) is told, and counts as a miss.
 */

import { deserialize } from "../functions/run.js";
import { concernsOf } from "./protocol/concerns.js";
import { decodePayload } from "./protocol/payload.js";

/** @typedef {import("../functions/definition.js").Definition} Definition */
/** @typedef {{ definition: Definition, args: unknown[], key: string }} Call */
/** A cached value, for how long it has been stale, and whether it is to be refreshed although it is not. @typedef {{ value: unknown, isStale: boolean, staleMs: number, isDue: boolean }} Found */

/** What is put behind it runs when this turn of the event loop is over; `queueMicrotask` is five times as dear in Node. */
const afterThisTurn = Promise.resolve();

export class Lookup {
  #backend;
  #isStrict;
  #verify;
  /** The look-ups of this turn of the event loop: the first, which is mostly the only one, and more. @type {string | undefined} */
  #firstKey;
  /** @type {Promise<unknown> | undefined} */
  #first;
  /** @type {Map<string, Promise<unknown>>} */
  #more = new Map();
  #forget = () => {
    this.#firstKey = undefined;
    this.#first = undefined;
    // Emptying even an empty one would make garbage.
    if (this.#more.size > 0) this.#more.clear();
  };

  /**
   * @param {import("./guard.js").Port} backend
   * @param {boolean} isStrict whether a value counts only while all its indexes list it
   * @param {(key: string, concerns: string[], asBytes: boolean) => Promise<unknown>} verify
   */
  constructor(backend, isStrict, verify) {
    this.#backend = backend;
    this.#isStrict = isStrict;
    this.#verify = verify;
  }

  /**
   * What the backend holds for a call.
   * @param {Call} call
   * @returns {Promise<Found | undefined>}
   */
  async find(call) {
    try {
      return await this.read(call, await this.ask(call));
    } catch (error) {
      if (this.isOfAnotherType(call, error)) return undefined;
      throw error;
    }
  }

  /**
   * Whether an error of `ask` says that there is something else under the key, which is told.
   * @param {Call} call
   * @param {unknown} error
   */
  isOfAnotherType({ definition, key }, error) {
    if (!(error instanceof Error && error.message.includes("WRONGTYPE"))) return false;
    definition.warn("wrong type", `${key} holds no string; that counts as a miss`);
    return true;
  }

  /**
   * What the backend has answered, read. A promise only where there is something to wait for: hits are many.
   * @param {Call} call
   * @param {unknown} reply of `ask`
   * @returns {Found | undefined | Promise<Found | undefined>}
   */
  read(call, reply) {
    const { definition } = call;
    const [leftMs, stored] = isTimed(definition) ? /** @type {[number, unknown]} */ (reply) : [-1, reply];
    if (stored === null || stored === undefined) return undefined;
    const payload = decodePayload(stored);
    if (payload === undefined) {
      definition.warn("garbage", "the backend answered with what is neither text nor bytes; that counts as a miss");
      return undefined;
    }
    const value = deserialize(definition, payload);
    if (this.#isStrict) return this.#confirm(call, payload, value).then((value) => found(definition, leftMs, value));
    return value instanceof Promise
      ? value.then((value) => found(definition, leftMs, value))
      : found(definition, leftMs, value);
  }

  /**
   * The value, if all the indexes list it: read once more, since it may have been stored anew by the time of the look.
   * @param {Call} call
   * @param {string | Uint8Array} payload
   * @param {ReturnType<typeof deserialize>} value
   */
  async #confirm({ definition, args, key }, payload, value) {
    const read = await value;
    if (read === undefined) return undefined;
    const concerns = concernsOf(definition, read.value, args, undefined);
    const verified = decodePayload(await this.#verify(key, concerns, this.#wantsBytes(definition)));
    if (verified === undefined || String(verified) !== String(payload)) return undefined;
    return deserialize(definition, verified);
  }

  /**
   * The value or, where its age matters, the milliseconds that it has left and the value. Calls of one turn of the event
   * loop share a look-up: between them nobody can have heard of anything.
   * @param {Call} call
   * @returns {Promise<unknown>}
   */
  ask({ definition, key }) {
    if (key === this.#firstKey) return /** @type {Promise<unknown>} */ (this.#first);
    const known = this.#more.get(key);
    if (known !== undefined) return known;
    const lookup = this.#get(definition, key);
    if (this.#firstKey === undefined) {
      this.#firstKey = key;
      this.#first = lookup;
      afterThisTurn.then(this.#forget);
    } else this.#more.set(key, lookup);
    return lookup;
  }

  /**
   * @param {Definition} definition
   * @param {string} key
   * @returns {Promise<unknown>}
   */
  #get(definition, key) {
    const asBytes = this.#wantsBytes(definition);
    if (!isTimed(definition)) return this.#backend.request(["get", [key]], asBytes);
    if (this.#backend.hasTimedGet) return this.#backend.request(["get-timed", [key]], asBytes);
    // In this order: a value stored between the two seems older than it is, never younger.
    const left = this.#backend.request(["pttl", [key]]);
    const value = this.#backend.request(["get", [key]], asBytes);
    return Promise.all([left.then(Number), value]);
  }

  /** JSON is text. What else a serializer makes may be bytes. @param {Definition} definition */
  #wantsBytes(definition) {
    return definition.options.deserializer !== undefined && this.#backend.hasBytes;
  }
}

/**
 * @param {Definition} definition
 * @param {number} leftMs -1: kept for good; -2: just going
 * @param {{ value: unknown } | undefined} read
 * @returns {Found | undefined}
 */
function found(definition, leftMs, read) {
  if (read === undefined) return undefined;
  const staleMs = leftMs >= 0 ? definition.windowMs - leftMs : Number.NEGATIVE_INFINITY;
  const isStale = staleMs > 0;
  return { value: read.value, isStale, staleMs, isDue: !isStale && -staleMs < definition.earlyMs };
}

/** Whether it matters how long a value has left. @param {Definition} definition */
const isTimed = (definition) => definition.windowMs > 0 || definition.earlyMs > 0;
