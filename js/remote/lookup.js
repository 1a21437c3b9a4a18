// @ts-check
/**
 * Reads what a backend holds for a call: one command for a hit. What cannot be used (another type under the key, garbage,
 * a text that the deserializer refuses, a value that an index has lost) is logged as a WARNING and counts as a miss.
 */

import { isError } from "../boundary/realms.js";
import { deserialize } from "../functions/run.js";
import { concernsOf } from "./protocol/concerns.js";
import { decodePayload, staleWindowIn } from "./protocol/payload.js";

/** @typedef {import("../functions/definition.js").Definition} Definition */
/** @typedef {import("../functions/store.js").Call & { key: string }} KeyedCall */
/** @typedef {import("../functions/run.js").Payload} Payload */

/**
 * A cached value.
 * @typedef {object} Found
 * @property {unknown} result
 * @property {Payload} payload
 * @property {number} leftMs for how many milliseconds it is still fresh, 0 where that was not asked for or is not known; below 0 it is stale
 * @property {boolean} isDue whether it is in its early-refresh window
 */

/** What is put behind it runs when this turn of the event loop is over; `queueMicrotask` takes five times as long in Node. */
const afterThisTurn = Promise.resolve();

export class Lookup {
  #port;
  #asksFirst;
  #protocols;
  #late;
  /** The name of the first look-up of this turn of the event loop, which is mostly the only one. @type {string | undefined} */
  #firstName;
  /** @type {Promise<unknown> | undefined} */
  #first;
  /** The other look-ups of this turn. @type {Map<string, Promise<unknown>>} */
  #more = new Map();
  #forget = () => {
    this.#firstName = undefined;
    this.#first = undefined;
    // Clearing an empty map allocates too.
    if (this.#more.size > 0) this.#more.clear();
  };

  /**
   * @param {import("./guard.js").Port} port
   * @param {boolean} asksFirst whether the first hit waits for the eviction policy of the server
   * @param {import("./protocol/choose.js").ProtocolChoice} protocols
   */
  constructor(port, asksFirst, protocols) {
    this.#port = port;
    this.#asksFirst = asksFirst;
    this.#protocols = protocols;
    this.#late = protocols.late;
  }

  /**
   * What the backend holds for a call. Rejects if the backend fails.
   * @param {KeyedCall} call
   * @param {boolean} isTimed whether the time that is left matters, even if the function has no stale window
   * @returns {Promise<Found | undefined>}
   */
  async find(call, isTimed) {
    const { definition, key } = call;
    // What the backend holds may be replaced by an old value at any moment.
    if (this.#late.size > 0 && this.#late.has(key)) return undefined;
    const withTime = isTimed || definition.windowMs > 0 || definition.earlyMs > 0;
    /** @type {any} */
    let reply;
    try {
      reply = await this.#ask(definition, key, withTime);
    } catch (error) {
      if (!(isError(error) && error.message.includes("WRONGTYPE"))) throw error;
      definition.warn("wrong type", `${key} holds no string; that counts as a miss`);
      return undefined;
    }
    const left = withTime ? Number(reply[0]) : -2;
    const stored = withTime ? reply[1] : reply;
    if (stored === null || stored === undefined) return undefined;
    if (this.#asksFirst && this.#protocols.isStrict === undefined) await this.#protocols.askPolicy();
    return this.#read(call, left, stored);
  }

  /**
   * Reads a reply.
   * @param {KeyedCall} call
   * @param {number} left milliseconds until the key expires; -1: never; -2: not known
   * @param {unknown} stored
   * @returns {Found | undefined | Promise<Found | undefined>} a promise only where there is something to wait for: hits are many
   */
  #read(call, left, stored) {
    const { definition } = call;
    const softMs = staleWindowIn(stored);
    // One that a process with a longer window has made stale is a miss.
    if (softMs !== undefined && (left < 0 || left < softMs - definition.windowMs)) return undefined;
    const windowMs = softMs ?? definition.windowMs;
    const payload = decodePayload(stored);
    if (payload === undefined) {
      definition.warn("garbage", "the backend answered with what is neither text nor bytes; that counts as a miss");
      return undefined;
    }
    const read = deserialize(definition, payload);
    if (this.#protocols.isStrict)
      return this.#confirm(call, payload, read).then((read) => foundOf(definition, left, windowMs, payload, read));
    return read instanceof Promise
      ? read.then((read) => foundOf(definition, left, windowMs, payload, read))
      : foundOf(definition, left, windowMs, payload, read);
  }

  /**
   * The value, if all the indexes list it. It is read once more, since it may have been stored anew after the first read.
   * @param {KeyedCall} call
   * @param {Payload} payload
   * @param {ReturnType<typeof deserialize>} value
   */
  async #confirm({ definition, args, key }, payload, value) {
    const read = await value;
    if (read === undefined) return undefined;
    const { concerns } = concernsOf(definition, read.value, args, undefined);
    const reply = await this.#protocols.current.verify(key, concerns, this.#wantsBytes(definition));
    const verified = decodePayload(reply);
    if (verified === undefined || String(verified) !== String(payload)) return undefined;
    return deserialize(definition, verified);
  }

  /**
   * The value; with its time, the milliseconds that it has left and the value. Calls of one turn of the event loop share a
   * look-up: nothing that they could know of happens between them.
   * @param {Definition} definition
   * @param {string} key
   * @param {boolean} withTime
   * @returns {Promise<unknown>}
   */
  #ask(definition, key, withTime) {
    // Look-ups that ask for something else have other replies. No key ends in a line feed.
    const asBytes = this.#wantsBytes(definition);
    const name = asBytes ? `${key}\n${withTime}\n` : withTime ? `${key}\n` : key;
    if (name === this.#firstName) return /** @type {Promise<unknown>} */ (this.#first);
    const known = this.#more.get(name);
    if (known !== undefined) return known;
    const lookup = this.#port.request([withTime ? "get-timed" : "get", [key]], asBytes);
    if (this.#firstName === undefined) {
      this.#firstName = name;
      this.#first = lookup;
      afterThisTurn.then(this.#forget);
    } else this.#more.set(name, lookup);
    return lookup;
  }

  /** JSON is text. What another serializer makes may be bytes. @param {Definition} definition */
  #wantsBytes(definition) {
    return definition.options.deserializer !== undefined && this.#port.can.bytes;
  }
}

/**
 * @param {Definition} definition
 * @param {number} left milliseconds until the key expires; -1: never; -2: not known
 * @param {number} windowMs for how many of these it is stale
 * @param {Payload} payload
 * @param {{ value: unknown } | undefined} read
 * @returns {Found | undefined}
 */
function foundOf(definition, left, windowMs, payload, read) {
  if (read === undefined) return undefined;
  const leftMs = left >= 0 ? left - windowMs : left === -1 ? Number.POSITIVE_INFINITY : 0;
  return { result: read.value, payload, leftMs, isDue: left >= 0 && leftMs >= 0 && leftMs < definition.earlyMs };
}
