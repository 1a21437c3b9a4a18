// @ts-check
/**
 * Single flight without a backend: calls of one key share a run while the log cannot be read.
 *
 * Nobody knows then what other processes invalidate. So a call shares a run only if it began before that run, or in the
 * same turn of the event loop: whatever was invalidated before the call was invalidated before the run.
 */
import { unkeepable } from "../functions/fidelity.js";
import { isIn } from "../functions/nesting.js";
import { copyOf, execute, serialize } from "../functions/run.js";
import { ALONE, UnderWay } from "../functions/under-way.js";

/** @typedef {import("./lookup.js").KeyedCall} KeyedCall */
/** @typedef {import("../functions/run.js").Payload} Payload */

/**
 * @typedef {object} Shared
 * @property {UnderWay} run
 * @property {number} order
 * @property {Promise<unknown>} outcome
 * @property {Promise<Payload | undefined> | undefined} payload of the result, made for the first call that joins
 */

export class Outage {
  /** Counts the turns in which runs began. */
  #order = 0;
  /** @type {Map<string, Shared>} */
  #runs = new Map();

  /** What a call notes when it begins. */
  get order() {
    return this.#order;
  }

  /**
   * The result for a call.
   * @param {KeyedCall} call
   * @param {number} order what it noted when it began
   * @returns {Promise<unknown>}
   */
  async run(call, order) {
    const shared = this.#runs.get(call.key);
    if (shared === undefined || order > shared.order || !shared.run.isJoinable) return this.#start(call).outcome;
    if (isIn(shared.run.nest, call.inside)) return this.#begin(call).outcome;
    shared.run.audience?.join(call.signal);
    const result = await shared.run.join(shared.outcome);
    if (result === ALONE || unkeepable(result) !== undefined) {
      call.signal?.throwIfAborted();
      return this.#start(call).outcome;
    }
    // A copy: callers must not change each other's objects.
    shared.payload ??= Promise.resolve(serialize(call.definition, result));
    return copyOf(call.definition, result, shared.payload);
  }

  /** Starts a run that others may share. @param {KeyedCall} call */
  #start(call) {
    const shared = this.#begin(call);
    const { key } = call;
    this.#runs.set(key, shared);
    const end = () => {
      if (this.#runs.get(key) === shared) this.#runs.delete(key);
    };
    shared.outcome.then(end, end);
    const { order } = shared;
    // From the next turn on a call may know of an invalidation that this run does not know of.
    Promise.resolve().then(() => {
      if (this.#order === order) this.#order += 1;
    });
    return shared;
  }

  /** @param {KeyedCall} call @returns {Shared} */
  #begin(call) {
    const run = new UnderWay(call.definition, call.self, call.args, call.inside);
    run.begin(call.signal);
    const outcome = execute(run).finally(() => run.end());
    return { run, order: this.#order, outcome, payload: undefined };
  }
}
