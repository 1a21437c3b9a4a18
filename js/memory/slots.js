// @ts-check
/**
 * The values of one MemoryBackend, by slot, and the store in the core that knows everything else of them. This is the
 * only module that calls the exports `store…` of the core.
 *
 * The core names an entry by its slot; the value stays here, so a hit gives what JavaScript already holds. For example:
 *
 *     getUser(42)  lookup → RUN, slot 7      #values[7] = Run
 *     it ends      commit → STORED           #values[7] = '{"id":42}'
 *     invalidated  drop, then forget → [7]   #values[7] = undefined
 *
 * An export that writes arguments or texts to the scratch buffer is called in the method that wrote them: nothing can
 * come in between. After a trap the store starts empty, with a new handle.
 */
import {
  HAS_REMOVED,
  NONE,
  OUTCOME,
  OUTCOME_MASK,
  STATE,
  STATE_BITS,
  STATE_MASK,
  SUSPECTS,
} from "../boundary/numbers.js";
import { UnderWay } from "../functions/under-way.js";
import { Calls, Hot, OF_RESULT, OF_VALUE, settled, sharedOf } from "./hot.js";
import { sizeOf } from "./size.js";

/** @typedef {import("../functions/definition.js").Definition} Definition */
/** @typedef {import("../functions/definition.js").Shown} Shown */

/** The core hears of uses when there are this many, or before it may evict. */
const TOUCHES = 256;
/** A store for at least this many entries hears of no uses until it is half full: nothing is evicted before. */
const ROOMY = 1000;

/** The state of a fresh value that a run is to refresh: `lookup` answers it, beside those of the core. */
export const EARLY = 7;
/** The answer for arguments that cannot be a key, which is reported already. */
const NO_KEY = STATE.REFUSED | (1 << STATE_BITS);

/** A run in memory: the call that began it, the slot that it fills, and what the calls that join it share. */
export class Run extends UnderWay {
  /**
   * @param {number} slot
   * @param {number} ticket
   * @param {number} generation of the core that gave them out
   * @param {Definition} definition
   * @param {unknown} self
   * @param {unknown[]} args
   * @param {number} now
   * @param {number} epoch how many invalidations there were before
   */
  constructor(slot, ticket, generation, definition, self, args, now, epoch) {
    super(definition, self, args, undefined, now);
    this.epoch = epoch;
    this.slot = slot;
    this.ticket = ticket;
    this.generation = generation;
    /** @type {Promise<unknown> | undefined} */
    this.promise = undefined;
    /** What calls that joined are served from: the payload or shared value of its result, or a stale one. @type {unknown} */
    this.kept = undefined;
    /** Whether its callers get a stale value. */
    this.isStale = false;
    /** Whether its caller wants its result and no stale one. */
    this.isRefresh = false;
    /** The shortcut that leads to it. @type {Hot | undefined} */
    this.hot = undefined;
  }
}

/**
 * What is in a slot.
 * @typedef {object} Described
 * @property {Shown | undefined} definition the last one of its function; none for a key that was set by hand
 * @property {Uint8Array} key its key bytes, or its name as UTF-8
 * @property {number} ageMs
 * @property {number} freshForMs
 */

/** In front of the key bytes stand three doubles. */
const DESCRIBED_BYTES = 24;

/** A value that was set by hand: text, bytes or a set. It cannot be taken for a result that has the same type. */
export class ByHand {
  /** @param {string | Uint8Array | Set<string>} value */
  constructor(value) {
    this.value = value;
  }
}

/** Frees stores in the core when their backend is gone. Not every runtime has it. */
const registry =
  typeof FinalizationRegistry === "function"
    ? new FinalizationRegistry(
        (/** @type {{ core: import("../boundary/core.js").Core, handle: number, generation: number }} */ store) => {
          if (store.core.generation === store.generation) store.core.exports.storeFree(store.handle);
        },
      )
    : undefined;

const encoder = new TextEncoder();

export class Slots {
  #generation = -1;
  #handle = 0;
  /** By slot: a value, the Hot or ByHand that holds it, or a Run where there is no value yet. @type {unknown[]} */
  #values = [];
  /** The runs of slots that have a value. @type {Map<number, Run>} */
  #refreshes = new Map();
  #touches = new Uint32Array(TOUCHES);
  #touched = 0;
  /** Whether it matters which entries were used last. */
  #hearsOfUses;
  /** Whether the core needs the size of a value. */
  #isWeighed;
  /** The definitions that the store was opened for, by their numbers. @type {Shown[]} */
  opened = [];
  /** Values from another process, by cache key: js/memory/hydration.js. @type {Map<string, import("./hydration.js").Waiting> | undefined} */
  waiting = undefined;
  /** Who listens to calls. @type {import("./watchers.js").Watchers | undefined} */
  watchers = undefined;

