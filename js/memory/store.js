// @ts-check
/**
 * The store of a cache whose backend is in memory: cached calls on the store in the core (src/store.rs).
 *
 * The core decides what is fresh, who runs and who joins, and what may be stored; here are the promises. A hit of a
 * call with one number or text as its argument is one look into a Map; any other is one crossing to the core. When the
 * core traps, the call runs uncached, and everything starts anew with an empty store.
 */

import { NONE, OUTCOME, STATE, STATE_BITS, STATE_MASK } from "../boundary/numbers.js";
import { wellFormed } from "../boundary/well-formed.js";
import { deserialize, execute, lifetime, serialize } from "../functions/run.js";
import { messageOf } from "../messages/errors.js";
import { Calls } from "./hot.js";
import { sizeOf } from "./size.js";
import { STORED } from "./slots.js";

/** @typedef {import("../functions/definition.js").Definition} Definition */
/** @typedef {import("./slots.js").Run} Run */
/** @implements {Store} */
export class LocalStore {
  /** Nobody else sees the entries, so a function may have any name. */
  isShared = false;
  #context;
  #core;
  #backend;
  #memory;
  #clock;
  #counts;
  #prefix;
  /** Refreshes that no call waits for. @type {Set<Promise<unknown>>} */
  #background = new Set();

  /**
   * @param {import("../functions/context.js").Context} context
   * @param {import("../backends/memory.js").BaseMemoryBackend} backend
   */
  constructor(context, backend) {
    this.#context = context;
    this.#core = context.core;
    this.#backend = backend;
    this.#memory = backend.store;
    this.#clock = context.clock;
    this.#counts = context.events.counts;
    this.#prefix = wellFormed(context.prefix);
    this.#memory.clock = context.clock;
  }

