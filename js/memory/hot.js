// @ts-check
/**
 * What a store in memory keeps of one function: the number that the core knows it by, and shortcuts from a single
 * argument to its value, which need no crossing to the core.
 *
 * For example, after two calls of `getUser(42)` the map `hot` of getUser has 42 → Hot { slot: 7, value: '{"id":42}' },
 * and slot 7 holds that same Hot in place of the value. When slot 7 is dropped, the Hot is ended there, so the map needs
 * no look-up to learn of it.
 */
import { NONE } from "../boundary/numbers.js";
import { identity } from "../functions/by-identity.js";

/** @typedef {import("../functions/definition.js").Definition} Definition */
/** @typedef {import("./slots.js").Slots} Slots */
/** @typedef {import("./slots.js").Run} Run */

/** The epoch of a shortcut that leads to a value. */
export const OF_VALUE = -1;
/** The epoch of what a synchronous call has stored: the value that all such calls share. It is all that its slot has. */
export const OF_RESULT = -2;

/** The most shortcuts of one function. */
const MAX_HOT = 8192;
/** A full map is emptied after this many misses for each of its places: those in use come back. */
const MISSES_PER_PLACE = 4;
/** Longer texts are not kept as keys a second time. */
const MAX_HOT_TEXT = 128;

/**
 * A promise of a value that is there already. React's `use` reads `status` and `value`, and then does not wait.
 * @param {unknown} value
 */
export function settled(value) {
  // Object.assign would take an object more for each hit.
  const promise = /** @type {any} */ (Promise.resolve(value));
  promise.status = "fulfilled";
  promise.value = value;
  return promise;
}

/**
 * A shortcut from one argument to a stored value, or to a run in flight. While it leads to a value it stands in that
 * value's slot. `slot === NONE`: the shortcut is dead.
 */
export class Hot {
  /**
   * @param {number} slot
   * @param {number} freshUntil
   * @param {unknown} value the value, or the run
   * @param {Promise<unknown> | undefined} promise what callers get, where one object is given to all of them
   * @param {number} epoch OF_VALUE or OF_RESULT; for a run the number of invalidations before a call first joined it
   */
  constructor(slot, freshUntil, value, promise, epoch) {
    this.slot = slot;
    this.freshUntil = freshUntil;
    this.value = value;
    this.promise = promise;
    this.epoch = epoch;
  }

  /** Makes it dead. It lets go of its value, because the map may hold the shortcut for long. */
  end() {
    this.slot = NONE;
    this.value = undefined;
    this.promise = undefined;
  }
}

/**
 * What all calls share of what a slot has, where they share.
 * @param {unknown} kept as `Slots.value` gives it
 */
export const sharedOf = (kept) => (kept instanceof Hot ? kept.value : kept);

/** What is kept of one function. */
export class Calls {
  /** From a single argument to its shortcut. @type {Map<unknown, Hot>} */
  hot = new Map();
  /** How often an argument found no place in a full map. */
  misses = 0;

  /**
   * @param {Definition} definition
   * @param {number} generation of the core
   * @param {number} number by which the core knows the function, in this store
   */
  constructor({ options, earlyMs }, generation, number) {
    /** The first object that it was called on; null once there was another, which is reported. @type {WeakRef<object> | null | undefined} */
    this.self = undefined;
    /** From a single object to its shortcut, where arguments are compared by identity. @type {WeakMap<object, Hot> | undefined} */
    this.objects = options.key === identity ? new WeakMap() : undefined;
    this.generation = generation;
    this.number = number;
    /** Whether the key is made of the arguments themselves. */
    this.isDirect = options.key === undefined;
    /** For how long a stale value is served while a run refreshes it, in milliseconds. */
    this.serveStaleMs = options.staleWhileRevalidate;
    /** How long before the end of its ttl a hit refreshes an entry, in milliseconds. */
    this.earlyMs = earlyMs;
  }

  /**
   * Whether a call with these arguments may have a shortcut.
   * @param {unknown[]} args
   */
  isHeatable(args) {
    if (!this.isDirect || args.length !== 1) return false;
    const [arg] = args;
    return typeof arg === "number" || (typeof arg === "string" && arg.length <= MAX_HOT_TEXT);
  }

  /**
   * Makes a shortcut to the value in a slot.
   * @param {Slots} slots
   * @param {unknown} arg
   * @param {number} slot
   */
  heat(slots, arg, slot) {
    if (this.#hasPlace(slots)) this.hot.set(arg, slots.heat(slot, this.earlyMs));
  }

  /**
   * Makes a shortcut to a run, for the calls that join it before the next invalidation. Only where values are shared:
   * all of them get the same promise, so nothing is left to do for each.
   * @param {Slots} slots
   * @param {unknown} arg
   * @param {Run} run
   * @param {Promise<unknown>} joint
   */
  heatRun(slots, arg, run, joint) {
    if (!this.#hasPlace(slots)) return;
    run.hot = new Hot(run.slot, Number.POSITIVE_INFINITY, run, joint, slots.epoch);
    this.hot.set(arg, run.hot);
  }

  /** @param {Slots} slots */
  #hasPlace(slots) {
    if (this.hot.size < MAX_HOT) return true;
    this.misses += 1;
    if (this.misses < MISSES_PER_PLACE * MAX_HOT) return false;
    this.misses = 0;
    for (const hot of this.hot.values()) if (hot.epoch === OF_VALUE) slots.cool(hot);
    this.hot.clear();
    return true;
  }
}
