// @ts-check
/**
 * The values of one MemoryBackend, and the store in the core that knows everything else of them.
 *
 * The core names entries by slots; the value of a slot is kept here, so a hit hands out what JavaScript already holds.
 * What the core says is gone is forgotten before anything else may take its slot. When a trapped instance was replaced
 * the store starts empty. js/memory/store.js works on this for cached calls, js/backends/memory.js for keys set by hand.
 */
import { HAS_REMOVED, NONE, OUTCOME, OUTCOME_MASK } from "../boundary/numbers.js";

/** Uses are told to the core when there are so many, or before anything may be evicted. */
const TOUCHES = 256;

/** The epoch of what is stored. */
export const STORED = -1;

/**
 * What the maps from a single argument lead to: a value, of which one look tells that it is still there, or a run that
 * may be joined. One of a value stands in the place of that until it goes. Its slot is NONE when that is over.
 */
export class Hot {
  /**
   * @param {number} slot
   * @param {number} freshUntil
   * @param {unknown} value
   * @param {Promise<unknown> | undefined} promise where one object is handed to everybody
   * @param {number} epoch STORED, or for a run the number of invalidations before it was joined first
   */
  constructor(slot, freshUntil, value, promise, epoch) {
    this.slot = slot;
    this.freshUntil = freshUntil;
    this.value = value;
    this.promise = promise;
    this.epoch = epoch;
  }

  /** Leads nowhere from now on, and holds nothing: the maps still have it. */
  end() {
    this.slot = NONE;
    this.value = undefined;
    this.promise = undefined;
  }
}

/** A run of a function: the slot that it will fill, and what those who join it share. */
export class Run {
  /**
   * @param {number} slot
   * @param {number} ticket
   * @param {number} generation of the core that gave them out
   */
  constructor(slot, ticket, generation) {
    this.slot = slot;
    this.ticket = ticket;
    this.generation = generation;
    /** @type {Promise<unknown> | undefined} */
    this.promise = undefined;
    /** What of the result is stored, or what is served in its place. @type {unknown} */
    this.stored = undefined;
    /** Whether whoever asked for it wants its result and no other. */
    this.isRefresh = false;
    /** What leads to it. @type {Hot | undefined} */
    this.hot = undefined;
  }
}

/** Gives stores back to the core when their backend is gone. Not in every runtime. */
const registry =
  typeof FinalizationRegistry === "function"
    ? new FinalizationRegistry(
        (/** @type {{ core: import("../boundary/core.js").Core, handle: number, generation: number }} */ store) => {
          if (store.core.generation === store.generation) store.core.exports.storeFree(store.handle);
        },
      )
    : undefined;

export class MemoryStore {
  #generation = -1;
  #handle = 0;
  /** By slot: a value, or a run where there is none yet. @type {unknown[]} */
  #values = [];
  /** The runs of slots that have a value. @type {Map<number, Run>} */
  #refreshes = new Map();
  #touches = new Uint32Array(TOUCHES);
  #touched = 0;
  #isBounded;

  /**
   * @param {import("../boundary/core.js").Core} core
   * @param {{ maxEntries: number, maxBytes: number, values: "copy" | "shared" }} options
   */
  constructor(core, options) {
    this.core = core;
    this.options = options;
    this.isShared = options.values === "shared";
    /** Whether somebody must know how large a value is. */
    this.isWeighed = options.maxBytes !== Number.POSITIVE_INFINITY;
    this.#isBounded = this.isWeighed || options.maxEntries !== Number.POSITIVE_INFINITY;
    /** Milliseconds since the epoch; the clock of the cache that works on it. */
    this.clock = () => Date.now();
    /** The number of invalidations. */
    this.epoch = 0;
  }

