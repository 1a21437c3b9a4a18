// @ts-check
/**
 * The store over a backend that other processes share: looks up, runs and stores by the protocol. When the backend fails, the
 * call runs the function.
 *
 * A hit is one command. A miss reads where the log ends, joins or starts a flight, and stores. While an invalidation waits
 * for the backend (js/remote/pending.js) nothing is served from the backend and nothing is stored.
 */

import { wellFormed } from "../boundary/well-formed.js";
import { BackOff } from "../functions/back-off.js";
import { unkeepable } from "../functions/fidelity.js";
import { isIn, onStack } from "../functions/nesting.js";
import { copyOf, executeUncached, load } from "../functions/run.js";
import { Telling } from "../functions/telling.js";
import { ALONE, UnderWay } from "../functions/under-way.js";
import { within } from "../functions/within.js";
import { BackendError } from "../messages/errors.js";
import { explain } from "./explain.js";
import { Flights } from "./flights.js";
import { Guard } from "./guard.js";
import { Invalidations } from "./invalidations.js";
import { Lookup } from "./lookup.js";
import { Outage } from "./outage.js";
import { ProtocolChoice } from "./protocol/choose.js";
import { concern, concernsOf, EVERYTHING, targetOf } from "./protocol/concerns.js";
import { Layout } from "./protocol/layout.js";
import { encodePayload } from "./protocol/payload.js";
import { warnOfPython } from "./python.js";
import { ReadAhead } from "./read-ahead.js";

/** @typedef {import("../functions/context.js").Context} Context */
/** @typedef {import("../functions/definition.js").Definition} Definition */
/** @typedef {import("../functions/store.js").Call} Call */
/** @typedef {import("../functions/store.js").Store} Store */
/** @typedef {import("./lookup.js").KeyedCall} KeyedCall */
/** @typedef {import("./lookup.js").Found} Found */
/** @typedef {import("./protocol/log.js").Position} Position */

/**
 * What a call got, from the backend or from a run.
 * @typedef {object} Answer
 * @property {unknown} result
 * @property {import("../functions/run.js").Payload | undefined} payload
 * @property {number} leftMs for how many milliseconds the entry is fresh; 0 or less: there is none, or it is stale, or not known
 * @property {string[]} [concerns] those of the indexes that list the entry, where this process has stored it
 */

const WAITING = "an invalidation waits for the backend";

/** Why a result was not stored. */
const REFUSED = {
  concerned: "invalidated meanwhile",
  gone: "invalidated meanwhile",
  lost: "the log does not reach back",
  late: "another operation on its key is overdue",
};

/** @implements {Store} */
export class RemoteStore {
  /** Other processes share the entries, so functions need stable names. */
  isShared = true;
  #context;
  #guard;
  #layout;
  #protocols;
  #lookup;
  /** @type {Flights<Answer>} */
  #flights;
  #invalidations;
  /** The invalidations that wait for the backend. */
  #pending;
  #telling;
  #backOff;
  #outage = new Outage();
  #readAhead = new ReadAhead(() => this.#flights.position());
  /** How often the backend had failed when the log was looked at last. */
  #failuresSeen = 0;
  /** @type {Promise<void> | undefined} */
  #looking;

  /**
   * @param {Context} context
   * @param {import("./connections/connection.js").Connection} connection
   */
  constructor(context, connection) {
    const { core, options, logger } = context;
    const { client } = connection;
    this.#context = context;
    this.#telling = new Telling(context);
    this.#backOff = new BackOff(context.now);
    this.#guard = new Guard(connection, options, context.now, (state) => this.#tellBreaker(state));
    this.#layout = new Layout(context.prefix, connection, context.naming);
    const setting = {
      writer: () => context.nonce(),
      instance: () => context.instance,
      now: context.clock,
      isArgumentPart: (/** @type {string} */ text) => core.exports.isArgumentPart(core.writeText(text)),
      waitMs: options.operationTimeout,
      isStrict: options.strict,
      later: (/** @type {Promise<unknown>} */ work) => this.#later(work),
      onLost: () => this.#pending.add([EVERYTHING]),
    };
    this.#protocols = new ProtocolChoice(this.#guard, this.#layout, setting, client, logger);
    this.#lookup = new Lookup(this.#guard, connection.hasSocket, this.#protocols);
    this.#flights = new Flights(this.#protocols.log);
    const keepAlive = (/** @type {Promise<unknown>} */ work) => this.#telling.keepAlive(work);
    this.#invalidations = new Invalidations(context, this.#guard, this.#layout, this.#protocols, client, keepAlive);
    this.#pending = this.#invalidations.pending;
  }

