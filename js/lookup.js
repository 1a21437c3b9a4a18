// @ts-check
/**
 * Reads what a backend holds for a call: one command for a hit. What is there but cannot be used (another type under the
 * key, garbage, a text that the deserializer refuses, a value that an index has lost) is told, and counts as a miss.
 */
import { concernsOf } from "./concerns.js";
import { decodePayload } from "./protocol/payload.js";
import { deserialize } from "./run.js";

/** @typedef {import("./definition.js").Definition} Definition */
/** @typedef {{ definition: Definition, args: unknown[], key: string }} Call */
/** A cached value, for how long it has been stale, and whether it is to be refreshed although it is not. @typedef {{ value: unknown, isStale: boolean, staleMs: number, isDue: boolean }} Found */

export class Lookup {
  #backend;
  #isStrict;
  #verify;
  /** The look-ups of this turn of the event loop. @type {Map<string, Promise<unknown>>} */
  #shared = new Map();

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
    const { definition, key } = call;
    const reply = await this.#share(definition, key);
    const [leftMs, stored] = isTimed(definition) ? /** @type {[number, unknown]} */ (reply) : [-1, reply];
    if (stored === null || stored === undefined) return undefined;
    let payload = decodePayload(stored);
    if (payload === undefined) {
      definition.warn("garbage", "the backend answered with what is neither text nor bytes; that counts as a miss");
      return undefined;
    }
    const readable = deserialize(definition, payload);
    // Hits are many: no step of the event loop for nothing.
    let read = readable instanceof Promise ? await readable : readable;
    if (read !== undefined && this.#isStrict) {
      const concerns = concernsOf(definition, read.value, call.args, undefined);
      const verified = decodePayload(await this.#verify(key, concerns, this.#wantsBytes(definition)));
      if (verified === undefined || String(verified) !== String(payload)) return undefined;
      payload = verified;
      read = await deserialize(definition, payload);
    }
    if (read === undefined) return undefined;
    // A key kept for good has -1, and one that is just going has -2.
    const staleMs = leftMs >= 0 ? definition.staleMs - leftMs : Number.NEGATIVE_INFINITY;
    const isStale = staleMs > 0;
    return { value: read.value, isStale, staleMs, isDue: !isStale && -staleMs < definition.earlyMs };
  }

  /**
   * The value or, where its age matters, the milliseconds that it has left and the value. Calls of one turn of the event
   * loop share a look-up: between them nobody can have heard of anything.
   * @param {Definition} definition
   * @param {string} key
   * @returns {Promise<unknown>}
   */
  #share(definition, key) {
    let lookup = this.#shared.get(key);
    if (lookup === undefined) {
      lookup = this.#get(definition, key).catch((error) => {
        if (!(error instanceof Error && error.message.includes("WRONGTYPE"))) throw error;
        definition.warn("wrong type", `${key} holds no string; that counts as a miss`);
        return isTimed(definition) ? [-2, null] : null;
      });
      if (this.#shared.size === 0) queueMicrotask(() => this.#shared.clear());
      this.#shared.set(key, lookup);
    }
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

/** Whether it matters how long a value has left. @param {Definition} definition */
const isTimed = (definition) => definition.staleMs > 0 || definition.earlyMs > 0;