  /** @type {Store["call"]} */
  call(definition, self, args) {
    const calls = definition.local;
    if (args.length === 1 && calls !== undefined && calls.generation === this.#core.generation) {
      const hot = calls.hot.get(args[0]);
      if (hot !== undefined && hot.slot !== NONE) {
        if (hot.epoch === STORED) {
          if (hot.freshUntil === Number.POSITIVE_INFINITY || this.#clock() < hot.freshUntil) {
            this.#counts.hits += 1;
            this.#memory.touch(hot.slot);
            if (this.#context.events.isWatched) this.#tell("hit", definition, self, args);
            return hot.promise ?? this.#give(definition, self, args, hot.value);
          }
        } else if (hot.epoch === this.#memory.epoch) {
          this.#missed(definition, self, args);
          return /** @type {Promise<unknown>} */ (hot.promise);
        }
      }
    }
    try {
      return this.#find(definition, self, args);
    } catch (error) {
      // Nothing of the user's has run yet: what can throw is the core.
      return this.#uncached(definition, self, args, error);
    }
  }

  /** @type {Store["peek"]} */
  peek(definition, self, args) {
    try {
      const calls = this.#callsOf(definition);
      const words = definition.writeArguments(self, args, calls.usesNumbers);
      if (words === 0) return Promise.resolve(undefined);
      const slot = this.#core.exports.storePeek(this.#memory.handle, calls.number, words, this.#clock(), 0);
      return slot === NONE
        ? Promise.resolve(undefined)
        : Promise.resolve(this.#read(definition, this.#memory.value(slot))).then((read) => read?.value);
    } catch (error) {
      this.#trapped(`peek of ${definition.name}`, error);
      return Promise.resolve(undefined);
    }
  }

  /** @type {Store["refresh"]} */
  refresh(definition, self, args) {
    let run;
    try {
      const calls = this.#callsOf(definition);
      const words = definition.writeArguments(self, args, calls.usesNumbers);
      if (words === 0) return this.#skip(definition, self, args, "key");
      const answer = this.#core.exports.storeRefresh(this.#memory.handle, calls.number, words);
      if ((answer & STATE_MASK) !== STATE.RUN) return this.#refused(definition, self, args, answer);
      run = this.#memory.begin(answer >>> STATE_BITS);
    } catch (error) {
      return this.#uncached(definition, self, args, error);
    }
    run.isRefresh = true;
    return this.#run(run, definition, self, args);
  }

  /** @type {Store["invalidate"]} */
  async invalidate(targets) {
    const memory = this.#memory;
    let count = 0;
    try {
      memory.epoch += 1;
      for (const target of targets) count += this.#drop(target);
      memory.forget();
      memory.soften();
    } catch (error) {
      // The store that comes next is empty: nothing of what was to be dropped is left.
      this.#trapped("invalidation", error);
    }
    return count;
  }

  /** @type {Store["explain"]} */
  async explain(type, id) {
    const { exports } = this.#core;
    const { handle } = this.#memory;
    const [prefix, kind, text] = this.#write(this.#prefix, wellFormed(type), wellFormed(id));
    const length = exports.storeExplain(handle, prefix, kind, text, this.#clock());
    const calls = JSON.parse(this.#core.readText(length));
    return calls.map((/** @type {any} */ { ttlMs, ...call }) => (ttlMs === null ? call : { ...call, ttlMs }));
  }

  stats() {
    return this.#memory.figures();
  }

  /** Waits for the refreshes that no call waits for. */
  async close() {
    await Promise.allSettled(this.#background);
  }

  /**
   * What is kept of a function, made anew when a trapped instance was replaced.
   * @param {Definition} definition
   * @returns {Calls}
   */
  #callsOf(definition) {
    const calls = definition.local;
    if (calls !== undefined && calls.generation === this.#core.generation) return calls;
    definition.local = new Calls(definition, this.#memory);
    return definition.local;
  }

  /**
   * @param {Definition} definition
   * @param {unknown} self
   * @param {unknown[]} args
   */
  #find(definition, self, args) {
    const memory = this.#memory;
    const calls = this.#callsOf(definition);
    const words = definition.writeArguments(self, args, calls.usesNumbers);
    if (words === 0) return this.#skip(definition, self, args, "key");
    const now = this.#clock();
    const answer = this.#core.exports.storeLookup(memory.handle, calls.number, words, now, calls.staleMs);
    const slot = answer >>> STATE_BITS;
    switch (answer & STATE_MASK) {
      case STATE.FRESH: {
        const value = memory.value(slot);
        const run = calls.earlyMs > 0 ? this.#beginEarly(slot, now, calls, words) : undefined;
        this.#counts.hits += 1;
        memory.touch(slot);
        if (this.#context.events.isWatched) this.#tell("hit", definition, self, args);
        if (calls.isHeatable(args)) calls.heat(memory, args[0], slot);
        if (run !== undefined) this.#refreshLater(run, definition, self, args);
        return this.#give(definition, self, args, value);
      }
      case STATE.STALE:
        return this.#giveStale(definition, self, args, memory.value(slot));
      case STATE.REFRESH: {
        const value = memory.value(slot);
        this.#refreshLater(this.#memory.begin(slot), definition, self, args);
        return this.#giveStale(definition, self, args, value);
      }
      case STATE.RUN: {
        const run = this.#memory.begin(slot);
        this.#missed(definition, self, args);
        return this.#run(run, definition, self, args);
      }
      case STATE.JOIN:
        this.#missed(definition, self, args);
        return this.#join(memory.running(slot), calls, definition, self, args);
      default:
        return this.#refused(definition, self, args, answer);
    }
  }

  /**
   * Runs the function and stores its result.
   * @param {Run} run
   * @param {Definition} definition
   * @param {unknown} self
   * @param {unknown[]} args
   */
  #run(run, definition, self, args) {
    run.promise = execute(definition, self, args).then(
      (result) => this.#end(run, definition, self, args, result),
      (error) => this.#fail(run, definition, self, args, error),
    );
    return run.promise;
  }

  /**
   * @param {Run | undefined} run
   * @param {Calls} calls
   * @param {Definition} definition
   * @param {unknown} self
   * @param {unknown[]} args
   */
  #join(run, calls, definition, self, args) {
    // A function that calls itself with the same arguments, before it has awaited anything, would wait for itself.
    if (run?.promise === undefined) return this.#skip(definition, self, args, "recursion");
    if (this.#memory.isShared && !run.isRefresh) {
      if (calls.isHeatable(args)) calls.await(this.#memory, args[0], run);
      return run.promise;
    }
    // A copy: nobody changes what another caller holds.
    return run.promise.then(
      (result) => {
        const read = run.stored === undefined ? undefined : this.#read(definition, run.stored);
        if (read === undefined) return result;
        return read instanceof Promise ? read.then((read) => (read === undefined ? result : read.value)) : read.value;
      },
      (error) => {
        // A refresh fails for whoever asked for it, and for the others as any run does.
        if (!run.isRefresh || run.stored === undefined) throw error;
        return this.#giveStale(definition, self, args, run.stored);
      },
    );
  }

  /**
   * @param {Run} run
   * @param {Definition} definition
   * @param {unknown} self
   * @param {unknown[]} args
   * @param {unknown} result
   */
  #end(run, definition, self, args, result) {
    const stored = this.#memory.isShared ? result : serialize(definition, result);
    if (this.#memory.isShared || typeof (/** @type {any} */ (stored)?.then) !== "function") {
      this.#store(run, definition, self, args, result, stored);
      return result;
    }
    return /** @type {Promise<unknown>} */ (stored).then((stored) => {
      this.#store(run, definition, self, args, result, stored);
      return result;
    });
  }

  /**
   * @param {Run} run
   * @param {Definition} definition
   * @param {unknown} self
   * @param {unknown[]} args
   * @param {unknown} result
   * @param {unknown} stored
   */
  #store(run, definition, self, args, result, stored) {
    const memory = this.#memory;
    const core = this.#core;
    run.stored = stored;
    this.#memory.end(run);
    try {
      const ttl = stored === undefined ? 0 : lifetime(definition, result, args);
      if (run.generation !== core.generation) return this.#tellSkip(definition, self, args, "the core was replaced");
      if (!(ttl > 0))
        return this.#leave(run, definition, self, args, stored === undefined ? "not serializable" : "ttl");
      try {
        definition.entities.keep(result, args, typeof stored === "string" ? stored : undefined);
      } catch (error) {
        if (core.isTrap(error)) throw error;
        definition.warn(
          "entities",
          `the entities of its result cannot be told, so it is not stored: ${messageOf(error)}`,
        );
        return this.#leave(run, definition, self, args, "entities");
      }
      const now = this.#clock();
      const size = this.#sizeOf(stored);
      const { staleMs } = definition;
      switch (memory.commit(run, stored, size, now, now + ttl, staleMs)) {
        case OUTCOME.STORED:
          this.#counts.stores += 1;
          if (this.#context.events.isWatched) this.#tell("store", definition, self, args);
          return;
        case OUTCOME.TOO_LARGE:
          return this.#tellSkip(definition, self, args, "larger than maxBytes");
        case OUTCOME.FULL:
          throw new Error("the in-memory store has no more slots");
        default:
          return this.#tellSkip(definition, self, args, "invalidated meanwhile");
      }
    } catch (error) {
      this.#trapped(`store of a call of ${definition.name}`, error);
    }
  }

  /**
   * Ends a run whose result is not stored.
   * @param {Run} run
   * @param {Definition} definition
   * @param {unknown} self
   * @param {unknown[]} args
   * @param {string} reason
   */
  #leave(run, definition, self, args, reason) {
    this.#core.exports.storeRelease(this.#memory.handle, run.slot, run.ticket, this.#clock());
    this.#tellSkip(definition, self, args, reason);
  }

  /**
   * @param {Run} run
   * @param {Definition} definition
   * @param {unknown} self
   * @param {unknown[]} args
   * @param {unknown} error
   */
  #fail(run, definition, self, args, error) {
    const { exports, generation } = this.#core;
    const { handle } = this.#memory;
    this.#memory.end(run);
    try {
      if (run.generation === generation) {
        const now = this.#clock();
        const isKept = exports.storeRelease(handle, run.slot, run.ticket, now);
        const { staleIfError } = definition.options;
        if (isKept && now < exports.storeFreshUntil(handle, run.slot) + staleIfError) {
          run.stored = this.#memory.value(run.slot);
          if (!run.isRefresh) return this.#giveStale(definition, self, args, run.stored);
        }
      }
    } catch (trap) {
      this.#trapped(`end of a call of ${definition.name}`, trap);
    }
    throw error;
  }

  /**
   * The run that is to refresh a fresh value which is soon stale, unless one is in flight. To be called while the words
   * of the call are in the scratch buffer.
   * @param {number} slot
   * @param {number} now
   * @param {Calls} calls
   * @param {number} words
   */
  #beginEarly(slot, now, calls, words) {
    const memory = this.#memory;
    const { exports } = this.#core;
    const isDue = now >= exports.storeFreshUntil(memory.handle, slot) - calls.earlyMs;
    if (!isDue || memory.running(slot) !== undefined) return undefined;
    exports.storeRefresh(memory.handle, calls.number, words);
    return memory.begin(slot);
  }

  /**
   * @param {Run} run
   * @param {Definition} definition
   * @param {unknown} self
   * @param {unknown[]} args
   */
  #refreshLater(run, definition, self, args) {
    run.isRefresh = true;
    const done = this.#run(run, definition, self, args).then(
      () => {},
      (error) => this.#context.logger.warn(`function "${definition.name}": its refresh failed: ${messageOf(error)}`),
    );
    this.#background.add(done);
    done.then(() => this.#background.delete(done));
    this.#context.options.waitUntil?.(done);
  }

