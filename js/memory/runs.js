// @ts-check
/** Runs of functions whose results are kept in memory: what becomes of a result, and of a run that fails. */
import { NONE, OUTCOME, STATE, STATE_MASK } from "../boundary/numbers.js";
import { BackOff } from "../functions/back-off.js";
import { execute, loaded } from "../functions/run.js";
import { frozenCopy } from "./frozen.js";
import { adopt } from "./hydration.js";

/** @typedef {import("../functions/store.js").Call} Call */
/** @typedef {import("./slots.js").Run} Run */

/** Why a result is not stored that may be older than an invalidation. */
const INVALIDATED = "invalidated meanwhile";
const FULL = "the in-memory store holds 2^28 items of a kind, which is the most it can address";

export class Runs {
  /** @readonly */
  backOff;
  #evictions = 0;
  #context;
  #slots;
  #telling;
  #serveStale;
  #clock;
  /** Whether results become payloads. */
  #serializes;

  /**
   * @param {import("../functions/context.js").Context} context
   * @param {import("./slots.js").Slots} slots
   * @param {import("../functions/telling.js").Telling} telling
   * @param {(call: Call, kept: unknown) => Promise<unknown>} serveStale
   */
  constructor(context, slots, telling, serveStale) {
    this.#context = context;
    this.#slots = slots;
    this.#telling = telling;
    this.#serveStale = serveStale;
    this.#clock = context.clock;
    this.#serializes = !slots.sharesValues || slots.freezesValues;
    this.backOff = new BackOff(context.now);
  }

  /**
   * Runs the function and stores its result.
   * @param {Run} run
   * @param {AbortSignal} [signal] of the caller
   * @returns {Promise<unknown>} the result
   */
  start(run, signal) {
    run.begin(signal);
    // As `load` does, but with one promise less: they are what a miss costs most.
    run.promise = execute(run).then(
      (result) => {
        const answer = loaded(run, result, this.#serializes);
        return answer instanceof Promise ? answer.then((loaded) => this.#end(run, loaded)) : this.#end(run, answer);
      },
      (error) => this.#fail(run, error),
    );
    this.#telling.keepAlive(run.promise);
    return run.promise;
  }

  /**
   * Runs the function in the background, to refresh an entry.
   * @param {Run} run
   */
  refreshLater(run) {
    run.isRefresh = true;
    this.#telling.refreshing(run, this.start(run));
  }

  /**
   * @param {Run} run
   * @param {import("../functions/run.js").Loaded} loaded
   */
  #end(run, loaded) {
    const { freezesValues, sharesValues } = this.#slots;
    if (!freezesValues || loaded.payload === undefined)
      return this.keep(run, loaded, loaded.result, sharesValues ? loaded.result : loaded.payload);
    const frozen = frozenCopy(run, loaded);
    return frozen instanceof Promise
      ? frozen.then((frozen) => this.keep(run, loaded, frozen, frozen))
      : this.keep(run, loaded, frozen, frozen);
  }

  /**
   * Ends a run whose function has succeeded, and stores its result, unless there is a reason not to.
   * @param {Run} run
   * @param {import("../functions/run.js").Loaded} loaded
   * @param {unknown} result what the caller gets
   * @param {unknown} kept what its slot gets
   */
  keep(run, loaded, result, kept) {
    const { definition } = run;
    const { core } = this.#context;
    run.kept = kept;
    this.#slots.end(run);
    if (!this.backOff.isEmpty) this.backOff.succeeded(keyOf(run));
    try {
      if (run.generation !== core.generation) this.#skip(run, "the core was replaced");
      else if (loaded.skipped !== undefined) this.#leave(run, loaded.skipped);
      else this.#store(run, loaded);
    } catch (error) {
      recover(this.#context, `store of a call of ${definition.name}`, error);
      this.#slots.watchers?.notStored(run, false);
    }
    return result;
  }

  /**
   * @param {Run} run
   * @param {import("../functions/run.js").Loaded} loaded
   */
  #store(run, loaded) {
    let outcome;
    try {
      outcome = this.#slots.commit(run, loaded, this.#clock());
    } catch (error) {
      if (this.#context.core.isTrap(error)) throw error;
      run.definition.warnOfEntities(error);
      return this.#leave(run, "entities");
    }
    if (this.#context.events.isWatched) this.#tellEvictions();
    switch (outcome) {
      case OUTCOME.STORED:
        return this.#telling.stored(run);
      case OUTCOME.TOO_LARGE:
        return this.#skip(run, "larger than maxBytes");
      case OUTCOME.FULL:
        throw new Error("the in-memory store has no more slots");
      default:
        return this.#skip(run, INVALIDATED);
    }
  }

  /**
   * Reports that a result is not stored.
   * @param {Run} run
   * @param {string} reason
   */
  #skip(run, reason) {
    this.#telling.skipped(run, reason);
    this.#slots.watchers?.notStored(run, reason === INVALIDATED);
  }

  /** Entries that had to go to make room: how many since this was told last. */
  #tellEvictions() {
    const { evictions } = this.#slots.figures();
    const count = evictions - this.#evictions;
    this.#evictions = evictions;
    if (count > 0) this.#context.events.emit("evict", { count });
  }

  /**
   * Ends a run whose result is not stored.
   * @param {Run} run
   * @param {string} reason
   */
  #leave(run, reason) {
    this.#slots.release(run, this.#clock());
    this.#skip(run, reason);
  }

