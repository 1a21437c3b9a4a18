// @ts-check
/**
 * The store of a cache whose entries are in the memory of this process.
 *
 * The core (src/store/mod.rs) decides whether an entry is fresh, whether a call runs or joins, and what may be stored; the
 * promises are here. A hit of a call whose only argument is a number or a text is one look into a Map. Any other call
 * crosses to the core once. When the core traps, the call runs uncached, and the store starts empty.
 */

import { NONE, STATE, STATE_BITS, STATE_MASK } from "../boundary/numbers.js";
import { wellFormed } from "../boundary/well-formed.js";
import { unkeepable } from "../functions/fidelity.js";
import { isIn } from "../functions/nesting.js";
import { deserialize, executeUncached, serialize } from "../functions/run.js";
import { Telling } from "../functions/telling.js";
import { ALONE } from "../functions/under-way.js";
import { textOf } from "../messages/errors.js";
import { Hot, OF_VALUE, settled, sharedOf } from "./hot.js";
import { payloadOf } from "./hydration.js";
import { Invalidation } from "./invalidation.js";
import { Names } from "./names.js";
import { Runs, recover } from "./runs.js";
import { EARLY } from "./slots.js";
import { SyncCalls } from "./sync.js";
import { Watchers } from "./watchers.js";

/** @typedef {import("../functions/definition.js").Definition} Definition */
/** @typedef {import("../functions/store.js").Call} Call */
/** @typedef {import("../functions/store.js").Store} Store */
/** @typedef {import("../functions/target.js").Target} Target */
/** @typedef {import("./slots.js").Run} Run */
/** @typedef {string | Uint8Array} Payload */

/**
 * Carries invalidations to other caches, and theirs to this one.
 * @typedef {object} Feed
 * @property {(targets: Target[]) => void} send
 * @property {() => void} close
 */

/** @implements {Store} */
export class MemoryStore {
  /** Other processes do not see the entries, so a function may have any name. */
  isShared = false;
  /** @type {Feed | undefined} */
  feed = undefined;
  #context;
  #core;
  #slots;
  #clock;
  #events;
  #counts;
  #telling;
  #runs;
  #invalidation;

