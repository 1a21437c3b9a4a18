// @ts-check
/**
 * The calls of synchronous functions: `cache.sync()`. They share keys, entries and runs' ends with those of asynchronous
 * functions, but nothing waits here: what a call gives is there when it returns, so there is nothing to join and no
 * background.
 *
 * All calls share one value, also where asynchronous calls get copies. Its slot holds it as a Hot, so that it cannot be
 * taken for a payload:
 *
 *     total(7)   look-up → RUN, slot 3      the function runs
 *                commit → STORED            slot 3 has Hot { value, epoch: OF_RESULT }
 *     total(7)   look-up → FRESH, slot 3    calls.hot has 7 → that Hot
 *     total(7)   no look-up
 */
import { NONE, STATE, STATE_BITS, STATE_MASK } from "../boundary/numbers.js";
import { identity, isCompared } from "../functions/by-identity.js";
import { deserialize, loaded, withTtl } from "../functions/run.js";
import { ConfigError } from "../messages/errors.js";
import { frozenCopy } from "./frozen.js";
import { Hot, OF_RESULT } from "./hot.js";
import { recover } from "./runs.js";
import { Run } from "./slots.js";

/** @typedef {import("../functions/definition.js").Definition} Definition */
/** @typedef {import("../functions/run.js").Loaded} Loaded */
/** @typedef {import("../functions/store.js").Call} Call */
/** @typedef {import("./hot.js").Calls} Calls */

/** With more runs than this inside each other the stack may be near its end. */
const DEEP = 16;
/**
 * The calls that must fit on the stack when a run begins, which is where its end is too: the core must not be cut off in the
 * middle. They are some 100 kilobytes, because the engine may have to compile functions there.
 */
const ROOM = 1000;

const nothing = () => {};

/** Not every runtime has it. @type {typeof FinalizationRegistry | undefined} */
const Registry = globalThis.FinalizationRegistry;

export class SyncCalls {
  /** The runs under way. Each is inside the one before it. @type {Run[]} */
  #runsInside = [];
  #context;
  #core;
  #slots;
  #telling;
  #runs;
  #clock;
  #counts;
  #events;
  /** Drops the entries of objects that are gone: where objects count by identity no call can find them. @type {FinalizationRegistry<Hot> | undefined} */
  #gone;

  /**
   * @param {import("../functions/context.js").Context} context
   * @param {import("./slots.js").Slots} slots
   * @param {import("../functions/telling.js").Telling} telling
   * @param {import("./runs.js").Runs} runs
   */
  constructor(context, slots, telling, runs) {
    this.#context = context;
    this.#core = context.core;
    this.#slots = slots;
    this.#telling = telling;
    this.#runs = runs;
    this.#clock = context.clock;
    this.#counts = context.events.counts;
    this.#events = context.events;
    /** What hits give. @readonly @type {"shared" | "frozen"} */
    this.values = slots.freezesValues ? "frozen" : "shared";
  }

