// @ts-check
/**
 * What is kept of one function whose calls are cached in memory: the number that the core knows it by, and the way from
 * a single argument to its value, which needs no crossing to the core. js/memory/store.js uses them.
 */
import { Hot, STORED } from "./slots.js";

/** @typedef {import("../functions/definition.js").Definition} Definition */
/** @typedef {import("./slots.js").MemoryStore} MemoryStore */
/** @typedef {import("./slots.js").Run} Run */

/** The most hot objects of one function. */
const MAX_HOT = 8192;
/** A full map is emptied after so many misses for each of its places: those in use come back. */
const MISSES_PER_PLACE = 4;
/** Longer texts are not kept as keys a second time. */
const MAX_HOT_TEXT = 128;

/** What is kept of one function. */
export class Calls {
  /** From a single argument to its value. @type {Map<unknown, Hot>} */
  hot = new Map();
  /** How often an argument was not among them when all places were taken. */
  misses = 0;

  /**
   * @param {Definition} definition
   * @param {MemoryStore} memory
   */
  constructor(definition, memory) {
    const { core } = memory;
    const { options, handle } = definition;
    this.generation = core.generation;
    /** What the core knows the function by, in this store. */
    this.number = core.exports.storeOpen(memory.handle, handle, definition.hasOpenTypes);
    this.usesNumbers = !core.exports.storeNeedsTexts(handle);
    /** Whether the argument itself is what the key is made of. */
    this.isDirect = options.key === undefined;
    this.staleMs = options.staleWhileRevalidate;
    this.earlyMs = definition.earlyMs;
  }

  /**
   * Whether a call with these arguments may have a hot object.
   * @param {unknown[]} args
   */
  isHeatable(args) {
    if (!this.isDirect || args.length !== 1) return false;
    const [arg] = args;
    return typeof arg === "number" || (typeof arg === "string" && arg.length <= MAX_HOT_TEXT);
  }

  /**
   * Lets a single argument lead to the value in a slot.
   * @param {MemoryStore} memory
   * @param {unknown} arg
   * @param {number} slot
   */
  heat(memory, arg, slot) {
    if (this.#hasPlace(memory)) this.hot.set(arg, memory.heat(slot, this.earlyMs));
  }

  /**
   * Lets a single argument lead to the run that its calls join, until something is invalidated: where one object is
   * handed to everybody, nothing is left to do for those who join.
   * @param {MemoryStore} memory
   * @param {unknown} arg
   * @param {Run} run
   */
  await(memory, arg, run) {
    if (!this.#hasPlace(memory)) return;
    run.hot = new Hot(run.slot, Number.POSITIVE_INFINITY, undefined, run.promise, memory.epoch);
    this.hot.set(arg, run.hot);
  }

  /** @param {MemoryStore} memory */
  #hasPlace(memory) {
    if (this.hot.size < MAX_HOT) return true;
    this.misses += 1;
    if (this.misses < MISSES_PER_PLACE * MAX_HOT) return false;
    this.misses = 0;
    for (const hot of this.hot.values()) if (hot.epoch === STORED) memory.cool(hot);
    this.hot.clear();
    return true;
  }
}