  /**
   * A promise of a cached value, or of the function's result if it cannot be read.
   * @param {Definition} definition
   * @param {unknown} self
   * @param {unknown[]} args
   * @param {unknown} stored
   */
  #give(definition, self, args, stored) {
    if (this.#memory.isShared) return Promise.resolve(stored);
    if (definition.options.deserializer === undefined) {
      // The shortest way, which most hits take. What cannot be parsed is told below.
      try {
        return Promise.resolve(JSON.parse(/** @type {string} */ (stored)));
      } catch {}
    }
    const read = this.#read(definition, stored);
    if (read instanceof Promise) {
      return read.then((read) => (read === undefined ? this.refresh(definition, self, args) : read.value));
    }
    return read === undefined ? this.refresh(definition, self, args) : Promise.resolve(read.value);
  }

  /**
   * @param {Definition} definition
   * @param {unknown} self
   * @param {unknown[]} args
   * @param {unknown} stored
   */
  #giveStale(definition, self, args, stored) {
    this.#counts.stale += 1;
    if (this.#context.events.isWatched) this.#tell("stale", definition, self, args);
    return this.#give(definition, self, args, stored);
  }

  /**
   * What is stored, as a value.
   * @param {Definition} definition
   * @param {any} stored
   * @returns {ReturnType<typeof deserialize>}
   */
  #read(definition, stored) {
    if (this.#memory.isShared) return { value: stored };
    return deserialize(definition, typeof stored === "string" ? stored : stored.slice());
  }