  /** @type {Store["call"]} */
  call(definition, self, args, signal) {
    return this.#load(this.#asked(definition, self, args, signal), false, resultOf);
  }

  /**
   * Like `call`, and says for how long the entry is fresh. That counts from before the call.
   * @param {import("../functions/definition.js").Definition} definition
   * @param {unknown} self
   * @param {unknown[]} args
   * @param {AbortSignal} [signal]
   * @param {boolean} [hasWaited] whether it has joined a run in vain
   * @returns {Promise<Answer>}
   */
  load(definition, self, args, signal, hasWaited = false) {
    return this.#load({ ...this.#asked(definition, self, args, signal), hasWaited }, true, itself);
  }

  /**
   * @param {import("../functions/definition.js").Definition} definition
   * @param {unknown} self
   * @param {unknown[]} args
   * @param {AbortSignal} [signal]
   * @returns {Call}
   */
  #asked(definition, self, args, signal) {
    return { definition, self, args, key: undefined, signal, inside: onStack(), order: this.#outage.order };
  }

  /** Whether an invalidation waits for the backend: nothing may be served meanwhile. */
  get isWaiting() {
    return this.#pending.size > 0;
  }

  /** What a near cache needs of the protocol. */
  get seams() {
    const { log, leases } = this.#protocols;
    if (leases === undefined) throw new TypeError("a backend without streams has no near cache");
    return { leases, log: { key: this.#layout.log, position: () => log.position() } };
  }

  /**
   * @template T
   * @param {Call} call
   * @param {boolean} isTimed whether the time that is left matters, even if the function has no stale window
   * @param {(answer: Answer) => T} give takes from it what the caller wants: a promise less than a `then` behind it
   * @returns {Promise<T>}
   */
  async #load(call, isTimed, give) {
    if (!hasKey(call)) return give(await this.#uncached(call, "key"));
    if (this.#pending.size > 0 && !(await this.#invalidations.applies()))
      return give(await this.#uncached(call, WAITING));
    // Invalidations are tried even while the breaker is open. Calls are not.
    if (this.#guard.isOpen) return give(await this.#uncached(call, "the backend failed"));
    const ahead = isTimed ? this.#readAhead.begin() : undefined;
    /** @type {Found | undefined} */
    let found;
    try {
      found = await this.#find(call, isTimed);
    } catch (error) {
      return give(await this.#bypass(call, "get", error));
    }
    if (isTimed) this.#readAhead.note(found);
    // An invalidation may have failed while the backend answered.
    if (this.#pending.size > 0) return give(await this.#uncached(call, WAITING));
    if (found === undefined) return give(await this.#fresh(call, true, ahead));
    if (found.leftMs < 0) return give(await this.#serveStale(call, found));
    this.#telling.hit(call);
    // Nobody waits for the refresh, so a flight is as good as a new run, even if an invalidation concerns it.
    if (found.isDue && this.#flights.get(call.key) === undefined) this.#refreshLater(call);
    return give(found);
  }

  /**
   * @param {KeyedCall} call
   * @param {Found} found
   * @returns {Promise<Answer>}
   */
  async #serveStale(call, found) {
    const { staleWhileRevalidate, staleIfError } = call.definition.options;
    const staleForMs = -found.leftMs;
    if (this.#backOff.isPausing(call.key)) {
      this.#telling.stale(call);
      return found;
    }
    if (staleForMs <= staleWhileRevalidate) {
      this.#refreshLater(call);
      this.#telling.stale(call);
      return found;
    }
    try {
      return await this.#fresh(call, true);
    } catch (error) {
      // Only the value that this very call has read: the flight that it joined may have begun after an invalidation.
      if (staleForMs > staleIfError) throw error;
      this.#telling.stale(call);
      return found;
    }
  }

  /**
   * Refreshes an entry in the background. Its caller has its value, so that caller's signal aborts nothing.
   * @param {KeyedCall} call
   */
  #refreshLater(call) {
    this.#telling.refreshing(call, this.#fresh({ ...call, signal: undefined }, false));
  }

  /**
   * The result of a flight, joined or new.
   * @param {KeyedCall} call
   * @param {boolean} isAsked whether a caller waits for it: only then it is a miss or a join
   * @param {Promise<Position>} [ahead] a position that was asked for since the call began
   * @returns {Promise<Answer>}
   */
  async #fresh(call, isAsked, ahead) {
    // Whom a run keeps waiting may join another one, and then no more.
    let mayJoin = this.#context.isWorker || call.hasWaited ? 1 : 2;
    for (;;) {
      // Its caller may have gone while the backend answered.
      call.signal?.throwIfAborted();
      /** @type {Awaited<ReturnType<Flights<Answer>["join"]>>} */
      let joined;
      try {
        joined = await this.#board(call, isAsked, mayJoin-- <= 0, ahead);
      } catch (error) {
        if (isAsked) this.#telling.miss(call);
        return this.#bypass(call, "reading the log", error);
      }
      const { flight, isOwn } = joined;
      if (isOwn) return flight.outcome;
      const { run } = flight.begun;
      // A function that calls itself with the same arguments would wait for itself.
      if (isIn(run.nest, call.inside)) {
        if (isAsked) this.#telling.miss(call);
        return this.#uncached(call, "recursion");
      }
      if (isAsked) this.#telling.joined(call);
      run.audience?.join(call.signal);
      const loaded = await run.join(flight.outcome);
      if (loaded === ALONE) {
        call.hasWaited = true;
        continue;
      }
      if (loaded.payload === undefined) {
        if (unkeepable(loaded.result) === undefined) return loaded;
        mayJoin = 0;
        continue;
      }
      // A copy: callers must not change each other's objects.
      return { ...loaded, result: await copyOf(call.definition, loaded.result, loaded.payload) };
    }
  }

  /**
   * A flight for a call.
   * @param {KeyedCall} call
   * @param {boolean} isAsked
   * @param {boolean} isAlone whether it must be a new one
   * @param {Promise<Position>} [ahead]
   */
  async #board(call, isAsked, isAlone, ahead) {
    const begin = (/** @type {Position} */ position) => {
      if (isAsked) this.#telling.miss(call);
      return this.#begin(call, position);
    };
    if (!isAlone) return this.#flights.join(call.key, this.#mayConcern(call), begin, ahead);
    return { flight: this.#flights.start(call.key, await this.#protocols.log.position(), begin), isOwn: true };
  }

  /**
   * Begins a run of the function.
   * @param {KeyedCall} call
   * @param {Position} position
   */
  #begin(call, position) {
    const run = new UnderWay(call.definition, call.self, call.args, call.inside);
    run.begin(call.signal);
    const outcome = this.#run(run, call, position);
    this.#telling.keepAlive(outcome);
    return { run, outcome };
  }

  /**
   * What the backend holds for a call. After a failure this process looks at the log first: the server may have come back
   * with older data.
   * @param {KeyedCall} call
   * @param {boolean} isTimed
   */
  #find(call, isTimed) {
    if (this.#guard.failuresEver === this.#failuresSeen || !this.#guard.can.log)
      return this.#lookup.find(call, isTimed);
    return this.#look().then(() => this.#lookup.find(call, isTimed));
  }

  /** Finds out whether the server has lost data. Calls at the same time share one look. */
  #look() {
    const look = async () => {
      const { failuresEver } = this.#guard;
      try {
        await this.#protocols.log.position();
        this.#failuresSeen = failuresEver;
      } finally {
        this.#looking = undefined;
      }
    };
    this.#looking ??= look();
    return this.#looking;
  }

  /** @type {Store["refresh"]} */
  async refresh(definition, self, args, signal) {
    return resultOf(await this.reload(definition, self, args, signal));
  }

  /**
   * Like `refresh`, and gives the payload of the result as well.
   * @param {Definition} definition
   * @param {unknown} self
   * @param {unknown[]} args
   * @param {AbortSignal} [signal]
   * @returns {Promise<Answer>}
   */
  async reload(definition, self, args, signal) {
    const call = { definition, self, args, signal };
    if (!hasKey(call)) return this.#uncached(call, "key");
    if (this.#pending.size > 0 && !(await this.#invalidations.applies())) return this.#uncached(call, WAITING);
    /** @type {import("./flights.js").Flight<Answer>} */
    let flight;
    try {
      // An entry of its own: a run of this call that began before must not be stored over the result of this one.
      const position = await this.#protocols.current.supersede(call.key);
      flight = this.#flights.start(call.key, position, (position) => this.#begin(call, position));
    } catch (error) {
      return this.#bypass(call, "reading the log", error);
    }
    const loaded = await flight.outcome;
    await this.#tellNear(call);
    return loaded;
  }

  /**
   * After a refresh: a near cache may have read the value before once more.
   * @param {KeyedCall} call
   */
  async #tellNear(call) {
    if (this.#context.options.near === undefined) return;
    try {
      await this.#protocols.leases?.close([this.#layout.concern(call.key)]);
    } catch (error) {
      this.#failed(`refresh of ${call.key}`, error);
    }
  }

  /** @type {Store["peek"]} */
  async peek(definition, self, args) {
    const call = { definition, self, args };
    if (!hasKey(call) || this.#pending.size > 0) return undefined;
    try {
      const found = await this.#find(call, false);
      return found !== undefined && found.leftMs >= 0 && this.#pending.size === 0 ? found.result : undefined;
    } catch (error) {
      this.#failed(`get of ${call.key}`, error);
      return undefined;
    }
  }

  /**
   * Runs the function and stores its result.
   * @param {UnderWay} run
   * @param {KeyedCall} call
   * @param {Position} position
   * @returns {Promise<Answer>}
   */
  async #run(run, call, position) {
    /** @type {import("../functions/run.js").Loaded} */
    let loaded;
    try {
      loaded = await load(run, true);
      this.#backOff.succeeded(call.key);
    } catch (error) {
      if (call.definition.windowMs > 0 && !run.isDeserted) this.#backOff.failed(call.key);
      throw error;
    } finally {
      run.end();
    }
    const { result, payload, ttlMs, skipped } = loaded;
    if (skipped !== undefined) {
      this.#telling.skipped(call, skipped);
      return { result, payload, leftMs: 0 };
    }
    const { operationTimeout, waitUntil } = this.#context.options;
    const storing = this.#store(call, loaded, position);
    if (waitUntil === undefined) {
      const concerns = await within(storing, operationTimeout, () => undefined);
      return { result, payload, leftMs: concerns === undefined ? 0 : ttlMs, concerns };
    }
    this.#later(storing);
    return { result, payload, leftMs: 0 };
  }

  /**
   * @param {KeyedCall} call
   * @param {import("../functions/run.js").Loaded} loaded
   * @param {Position} position
   * @returns {Promise<string[] | undefined>} the concerns of the indexes that list it; undefined if it is not stored
   */
  async #store(call, { result, payload, ttlMs }, position) {
    const { definition, key } = call;
    try {
      const found = this.#concernsOf(call, result, payload);
      if (found === undefined) {
        this.#telling.skipped(call, "entities");
        return undefined;
      }
      warnOfPython(definition, found.concerns);
      const verdict = await this.#protocols.store({
        key,
        value: encodePayload(/** @type {string | Uint8Array} */ (payload), this.#guard.can.bytes),
        ttlMs: Number.isFinite(ttlMs) ? ttlMs + definition.windowMs : 0,
        name: wellFormed(definition.name),
        ...found,
        position,
        hasWaited: call.hasWaited && this.#context.isWorker,
      });
      if (verdict === "stored") this.#telling.stored(call);
      else this.#telling.skipped(call, REFUSED[verdict]);
      return verdict === "stored" ? found.concerns : undefined;
    } catch (error) {
      this.#failed(`store of ${key}`, error);
      return undefined;
    }
  }

  /**
   * The concerns of a result; undefined where its entities cannot be found.
   * @param {KeyedCall} call
   * @param {unknown} result
   * @param {unknown} payload
   */
  #concernsOf({ definition, args }, result, payload) {
    try {
      return concernsOf(definition, result, args, payload);
    } catch (error) {
      if (this.#context.core.isTrap(error)) throw error;
      definition.warnOfEntities(error);
      return undefined;
    }
  }

  /** @type {Store["invalidate"]} */
  invalidate(targets) {
    return this.#invalidations.invalidate(targets);
  }

  /** @type {Store["explain"]} */
  explain(type, id) {
    return explain(this.#protocols.current, this.#layout, this.#context.functions, { type, id });
  }

  stats() {
    return { pending: this.#pending.size, running: this.#flights.size };
  }

  /** Waits for the work in the background. The client is the user's, and stays open. */
  async close() {
    await this.#invalidations.close();
    await this.#telling.close();
    this.#context.tellUnlogged();
  }

  /**
   * Whether an invalidation may concern what a call will give: its result, and so its entities, are not known yet.
   * @param {KeyedCall} call
   */
  #mayConcern({ definition, key }) {
    const own = new Set([EVERYTHING, concern.function(definition.name), this.#layout.concern(key)]);
    return (/** @type {string} */ invalidated) => {
      if (own.has(invalidated)) return true;
      const target = targetOf(invalidated);
      if (target.kind === "dependents") return definition.dependsOn.includes(target.type);
      if (target.kind === "type" && definition.dependsOn.includes(target.type)) return true;
      if (target.kind !== "entity" && target.kind !== "list" && target.kind !== "type") return false;
      return definition.hasOpenTypes || definition.types.includes(target.type);
    };
  }

  /**
   * Runs the function without the cache.
   * @param {Call} call
   * @param {string} reason
   * @returns {Promise<Answer>}
   */
  async #uncached(call, reason) {
    this.#telling.skipped(call, reason);
    // Without an order there is nobody to share with: there is no key, it is a refresh, or it calls itself.
    const { key, order } = call;
    const isShared = key !== undefined && order !== undefined && reason !== "recursion";
    const running = isShared ? this.#outage.run(/** @type {KeyedCall} */ (call), order) : executeUncached(call);
    return { result: await running, payload: undefined, leftMs: 0 };
  }

  /**
   * @param {KeyedCall} call
   * @param {string} what
   * @param {unknown} error
   */
  #bypass(call, what, error) {
    this.#failed(`${what} of ${call.key}`, error);
    return this.#uncached(call, "the backend failed");
  }

  /**
   * @param {string} what
   * @param {unknown} error
   */
  #failed(what, error) {
    this.#protocols.notice(error);
    // The opening of the breaker was logged. Its refusals are not.
    if (!(error instanceof BackendError && error.code === "ERR_CACHEREF_BREAKER")) this.#context.failed(what, error);
  }

  /** @param {import("./guard.js").State} state */
  #tellBreaker(state) {
    const { options, logger, events } = this.#context;
    const { failures, cooldown } = options.breaker;
    if (state === "open")
      logger.error(`the backend has failed ${failures} times in a row and is skipped for ${cooldown} ms`);
    if (state === "closed") logger.info("the backend answers again");
    events.emit("breaker", { state });
  }

  /** Looks after work that no call waits for. @param {Promise<unknown>} work */
  #later(work) {
    const what = "work in the background";
    this.#telling.later(
      work.catch((error) => this.#failed(what, error)),
      what,
    );
  }
}

/** @param {Answer} answer */
const resultOf = (answer) => answer.result;

/** @param {Answer} answer */
const itself = (answer) => answer;

/**
 * Finds the key of a call. False where its arguments cannot be one.
 * @param {Call} call
 * @returns {call is KeyedCall}
 */
function hasKey(call) {
  call.key ??= call.definition.key(call.self, call.args);
  return call.key !== undefined;
}