  /**
   * @param {import("../functions/context.js").Context} context
   * @param {import("./slots.js").Slots} slots
   * @param {import("./invalidation.js").ByHandSets} byHand
   */
  constructor(context, slots, byHand) {
    this.values = slots.options.values;
    this.#context = context;
    this.#core = context.core;
    this.#slots = slots;
    this.#clock = context.clock;
    this.#events = context.events;
    this.#counts = context.events.counts;
    this.#telling = new Telling(context);
    this.#runs = new Runs(context, slots, this.#telling, (call, kept) => this.#giveStale(call, kept));
    this.#invalidation = new Invalidation(context, slots, byHand);
    /** The calls of synchronous functions. @readonly */
    this.sync = new SyncCalls(context, slots, this.#telling, this.#runs);
  }

  /** @type {Store["call"]} */
  call(definition, self, args, signal) {
    const calls = /** @type {import("./hot.js").Calls | undefined} */ (definition.ofStore);
    if (args.length === 1 && calls !== undefined && calls.generation === this.#core.generation) {
      const hot = calls.hot.get(args[0]);
      if (hot !== undefined && hot.slot !== NONE) {
        if (hot.epoch === OF_VALUE) {
          if (hot.freshUntil === Number.POSITIVE_INFINITY || this.#clock() < hot.freshUntil) {
            this.#slots.touch(hot.slot);
            this.#hit(definition, self, args);
            return hot.promise ?? this.#give(definition, self, args, hot.value);
          }
        } else if (hot.epoch === this.#slots.epoch) {
          const run = /** @type {Run} */ (hot.value);
          if (run.isJoinable && !isIn(run.nest)) {
            this.#telling.joined(run);
            return /** @type {Promise<unknown>} */ (hot.promise);
          }
        }
      }
    }
    try {
      return this.#find({ definition, self, args, signal }, true);
    } catch (error) {
      // Nothing of the user's has run yet: what can throw is the core.
      return this.#uncached({ definition, self, args, signal }, error);
    }
  }

  /** @type {Store["peek"]} */
  peek(definition, self, args) {
    try {
      const slots = this.#slots;
      const slot = slots.peek(slots.callsOf(definition), definition, self, args, this.#clock(), 0);
      if (slot === NONE) return Promise.resolve(undefined);
      return Promise.resolve(this.#read(definition, slots.value(slot))).then((read) => read?.value);
    } catch (error) {
      recover(this.#context, `peek of ${definition.name}`, error);
      return Promise.resolve(undefined);
    }
  }

  /** @type {Store["refresh"]} */
  refresh(definition, self, args, signal) {
    return this.#startAnew({ definition, self, args, signal }, true);
  }

  /** @type {NonNullable<Store["extract"]>} */
  async extract(definition, args) {
    const slots = this.#slots;
    const now = this.#clock();
    try {
      const slot = slots.peek(slots.callsOf(definition), definition, undefined, args, now, 0);
      if (slot === NONE) return undefined;
      const leftMs = slots.freshUntil(slot) - now;
      const payload = await payloadOf(definition, slots, slot);
      return payload === undefined ? undefined : { payload, leftMs };
    } catch (error) {
      recover(this.#context, `extraction of a call of ${definition.name}`, error);
      return undefined;
    }
  }

  /** @type {NonNullable<Store["accept"]>} */
  accept(key, payload, leftMs) {
    this.#slots.waiting ??= new Map();
    this.#slots.waiting.set(key, { payload, freshUntil: this.#clock() + leftMs });
  }

  /** @type {NonNullable<Store["subscribe"]>} */
  subscribe(definition, self, args, listener) {
    const key = definition.key(self, args);
    // Such a call has no entry.
    if (key === undefined) return () => {};
    const slots = this.#slots;
    slots.watchers ??= new Watchers();
    let slot;
    let freshUntil = 0;
    try {
      const found = slots.peek(slots.callsOf(definition), definition, self, args, this.#clock(), definition.windowMs);
      if (found !== NONE) [slot, freshUntil] = [found, slots.freshUntil(found)];
    } catch (error) {
      recover(this.#context, `subscription to ${definition.name}`, error);
    }
    const warn = (/** @type {unknown} */ error) =>
      this.#context.logger.warn(`a subscriber of "${definition.name}" threw ${textOf(error)}`);
    return slots.watchers.add(key, slot, freshUntil, { listener, warn });
  }

  /**
   * Starts a run, whatever is stored or under way.
   * @param {Call} call
   * @param {boolean} isRefresh whether its caller wants its result and no stale one
   */
  #startAnew(call, isRefresh) {
    const { definition, self, args } = call;
    const slots = this.#slots;
    /** @type {Run} */
    let run;
    try {
      const answer = slots.refresh(slots.callsOf(definition), definition, self, args);
      if ((answer & STATE_MASK) !== STATE.RUN) return this.#skip(call, this.#runs.refusal(call, answer));
      run = slots.begin(answer >>> STATE_BITS, definition, self, args, this.#clock());
    } catch (error) {
      return this.#uncached(call, error);
    }
    run.isRefresh = isRefresh;
    if (!isRefresh) this.#telling.miss(run);
    return this.#runs.start(run, call.signal);
  }

  /** @type {Store["invalidate"]} */
  async invalidate(targets) {
    return this.invalidateNow(targets);
  }

  /** @type {NonNullable<Store["invalidateNow"]>} */
  invalidateNow(targets) {
    this.feed?.send(targets);
    return this.drop(targets);
  }

  /**
   * Drops what the targets concern, here only.
   * @param {Target[]} targets
   */
  drop(targets) {
    try {
      return this.#invalidation.drop(targets);
    } catch (error) {
      // The store that comes next is empty: nothing of what was to be dropped is left.
      recover(this.#context, "invalidation", error);
      return 0;
    }
  }

  /** @type {Store["explain"]} */
  async explain(type, id) {
    const prefix = wellFormed(this.#context.prefix);
    return new Names(this.#slots).explain(prefix, wellFormed(type), wellFormed(id), this.#clock());
  }

  stats() {
    return this.#slots.figures();
  }

  /** Waits for the work in the background. */
  async close() {
    this.feed?.close();
    await this.#telling.close();
  }

  /**
   * @param {Call} call
   * @param {boolean} mayWait whether it may join another run if the first that it joins keeps it waiting
   * @returns {Promise<unknown>}
   */
  #find(call, mayWait) {
    const { definition, self, args } = call;
    const slots = this.#slots;
    const calls = slots.callsOf(definition);
    if (!this.#runs.backOff.isEmpty) {
      const kept = this.#runs.paused(calls, call);
      if (kept !== NONE) return this.#giveStale(call, slots.value(kept));
    }
    const now = this.#clock();
    const answer = slots.lookup(calls, definition, self, args, now);
    const slot = answer >>> STATE_BITS;
    switch (answer & STATE_MASK) {
      case STATE.FRESH: {
        const value = slots.value(slot);
        slots.touch(slot);
        this.#hit(definition, self, args);
        if (calls.isHeatable(args)) calls.heat(slots, args[0], slot);
        return slots.promiseOf(slot, calls.earlyMs) ?? this.#give(definition, self, args, value);
      }
      case EARLY: {
        const value = slots.value(slot);
        const run = slots.begin(slot, definition, self, args, now);
        slots.touch(slot);
        this.#telling.hit(run);
        this.#runs.refreshLater(run);
        return slots.promiseOf(slot, calls.earlyMs) ?? this.#give(definition, self, args, value);
      }
      case STATE.STALE: {
        const value = slots.value(slot);
        if (!slots.running(slot)?.isJoinable) {
          // The refresh takes too long: another takes its place.
          const anew = slots.refresh(calls, definition, self, args);
          if ((anew & STATE_MASK) === STATE.RUN)
            this.#runs.refreshLater(slots.begin(anew >>> STATE_BITS, definition, self, args, now));
        }
        return this.#giveStale(call, value);
      }
      case STATE.REFRESH: {
        const value = slots.value(slot);
        const run = slots.begin(slot, definition, self, args, now);
        this.#runs.refreshLater(run);
        return this.#giveStale(run, value);
      }
      case STATE.RUN: {
        const run = slots.begin(slot, definition, self, args, now);
        if (this.#runs.adopt(run, now)) return this.#find(call, mayWait);
        this.#telling.miss(run);
        return this.#runs.start(run, call.signal);
      }
      case STATE.JOIN: {
        const run = slots.running(slot);
        // A function that calls itself with the same arguments would wait for itself.
        if (run?.promise === undefined || isIn(run.nest)) {
          this.#telling.miss(call);
          return this.#skip(call, "recursion");
        }
        if (!run.isJoinable) return this.#startAnew(call, false);
        this.#telling.joined(call);
        run.audience?.join(call.signal);
        const joint = this.#join(run, call, mayWait);
        if (this.#isForAll(run) && calls.isHeatable(args)) calls.heatRun(slots, args[0], run, joint);
        return joint;
      }
      default:
        return this.#skip(call, this.#runs.refusal(call, answer));
    }
  }

  /**
   * Whether all calls that join a run may have one promise: nothing is done for each of them when the run ends.
   * @param {Run} run
   */
  #isForAll({ definition, audience, isRefresh }) {
    if (!this.#slots.sharesValues || isRefresh || audience !== undefined || this.#context.isWorker) return false;
    return definition.isKeepable && definition.options.staleIfError === 0;
  }

  /**
   * A copy of what a run gives: nobody changes what another caller holds. If the run keeps it waiting for too long,
   * another caller aborts it, or its result can be read only once, the call runs for itself.
   * @param {Run} run
   * @param {Call} call
   * @param {boolean} mayWait
   */
  #join(run, call, mayWait) {
    return run.join(/** @type {Promise<unknown>} */ (run.promise)).then(
      (result) => {
        if (result === ALONE) return this.#again(call, mayWait);
        if (run.isStale) this.#telling.stale(call);
        const isGiven = run.kept === undefined || this.#slots.sharesValues;
        if (isGiven && unkeepable(result) !== undefined) return this.#again(call, false);
        const read = run.kept === undefined ? undefined : this.#read(call.definition, run.kept);
        if (read === undefined) return result;
        return read instanceof Promise ? read.then((read) => (read === undefined ? result : read.value)) : read.value;
      },
      (error) => {
        // The error of a refresh is for its caller. The others get a stale value where there is one.
        if (!run.isRefresh || run.kept === undefined) throw error;
        return this.#giveStale(call, run.kept);
      },
    );
  }

  /**
   * What a call does that has joined a run in vain.
   * @param {Call} call
   * @param {boolean} mayWait
   */
  #again(call, mayWait) {
    if (call.signal?.aborted) return Promise.reject(call.signal.reason);
    if (!mayWait || this.#context.isWorker) return this.#startAnew(call, false);
    try {
      return this.#find(call, false);
    } catch (error) {
      return this.#uncached(call, error);
    }
  }

  /**
   * A promise of a cached value. If it cannot be read, a run takes its place.
   * @param {Definition} definition
   * @param {unknown} self
   * @param {unknown[]} args
   * @param {unknown} kept
   */
  #give(definition, self, args, kept) {
    if (this.#slots.sharesValues) return settled(sharedOf(kept));
    if (definition.options.deserializer === undefined) {
      // The shortest way, which most hits take. What cannot be parsed is reported below.
      try {
        return Promise.resolve(JSON.parse(/** @type {string} */ (kept)));
      } catch {}
    }
    const read = this.#read(definition, kept);
    if (read instanceof Promise) {
      return read.then((read) => (read === undefined ? this.refresh(definition, self, args) : read.value));
    }
    return read === undefined ? this.refresh(definition, self, args) : Promise.resolve(read.value);
  }

  /**
   * @param {Call} call
   * @param {unknown} kept
   */
  #giveStale(call, kept) {
    this.#telling.stale(call);
    return this.#give(call.definition, call.self, call.args, kept);
  }

  /**
   * @param {Definition} definition
   * @param {unknown} kept a result where values are shared, else a payload
   * @returns {ReturnType<typeof deserialize>}
   */
  #read(definition, kept) {
    if (this.#slots.sharesValues) return { value: sharedOf(kept) };
    if (kept instanceof Hot) return this.#copy(definition, kept.value);
    const payload = /** @type {Payload} */ (kept);
    return deserialize(definition, typeof payload === "string" ? payload : payload.slice());
  }

  /**
   * A copy of what synchronous calls share.
   * @param {Definition} definition
   * @param {unknown} result
   */
  async #copy(definition, result) {
    const payload = await serialize(definition, result);
    return payload === undefined ? undefined : deserialize(definition, payload);
  }

  // `Telling` counts these as well, but wants a Call: hits make no object that nobody sees.

  /**
   * @param {Definition} definition
   * @param {unknown} self
   * @param {unknown[]} args
   */
  #hit(definition, self, args) {
    this.#counts.hits += 1;
    if (this.#events.isWatched) this.#telling.emit("hit", { definition, self, args });
  }

  /**
   * Runs the function without the cache.
   * @param {Call} call
   * @param {string} reason
   */
  #skip(call, reason) {
    this.#telling.skipped(call, reason);
    return executeUncached(call);
  }

  /**
   * @param {Call} call
   * @param {unknown} error
   */
  #uncached(call, error) {
    recover(this.#context, `look-up of a call of ${call.definition.name}`, error);
    return this.#skip(call, "the core failed");
  }
}