  /**
   * Serves a stale value in place of an error, within `staleIfError`.
   * @param {Run} run
   * @param {unknown} error
   */
  #fail(run, error) {
    if (this.fail(run)) return this.#serveStale(run, run.kept);
    throw error;
  }

  /**
   * Ends a run whose function has failed. Returns whether its caller gets a stale value, which is then what the run has
   * kept.
   * @param {Run} run
   */
  fail(run) {
    const slots = this.#slots;
    const { definition, slot } = run;
    slots.end(run);
    try {
      if (run.generation === this.#context.core.generation) {
        const now = this.#clock();
        const isKept = slots.release(run, now);
        // A fresh value stays a hit; of a stale one the next runs are put off.
        if (isKept && now >= slots.freshUntil(slot) && !run.isDeserted) this.backOff.failed(keyOf(run));
        if (isKept && now < slots.freshUntil(slot) + definition.options.staleIfError) {
          run.kept = slots.value(slot);
          run.isStale = true;
          return !run.isRefresh;
        }
      }
    } catch (trap) {
      recover(this.#context, `end of a call of ${definition.name}`, trap);
    }
    return false;
  }

  // Before a run

  /**
   * The slot of the stale value of a call whose refreshes have failed a moment ago, or NONE.
   * @param {import("./hot.js").Calls} calls
   * @param {Call} call
   */
  paused(calls, { definition, self, args }) {
    if (this.backOff.isEmpty || !this.backOff.isPausing(definition.key(self, args))) return NONE;
    const slots = this.#slots;
    const now = this.#clock();
    const slot = slots.peek(calls, definition, self, args, now, definition.windowMs);
    return slot === NONE || now < slots.freshUntil(slot) ? NONE : slot;
  }

  /**
   * Stores the value that another process has computed for the call of a run. Returns whether the run is over.
   * @param {Run} run
   * @param {number} now
   */
  adopt(run, now) {
    const slots = this.#slots;
    if (slots.waiting === undefined) return false;
    const key = keyOf(run);
    const waiting = key === undefined ? undefined : slots.waiting.get(key);
    if (key === undefined || waiting === undefined) return false;
    slots.waiting.delete(key);
    try {
      if (adopt(slots, run, waiting, now)) this.#telling.stored(run);
    } catch (error) {
      if (this.#context.core.isTrap(error)) throw error;
      slots.release(run, now);
      run.definition.warnOfEntities(error);
    }
    return true;
  }

  /**
   * Why the core has not found or reserved a slot for a call: the reason of a skip. It is reported.
   * @param {Call} call
   * @param {number} answer
   */
  refusal({ definition }, answer) {
    if ((answer & STATE_MASK) === STATE.FULL) {
      this.#context.failed(`look-up of a call of ${definition.name}`, new Error(FULL));
      return "full";
    }
    if (!this.#slots.isReported(answer)) definition.refuseKey();
    return "key";
  }
}

/** @param {Call} call */
const keyOf = ({ definition, self, args }) => definition.key(self, args);

/**
 * Reports a failure of the store, and replaces the core if it trapped: the store then starts empty.
 * @param {import("../functions/context.js").Context} context
 * @param {string} what failed
 * @param {unknown} error
 */
export function recover(context, what, error) {
  context.failed(what, error);
  if (!context.core.isTrap(error)) return;
  context.core.replace();
  context.logger.error("the core was replaced after it trapped; what was cached in memory is gone");
}