  /**
   * The handle of the store in the core, made on first use: its hashes are keyed with random numbers, which workerd
   * refuses at global scope.
   */
  get handle() {
    const { core } = this;
    if (this.#generation !== core.generation) {
      const [a, b, c, d] = crypto.getRandomValues(new Uint32Array(4));
      const { maxEntries, maxBytes } = this.options;
      this.#values = [];
      this.#touched = 0;
      this.#refreshes = new Map();
      this.#handle = core.exports.storeCreate(a, b, c, d, maxEntries, maxBytes);
      this.#generation = core.generation;
      registry?.register(this, { core, handle: this.#handle, generation: this.#generation });
    }
    return this.#handle;
  }

  /**
   * The value of a slot.
   * @param {number} slot
   */
  value(slot) {
    const value = this.#values[slot];
    return value instanceof Hot ? value.value : value;
  }

  /**
   * Puts the value of a slot in its place, after what is gone was forgotten.
   * @param {number} slot
   * @param {unknown} value
   */
  keep(slot, value) {
    const values = this.#values;
    // Never a gap: an array with holes is slower for good.
    while (values.length < slot) values.push(undefined);
    values[slot] = value;
  }

  /**
   * The run for a slot that was just reserved. At once: its ticket stands in the scratch buffer.
   * @param {number} slot
   */
  begin(slot) {
    const { core } = this;
    core.attach();
    const run = new Run(slot, core.floats[0], core.generation);
    const value = this.#values[slot];
    if (value === undefined || value instanceof Run) this.keep(slot, run);
    else this.#refreshes.set(slot, run);
    return run;
  }

  /**
   * The run in flight for a slot.
   * @param {number} slot
   * @returns {Run | undefined}
   */
  running(slot) {
    const value = this.#values[slot];
    return value instanceof Run ? value : this.#refreshes.get(slot);
  }

  /**
   * Forgets a run.
   * @param {Run} run
   */
  end(run) {
    const { slot } = run;
    if (this.#values[slot] === run) this.#values[slot] = undefined;
    else if (this.#refreshes.get(slot) === run) this.#refreshes.delete(slot);
    run.hot?.end();
  }

  /**
   * The hot object of a slot with a value.
   * @param {number} slot
   * @param {number} earlyMs how long before the end of its freshness more is to be done than to hand it out
   */
  heat(slot, earlyMs) {
    const value = this.#values[slot];
    if (value instanceof Hot) return value;
    const freshUntil = this.core.exports.storeFreshUntil(this.handle, slot) - earlyMs;
    const hot = new Hot(slot, freshUntil, value, this.isShared ? Promise.resolve(value) : undefined, STORED);
    this.#values[slot] = hot;
    return hot;
  }

  /**
   * Puts the value back in the place of its hot object.
   * @param {Hot} hot
   */
  cool(hot) {
    if (hot.slot === NONE) return;
    this.#values[hot.slot] = hot.value;
    hot.end();
  }

  /**
   * Notes that the value of a slot was used.
   * @param {number} slot
   */
  touch(slot) {
    if (!this.#isBounded) return;
    this.#touches[this.#touched++] = slot;
    if (this.#touched === TOUCHES) this.#tellTouches();
  }

  #tellTouches() {
    const { core } = this;
    const count = this.#touched;
    this.#touched = 0;
    core.reserve(count * 4);
    core.words.set(count === TOUCHES ? this.#touches : this.#touches.subarray(0, count));
    core.exports.storeTouch(this.handle, count);
  }

  /**
   * Stores the result of a run, whose entities are the current ids of the core. Returns the outcome.
   * @param {Run} run
   * @param {unknown} value
   * @param {number} size
   * @param {number} now
   * @param {number} freshUntil
   * @param {number} staleMs how long after that it is kept
   */
  commit({ slot, ticket }, value, size, now, freshUntil, staleMs) {
    this.settle();
    const answer = this.core.exports.storeCommit(this.handle, slot, ticket, now, freshUntil, staleMs, size);
    if ((answer & HAS_REMOVED) !== 0) this.forget();
    const outcome = answer & OUTCOME_MASK;
    if (outcome === OUTCOME.STORED) this.keep(slot, value);
    return outcome;
  }

  /** Forgets the values that are gone. To be called after every export that may remove any, before the next one. */
  forget() {
    for (const slot of this.#slots(this.core.exports.storeTakeRemoved(this.handle))) {
      const value = this.#values[slot];
      if (value instanceof Hot) value.end();
      // The slot may have been reserved since its value went.
      if (!(value instanceof Run)) this.#values[slot] = undefined;
    }
  }

  /** Forgets until when values are fresh, where that has changed. */
  soften() {
    for (const slot of this.#slots(this.core.exports.storeTakeSoftened(this.handle))) {
      const value = this.#values[slot];
      if (value instanceof Hot) this.cool(value);
    }
  }

  /**
   * Tells the core what was used, before it may evict.
   */
  settle() {
    if (this.#touched > 0) this.#tellTouches();
  }

  /**
   * The slots in the scratch buffer.
   * @param {number} length in bytes
   */
  #slots(length) {
    if (length === 0) return [];
    this.core.readBytes(length);
    return this.core.words.subarray(0, length / 4);
  }

  /** Figures, for `stats()`. */
  figures() {
    const { core } = this;
    core.exports.storeFigures(this.handle);
    core.attach();
    const [entries, bytes, evictions, entities, running] = core.floats;
    return { entries, bytes, evictions, entities, running };
  }
}