  /**
   * @param {import("../boundary/core.js").Core} core
   * @param {{ maxEntries: number, maxBytes: number, values: "copy" | "shared" | "frozen" }} options
   */
  constructor(core, options) {
    this.core = core;
    this.options = options;
    /** Whether all callers get one object: slots then hold results, else payloads. */
    this.sharesValues = options.values !== "copy";
    /** Whether that object is a copy of the result which nobody can change. */
    this.freezesValues = options.values === "frozen";
    this.#isWeighed = options.maxBytes !== Number.POSITIVE_INFINITY;
    this.#hearsOfUses = this.#isWeighed || options.maxEntries < ROOMY;
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
      this.opened = [];
      this.#touched = 0;
      this.#refreshes = new Map();
      this.#handle = core.exports.storeCreate(a, b, c, d, maxEntries, maxBytes);
      this.#generation = core.generation;
      registry?.register(this, { core, handle: this.#handle, generation: this.#generation }, this);
      this.watchers?.cleared();
    }
    return this.#handle;
  }

  /**
   * Gives the memory of the store in the core back, unless a run needs it still. The next use begins with an empty store.
   * What definitions keep of this one is void.
   * @returns {boolean} whether it was given back
   */
  free() {
    const { core } = this;
    if (this.#generation !== core.generation || this.figures().running > 0) return false;
    core.exports.storeFree(this.#handle);
    registry?.unregister(this);
    this.#generation = -1;
    this.#values = [];
    this.watchers?.cleared();
    return true;
  }

  // Cached calls

  /**
   * What is kept of a function. Made anew after a trapped instance was replaced.
   * @param {Definition} definition
   * @returns {Calls}
   */
  callsOf(definition) {
    const { core } = this;
    const calls = /** @type {Calls | undefined} */ (definition.ofStore);
    if (calls !== undefined && calls.generation === core.generation) return calls;
    const number = core.exports.storeOpen(this.handle, definition.handle, this.suspectsOf(definition));
    this.opened[number] = definition.shown;
    const made = new Calls(definition, core.generation, number);
    definition.ofStore = made;
    return made;
  }

  /** Whose invalidation ends the joining of a run. @param {Definition} definition @returns {number} */
  suspectsOf(definition) {
    return definition.hasOpenTypes ? SUSPECTS.EVERY : SUSPECTS.DECLARED;
  }

  /**
   * Looks up a call. The answer has a state in its lowest bits, and the slot above them. After RUN, REFRESH and EARLY
   * `begin` comes next. For REFUSED and FULL see `isReported`.
   * @param {Calls} calls
   * @param {Definition} definition
   * @param {unknown} self
   * @param {unknown[]} args
   * @param {number} now
   */
  lookup(calls, definition, self, args, now) {
    const words = definition.writeCall(self, args);
    if (words === 0) return NO_KEY;
    const { handle } = this;
    const { exports } = this.core;
    const answer = exports.storeLookup(handle, calls.number, words, now, calls.serveStaleMs);
    if (calls.earlyMs === 0 || (answer & STATE_MASK) !== STATE.FRESH) return answer;
    const slot = answer >>> STATE_BITS;
    const isDue = now >= exports.storeFreshUntil(handle, slot) - calls.earlyMs;
    if (!isDue || this.running(slot)?.isJoinable) return answer;
    // The words of the call are still in the scratch buffer.
    exports.storeRefresh(handle, calls.number, words);
    return answer + EARLY - STATE.FRESH;
  }

  /**
   * Reserves the slot of a call for a run, whatever it holds. Answers as `lookup` does.
   * @param {Calls} calls
   * @param {Definition} definition
   * @param {unknown} self
   * @param {unknown[]} args
   */
  refresh(calls, definition, self, args) {
    const words = definition.writeCall(self, args);
    return words === 0 ? NO_KEY : this.core.exports.storeRefresh(this.handle, calls.number, words);
  }

  /**
   * Whether it is reported already that a call has no slot.
   * @param {number} answer
   */
  isReported(answer) {
    return answer === NO_KEY;
  }

  /**
   * The slot of a call that has a value, or NONE.
   * @param {Calls} calls
   * @param {Definition} definition
   * @param {unknown} self
   * @param {unknown[]} args
   * @param {number} now
   * @param {number} staleMs for how long after its ttl a value counts
   */
  peek(calls, definition, self, args, now, staleMs) {
    const words = definition.writeCall(self, args);
    return words === 0 ? NONE : this.core.exports.storePeek(this.handle, calls.number, words, now, staleMs);
  }

  /**
   * The value of a slot: a payload, or a result where values are shared; a ByHand where it was set by hand; a Hot where
   * a synchronous call has stored it.
   * @param {number} slot
   */
  value(slot) {
    const value = this.#values[slot];
    return value instanceof Hot && value.epoch === OF_VALUE ? value.value : value;
  }

  /**
   * Puts in a slot what all synchronous calls share of its value.
   * @param {number} slot
   * @param {unknown} result
   */
  share(slot, result) {
    const before = this.#values[slot];
    const hot = new Hot(slot, this.freshUntil(slot), result, undefined, OF_RESULT);
    if (before instanceof Hot) {
      hot.promise = before.promise;
      before.end();
    }
    this.#values[slot] = hot;
    return hot;
  }

  /**
   * Until when the value of a slot is fresh.
   * @param {number} slot
   */
  freshUntil(slot) {
    return this.core.exports.storeFreshUntil(this.handle, slot);
  }

  /**
   * Notes that the value of a slot was used.
   * @param {number} slot
   */
  touch(slot) {
    if (!this.#hearsOfUses) return;
    this.#touches[this.#touched++] = slot;
    if (this.#touched === TOUCHES) this.#reportTouches();
  }

  #reportTouches() {
    const { core } = this;
    const count = this.#touched;
    this.#touched = 0;
    core.reserve(count * 4);
    core.words.set(count === TOUCHES ? this.#touches : this.#touches.subarray(0, count));
    core.exports.storeTouch(this.handle, count);
  }

  /** Reports what was used to the core, before it may evict. */
  #settle() {
    if (this.#touched > 0) this.#reportTouches();
  }

  // Runs

  /**
   * The run for a slot that was just reserved: its ticket is still in the scratch buffer.
   * @param {number} slot
   * @param {Definition} definition
   * @param {unknown} self
   * @param {unknown[]} args
   * @param {number} now
   */
  begin(slot, definition, self, args, now) {
    const { core } = this;
    core.attach();
    const run = new Run(slot, core.floats[0], core.generation, definition, self, args, now, this.epoch);
    const value = this.#values[slot];
    if (value === undefined || value instanceof Run) this.#keep(slot, run);
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
   * Forgets a run, which no call joins any more.
   * @param {Run} run
   */
  end(run) {
    const { slot } = run;
    run.end();
    if (this.#values[slot] === run) this.#values[slot] = undefined;
    else if (this.#refreshes.get(slot) === run) this.#refreshes.delete(slot);
    run.hot?.end();
  }

  /**
   * Stores what a run has loaded, and returns the outcome. Throws what code of the user throws while the entities of
   * the result are read.
   * @param {Run} run
   * @param {Pick<import("../functions/run.js").Loaded, "result" | "payload" | "ttlMs">} loaded
   * @param {number} now
   * @param {number} [windowMs] for how long it is kept when it is stale
   */
  commit(run, loaded, now, windowMs = run.definition.windowMs) {
    const { slot } = run;
    const value = /** @type {any} */ (run.kept);
    const isResult = value instanceof Hot;
    this.keepIds(run, loaded);
    this.#settle();
    const { exports } = this.core;
    const size = this.sharesValues || isResult ? this.#weigh(sharedOf(value)) : value.length;
    const freshUntil = now + loaded.ttlMs;
    const answer = exports.storeCommit(this.handle, slot, run.ticket, now, freshUntil, windowMs, size);
    const outcome = answer & OUTCOME_MASK;
    const isStored = outcome === OUTCOME.STORED;
    if ((answer & HAS_REMOVED) !== 0) this.forget(now, isStored ? slot : NONE);
    if (isStored) {
      if (isResult) [value.slot, value.freshUntil] = [slot, freshUntil];
      this.#keep(slot, value);
      this.watchers?.stored(run, now, freshUntil);
    }
    return outcome;
  }

  /**
   * Leaves the ids of a result in the core. The commit takes them.
   * @param {Run} run
   * @param {Pick<import("../functions/run.js").Loaded, "result" | "payload">} loaded
   */
  keepIds({ definition, args }, { result, payload }) {
    definition.entities.keep(result, args, payload);
  }

  /** @param {unknown} value */
  #weigh(value) {
    return this.#isWeighed ? sizeOf(value) : 0;
  }

  /**
   * Ends a run whose result is not stored. Returns whether the slot has a value that may still be served stale.
   * @param {Run} run
   * @param {number} now
   */
  release({ slot, ticket }, now) {
    return this.core.exports.storeRelease(this.handle, slot, ticket, now);
  }

  /**
   * Puts a value or a run in a slot.
   * @param {number} slot
   * @param {unknown} value
   */
  #keep(slot, value) {
    const values = this.#values;
    // Never a gap: an array with holes is slower for good.
    while (values.length < slot) values.push(undefined);
    if (values.length === slot && slot * 2 > this.options.maxEntries) this.#hearsOfUses = true;
    values[slot] = value;
  }

  // Shortcuts

  /**
   * The shortcut to the value of a slot.
   * @param {number} slot
   * @param {number} earlyMs how long before the end of its freshness a hit must ask the core
   */
  heat(slot, earlyMs) {
    const value = this.#values[slot];
    if (value instanceof Hot) return value;
    const promise = this.sharesValues ? settled(value) : undefined;
    const hot = new Hot(slot, this.freshUntil(slot) - earlyMs, value, promise, OF_VALUE);
    this.#values[slot] = hot;
    return hot;
  }

  /**
   * The promise of a value that all callers share, the same for every hit: React's `use` needs that.
   * @param {number} slot
   * @param {number} earlyMs as for `heat`
   */
  promiseOf(slot, earlyMs) {
    if (!this.sharesValues) return undefined;
    const hot = this.heat(slot, earlyMs);
    hot.promise ??= settled(hot.value);
    return hot.promise;
  }

  /**
   * Puts the value back in its slot, in place of its shortcut.
   * @param {Hot} hot
   */
  cool(hot) {
    if (hot.slot === NONE) return;
    if (hot.epoch === OF_RESULT) {
      this.share(hot.slot, hot.value);
      return;
    }
    this.#values[hot.slot] = hot.value;
    hot.end();
  }

  // Invalidation. Each returns how many entries it dropped; `forget` comes before the next call of the core.

  /**
   * @param {string} prefix well-formed, as the other texts are
   * @param {string} type
   * @param {string} id
   * @param {boolean} isSoft
   * @param {number} now
   */
  dropEntity(prefix, type, id, isSoft, now) {
    const { handle } = this;
    const [first, second, third] = this.#write(prefix, type, id);
    return this.core.exports.storeInvalidateTracked(handle, first, second, third, now, isSoft);
  }

  /**
   * @param {string} prefix
   * @param {string} type
   * @param {boolean} isSoft
   * @param {number} now
   */
  dropLists(prefix, type, isSoft, now) {
    const { handle } = this;
    const [first, second] = this.#write(prefix, type);
    return this.core.exports.storeInvalidateTracked(handle, first, second, NONE, now, isSoft);
  }

  /**
   * @param {string} prefix
   * @param {string} type
   * @param {boolean} isSoft
   * @param {number} now
   */
  dropType(prefix, type, isSoft, now) {
    const { handle } = this;
    const [first, second] = this.#write(prefix, type);
    return this.core.exports.storeInvalidateType(handle, first, second, now, isSoft);
  }

  /**
   * @param {string} prefix
   * @param {string} name
   * @param {number} now
   */
  dropFunction(prefix, name, now) {
    const { handle } = this;
    const [first, second] = this.#write(prefix, name);
    return this.core.exports.storeInvalidateFunction(handle, first, second, now);
  }

  /**
   * @param {string} prefix
   * @param {number} now
   */
  dropAll(prefix, now) {
    const { handle } = this;
    const [first] = this.#write(prefix);
    return this.core.exports.storeInvalidateAll(handle, first, now);
  }

  /**
   * @param {import("../functions/store.js").Call} call
   * @param {number} now
   */
  dropCall({ definition, self, args }, now) {
    const calls = this.callsOf(definition);
    const words = definition.writeCall(self, args);
    return words === 0 ? 0 : this.core.exports.storeInvalidateKey(this.handle, calls.number, words, now);
  }

  /**
   * Drops the call that has a cache key. For functions whose keys are texts in memory.
   * @param {string} key well-formed
   * @param {number} now
   */
  dropName(key, now) {
    const { handle } = this;
    return this.core.exports.storeInvalidateName(handle, this.core.writeText(key), now);
  }

  /**
   * @param {number} slot
   * @param {number} now
   */
  dropSlot(slot, now) {
    return this.core.exports.storeInvalidateSlot(this.handle, slot, now);
  }

  /**
   * Forgets the values that the core has removed.
   * @param {number} [now] where they are gone to make room; else they were invalidated
   * @param {number} [refilled] a slot that gets a new value at once
   */
  forget(now, refilled = NONE) {
    for (const slot of this.#slots(this.core.exports.storeTakeRemoved(this.handle))) {
      const value = this.#values[slot];
      if (value instanceof Hot) value.end();
      // The slot may have been reserved since its value went.
      if (!(value instanceof Run)) this.#values[slot] = undefined;
      if (slot !== refilled) this.watchers?.removed(slot, now);
    }
  }

  /**
   * Takes away the shortcuts to values whose freshness the core has changed.
   * @param {boolean} [isInvalidated] whether an invalidation has done that
   */
  soften(isInvalidated = false) {
    for (const slot of this.#slots(this.core.exports.storeTakeSoftened(this.handle))) {
      const value = this.#values[slot];
      if (value instanceof Hot) this.cool(value);
      if (isInvalidated) this.watchers?.softened(slot);
    }
  }

  /**
   * The slots that an export has left in the scratch buffer.
   * @param {number} length in bytes
   */
  #slots(length) {
    if (length === 0) return [];
    this.core.readBytes(length);
    return this.core.words.subarray(0, length / 4);
  }

  /**
   * Writes texts one after the other to the scratch buffer, and returns the length of each in bytes of UTF-8.
   * @param {...string} texts
   */
  #write(...texts) {
    const text = texts.join("");
    const isAscii = this.core.writeText(text) === text.length;
    return texts.map((text) => (isAscii ? text.length : encoder.encode(text).length));
  }

  // Keys set by hand

  /**
   * The slot of a key that was set by hand, or NONE.
   * @param {string} name well-formed, as the other texts are
   * @param {number} now
   */
  findByHand(name, now) {
    const { handle } = this;
    return this.core.exports.storeFindByHand(handle, this.core.writeText(name), now);
  }

  /**
   * @param {string} name
   * @param {string | Uint8Array | Set<string>} value
   * @param {number} size
   * @param {number} now
   * @param {number} expires
   */
  put(name, value, size, now, expires) {
    this.#settle();
    const { handle } = this;
    const slot = this.core.exports.storePut(handle, this.core.writeText(name), now, expires, size);
    this.forget(now);
    if (slot !== NONE) this.#keep(slot, new ByHand(value));
  }

  /**
   * @param {number} slot
   * @param {number} expires
   */
  expire(slot, expires) {
    this.core.exports.storeExpire(this.handle, slot, expires);
    this.soften();
  }

  /**
   * For how many milliseconds the entry in a slot is still there.
   * @param {number} slot
   * @param {number} now
   */
  expiresIn(slot, now) {
    return this.core.exports.storeExpiresIn(this.handle, slot, now);
  }

  // Looking around, for js/memory/names.js

  /** The number of slots. */
  get count() {
    return this.core.exports.storeSlots(this.handle);
  }

  /** The number of slots of entities. */
  get entityCount() {
    return this.core.exports.storeEntitySlots(this.handle);
  }

  /**
   * What is in a slot, if it has a value.
   * @param {number} slot
   * @param {number} now
   * @returns {Described | undefined}
   */
  describe(slot, now) {
    const { core } = this;
    const length = core.exports.storeDescribe(this.handle, slot, now);
    if (length === 0) return undefined;
    const key = core.readBytes(length).slice(DESCRIBED_BYTES);
    const [opened, ageMs, freshForMs] = core.floats;
    return { definition: this.opened[opened], key, ageMs, freshForMs };
  }

  /**
   * The name of the index in a slot of the entities, if it lists anything.
   * @param {number} slot
   * @param {number} now
   */
  indexName(slot, now) {
    const { core } = this;
    const length = core.exports.storeIndexName(this.handle, slot, now);
    return length === 0 ? undefined : core.readText(length);
  }

  /**
   * The slots of the calls that contain an entity, or without an id are a list of the type, newest first.
   * @param {string} prefix
   * @param {string} type
   * @param {string | undefined} id
   * @param {boolean} isDependent whether those that depend on the type are meant
   */
  tracked(prefix, type, id, isDependent) {
    const { handle } = this;
    const [first, second, third] = this.#write(prefix, type, id ?? "");
    const length = this.core.exports.storeTracked(handle, first, second, id === undefined ? NONE : third, isDependent);
    return [...this.#slots(length)];
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