  /** @param {any} stored */
  #sizeOf(stored) {
    if (!this.#memory.isShared) return stored.length;
    return this.#memory.isWeighed ? sizeOf(stored) : 0;
  }

  /**
   * @param {import("../functions/target.js").Target} target
   * @returns {number}
   */
  #drop(target) {
    const { exports } = this.#core;
    const { handle } = this.#memory;
    const now = this.#clock();
    switch (target.kind) {
      case "entity": {
        let count = 0;
        const kind = wellFormed(target.type);
        for (const id of target.ids) {
          const [prefix, type, text] = this.#write(this.#prefix, kind, wellFormed(id));
          count += exports.storeInvalidateTracked(handle, prefix, type, text, now, target.isSoft === true);
          count += this.#dropMembers(`e:${kind}:${wellFormed(id)}`);
        }
        return count;
      }
      case "list": {
        const kind = wellFormed(target.type);
        const [prefix, type] = this.#write(this.#prefix, kind);
        const count = exports.storeInvalidateTracked(handle, prefix, type, NONE, now, false);
        return count + this.#dropMembers(`l:${kind}`);
      }
      case "function": {
        const [prefix, name] = this.#write(this.#prefix, wellFormed(target.name));
        return exports.storeInvalidateFunction(handle, prefix, name, now);
      }
      case "key": {
        const { definition, self, args } = target;
        const calls = this.#callsOf(definition);
        const words = definition.writeArguments(self, args, calls.usesNumbers);
        return words === 0 ? 0 : exports.storeInvalidateKey(handle, calls.number, words, now);
      }
      case "all": {
        const [prefix] = this.#write(this.#prefix);
        return exports.storeInvalidateAll(handle, prefix, now);
      }
    }
  }

  /**
   * Drops what was added by hand to an index.
   * @param {string} index its name without the prefix
   */
  #dropMembers(index) {
    if (!this.#backend.hasSets) return 0;
    this.#memory.forget();
    return this.#backend.dropMembers(this.#prefix + index);
  }

  /**
   * Writes texts one after the other to the scratch buffer, and returns their lengths in bytes.
   * @param {...string} texts
   */
  #write(...texts) {
    const text = texts.join("");
    const isAscii = this.#core.writeText(text) === text.length;
    return texts.map((text) => (isAscii ? text.length : utf8Length(text)));
  }

  /**
   * @param {Definition} definition
   * @param {unknown} self
   * @param {unknown[]} args
   */
  #missed(definition, self, args) {
    this.#counts.misses += 1;
    if (this.#context.events.isWatched) this.#tell("miss", definition, self, args);
  }

  /**
   * Runs the function without the cache.
   * @param {Definition} definition
   * @param {unknown} self
   * @param {unknown[]} args
   * @param {string} reason
   */
  #skip(definition, self, args, reason) {
    this.#tellSkip(definition, self, args, reason);
    return execute(definition, self, args);
  }

  /**
   * @param {Definition} definition
   * @param {unknown} self
   * @param {unknown[]} args
   * @param {number} answer
   */
  #refused(definition, self, args, answer) {
    const told = this.#core.readText(answer >>> STATE_BITS);
    if ((answer & STATE_MASK) === STATE.FULL) {
      this.#context.failed(`look-up of a call of ${definition.name}`, new Error(told));
      return this.#skip(definition, self, args, "full");
    }
    definition.warn("key", `${told.replace("\n", " ")}, so the call runs uncached`);
    return this.#skip(definition, self, args, "key");
  }

  /**
   * @param {Definition} definition
   * @param {unknown} self
   * @param {unknown[]} args
   * @param {unknown} error
   */
  #uncached(definition, self, args, error) {
    this.#trapped(`look-up of a call of ${definition.name}`, error);
    return this.#skip(definition, self, args, "the core failed");
  }

  /**
   * @param {string} what
   * @param {unknown} error
   */
  #trapped(what, error) {
    this.#context.failed(what, error);
    if (!this.#core.isTrap(error)) return;
    this.#core.replace();
    this.#context.logger.error("the core was replaced after it trapped; what was cached in memory is gone");
  }

  /**
   * @param {Definition} definition
   * @param {unknown} self
   * @param {unknown[]} args
   * @param {string} reason
   */
  #tellSkip(definition, self, args, reason) {
    this.#counts.skips += 1;
    if (this.#context.events.isWatched) this.#tell("skip", definition, self, args, { reason });
  }

  /**
   * @param {import("../messages/events.js").EventName} name
   * @param {Definition} definition
   * @param {unknown} self
   * @param {unknown[]} args
   * @param {Record<string, unknown>} [more]
   */
  #tell(name, definition, self, args, more) {
    this.#context.events.emit(name, { function: definition.name, key: definition.key(self, args), ...more });
  }
}

/** @typedef {import("../functions/store.js").Store} Store */

const encoder = new TextEncoder();

/** @param {string} text */
function utf8Length(text) {
  return encoder.encode(text).length;
}