  /**
   * What a call with one argument gives that has a shortcut; `undefined` if it has none.
   * @param {Definition} definition
   * @param {unknown} arg
   */
  hit(definition, arg) {
    const calls = /** @type {Calls | undefined} */ (definition.ofStore);
    if (calls === undefined || calls.generation !== this.#core.generation) return undefined;
    return this.#hit(definition, arg, calls.hot.get(arg));
  }

  /**
   * The same for a function with `key: identity`. A Map and a WeakMap at one place in the code would be slower.
   * @param {Definition} definition
   * @param {unknown} arg
   */
  hitObject(definition, arg) {
    const calls = /** @type {Calls | undefined} */ (definition.ofStore);
    if (calls?.objects === undefined || calls.generation !== this.#core.generation) return undefined;
    return this.#hit(definition, arg, calls.objects.get(/** @type {object} */ (arg)));
  }

  /**
   * @param {Definition} definition
   * @param {unknown} arg
   * @param {Hot | undefined} hot
   */
  #hit(definition, arg, hot) {
    if (hot === undefined || hot.epoch !== OF_RESULT) return undefined;
    if (hot.freshUntil !== Number.POSITIVE_INFINITY && this.#clock() >= hot.freshUntil) return undefined;
    this.#slots.touch(hot.slot);
    this.#counts.hits += 1;
    if (this.#events.isWatched) this.#telling.emit("hit", { definition, self: undefined, args: [arg] });
    return hot.value;
  }

  /**
   * @param {Definition} definition
   * @param {unknown} self
   * @param {unknown[]} args
   * @param {boolean} [isRefresh] whether the function runs whatever is stored
   */
  call(definition, self, args, isRefresh = false) {
    const call = { definition, self, args };
    const found = this.#lookUp(call, isRefresh);
    if (found instanceof Run) return this.#run(found);
    if (found instanceof Hot) return found.value;
    this.#telling.skipped(call, found);
    return definition.fn.apply(self, args);
  }

  /**
   * What is stored for a call, or `undefined`.
   * @param {Definition} definition
   * @param {unknown} self
   * @param {unknown[]} args
   */
  peek(definition, self, args) {
    const slots = this.#slots;
    try {
      const slot = slots.peek(slots.callsOf(definition), definition, self, args, this.#clock(), 0);
      return slot === NONE ? undefined : this.#shared(definition, slot)?.value;
    } catch (error) {
      recover(this.#context, `peek of ${definition.name}`, error);
      return undefined;
    }
  }

  /**
   * Runs the function and stores its result, whatever is stored.
   * @param {Definition} definition
   * @param {unknown} self
   * @param {unknown[]} args
   */
  refresh(definition, self, args) {
    return this.call(definition, self, args, true);
  }

  /**
   * The value of a call, or the run that is to make it; or why the call runs uncached.
   * @param {Call} call
   * @param {boolean} isRefresh
   */
  #lookUp(call, isRefresh) {
    if (!this.#hasRoom()) return "the stack is full";
    try {
      return isRefresh ? this.#begin(call, true) : this.#find(call);
    } catch (error) {
      // Nothing of the user's has run yet: what can throw is the core.
      recover(this.#context, `look-up of a call of ${call.definition.name}`, error);
      return "the core failed";
    }
  }

  /**
   * @param {Call} call
   * @returns {Hot | Run | string}
   */
  #find(call) {
    const { definition, self, args } = call;
    const slots = this.#slots;
    const calls = slots.callsOf(definition);
    if (calls.isDirect && calls.self !== null && isCompared(self)) warnOfSelf(calls, definition, self);
    const paused = this.#runs.paused(calls, call);
    const stale = paused === NONE ? undefined : this.#shared(definition, paused);
    if (stale !== undefined) {
      this.#telling.stale(call);
      return stale;
    }
    const answer = slots.lookup(calls, definition, self, args, this.#clock());
    const slot = answer >>> STATE_BITS;
    switch (answer & STATE_MASK) {
      case STATE.FRESH: {
        const hot = this.#shared(definition, slot);
        if (hot === undefined) return this.#begin(call, false);
        slots.touch(slot);
        this.#telling.hit(call);
        if (calls.isHeatable(args)) calls.heat(slots, args[0], slot);
        else if (calls.objects !== undefined && args.length === 1 && isCompared(args[0]))
          calls.objects.set(args[0], hot);
        return hot;
      }
      case STATE.JOIN: {
        // A run of a synchronous function that is under way has called this one.
        if (slots.running(slot)?.promise !== undefined) return this.#begin(call, false);
        this.#telling.miss(call);
        return "recursion";
      }
      default:
        return this.#begin(call, false, answer);
    }
  }

  /**
   * Begins a run for a call, or says why the call runs uncached.
   * @param {Call} call
   * @param {boolean} isRefresh
   * @param {number} [answer] of the look-up that has reserved its slot
   */
  #begin(call, isRefresh, answer = this.#reserve(call)) {
    const { definition, self, args } = call;
    const slots = this.#slots;
    if ((answer & STATE_MASK) !== STATE.RUN) return this.#runs.refusal(call, answer);
    const now = this.#clock();
    const run = slots.begin(answer >>> STATE_BITS, definition, self, args, now);
    run.isRefresh = isRefresh;
    if (isRefresh) return run;
    if (this.#runs.adopt(run, now)) return this.#find(call);
    this.#telling.miss(run);
    return run;
  }

  /** @param {Call} call */
  #reserve({ definition, self, args }) {
    const slots = this.#slots;
    return slots.refresh(slots.callsOf(definition), definition, self, args);
  }

  /**
   * What calls share of the value of a slot; `undefined` if it cannot be read at once.
   * @param {Definition} definition
   * @param {number} slot
   */
  #shared(definition, slot) {
    const slots = this.#slots;
    const kept = slots.value(slot);
    if (kept instanceof Hot) return kept;
    if (slots.sharesValues) return slots.share(slot, kept);
    const payload = /** @type {string | Uint8Array} */ (kept);
    const read = deserialize(definition, typeof payload === "string" ? payload : payload.slice());
    return read === undefined || read instanceof Promise ? undefined : slots.share(slot, read.value);
  }

  /** @param {Run} run */
  #run(run) {
    const { definition, self, args } = run;
    const depth = this.#runsInside.push(run);
    let result;
    try {
      result = definition.fn.apply(self, args);
    } catch (error) {
      const stale = this.#fail(depth);
      if (stale === undefined) throw error;
      this.#telling.stale(run);
      return stale.value;
    }
    if (isThenable(result)) {
      this.#fail(depth);
      result.then(nothing, nothing);
      throw new ConfigError(
        "ERR_CACHEREF_FUNCTION",
        `cache.sync() wraps functions that answer at once, and "${definition.name}" returned a promise: wrap it with cache()`,
      );
    }
    // What an error has cut off inside of this run, and the function has caught.
    if (this.#runsInside.length > depth) this.#fail(depth + 1);
    this.#runsInside.pop();
    return this.#store(run, result);
  }

  /**
   * @param {Run} run
   * @param {any} result
   */
  #store(run, result) {
    const { freezesValues } = this.#slots;
    const answer = result === undefined ? withTtl(run, result, result, true) : loaded(run, result, freezesValues);
    /** @type {Loaded} */
    const given = answer instanceof Promise ? unserialized(result) : answer;
    // A result without a payload is given as it is, and not looked into: it may throw when it is read.
    const frozen = freezesValues && given.payload !== undefined ? frozenCopy(run, given) : given;
    if (frozen instanceof Promise) given.skipped ??= "not serializable";
    const shared = frozen === given || frozen instanceof Promise ? result : frozen;
    const hot = new Hot(NONE, 0, shared, undefined, OF_RESULT);
    this.#runs.keep(run, given, shared, hot);
    if (run.definition.options.key === identity) this.#watch(run.args, hot);
    return shared;
  }

  /**
   * Drops an entry when an object among its arguments is gone.
   * @param {unknown[]} args
   * @param {Hot} hot
   */
  #watch(args, hot) {
    if (hot.slot === NONE || Registry === undefined) return;
    this.#gone ??= new Registry((/** @type {Hot} */ hot) => this.#drop(hot));
    for (const arg of args) if (isCompared(arg)) this.#gone.register(arg, hot);
  }

  /** @param {Hot} hot */
  #drop(hot) {
    const slots = this.#slots;
    // It may be gone already.
    if (slots.value(hot.slot) !== hot) return;
    try {
      slots.dropSlot(hot.slot, this.#clock());
      slots.forget(this.#clock());
    } catch (error) {
      recover(this.#context, "drop of an entry whose arguments are gone", error);
    }
  }

  /**
   * Ends a run that has failed, and those inside of it that an error has cut off. Returns the stale value that the caller
   * gets, if there is one.
   * @param {number} depth of the run
   */
  #fail(depth) {
    const inside = this.#runsInside;
    let stale;
    while (inside.length >= depth) {
      const run = /** @type {Run} */ (inside.at(-1));
      stale = this.#runs.fail(run) ? this.#shared(run.definition, run.slot) : undefined;
      // Last: if the stack ends all the same, the run around this one ends it.
      inside.pop();
    }
    return stale;
  }

  /** Whether the stack has room for what the cache does. A core that is cut off would have to be replaced. */
  #hasRoom() {
    return this.#runsInside.length <= DEEP || canReach(ROOM);
  }
}

/**
 * Warns of a method that is called on several objects: those share its entries. A method that answers at once often computes
 * from the fields of its object.
 * @param {Calls} calls
 * @param {Definition} definition
 * @param {object} self
 */
function warnOfSelf(calls, definition, self) {
  if (typeof WeakRef !== "function") return;
  calls.self ??= new WeakRef(self);
  if (calls.self.deref() === self) return;
  calls.self = null;
  definition.warn(
    "this",
    "it is called on several objects, which share its entries, because `this` is no part of the key; if its results depend on the object, give it a key: `key(...args) { return identity(this, ...args) }`",
  );
}

/**
 * What a run gives whose result cannot be stored at once, because its serializer is asynchronous.
 * @param {unknown} result
 * @returns {Loaded}
 */
const unserialized = (result) => ({ result, payload: undefined, ttlMs: 0, skipped: "not serializable" });

/** @param {any} value whose getter may throw: it is no promise then */
function isThenable(value) {
  try {
    return typeof value?.then === "function";
  } catch {
    return false;
  }
}

/** @param {number} levels */
function canReach(levels) {
  try {
    reach(levels, 0, 0, 0, 0);
    return true;
  } catch {
    return false;
  }
}

/**
 * Calls itself. The parameters make its frames larger.
 * @param {number} levels
 * @param {number} a
 * @param {number} b
 * @param {number} c
 * @param {number} d
 * @returns {number}
 */
function reach(levels, a, b, c, d) {
  return levels === 0 ? a : reach(levels - 1, b, c, d, a) + 1;
}
