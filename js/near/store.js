// @ts-check
/**
 * The store of a cache with the option `near`: values in memory in front of a backend that other processes share.
 *
 * Two stores, one inside the other. A near hit is a look into memory and at two clocks. A near miss begins a run of the
 * near cache, and what it runs is the call on the backend. An invalidation that comes meanwhile, over the log, refuses what
 * that call has read. While the lease is over (js/near/lease.js) every call goes to the backend.
 */
import { NONE } from "../boundary/numbers.js";
import { unkeepable } from "../functions/fidelity.js";
import { isNested } from "../functions/nesting.js";
import { deserialize, serialize } from "../functions/run.js";
import { Telling } from "../functions/telling.js";
import { ALONE } from "../functions/under-way.js";
import { within } from "../functions/within.js";
import { deepFreeze, frozenCopy } from "../memory/frozen.js";
import { recover } from "../memory/runs.js";
import { Follower } from "./follower.js";
import { Lease } from "./lease.js";
import { Level } from "./level.js";
import { monotonic } from "./monotonic.js";

/** @typedef {import("../functions/definition.js").Definition} Definition */
/** @typedef {import("../functions/store.js").Call} Call */
/** @typedef {import("../functions/store.js").Store} Store */
/** @typedef {import("../memory/slots.js").Run} Run */
/** @typedef {import("../functions/run.js").Payload} Payload */
/** @typedef {import("../remote/store.js").Answer} Answer */
/** @typedef {import("./level.js").Given} Given */

/** For how long a call waits for a run of another: most have read Redis by then. The backend knows who shares a longer one. */
const LONGEST_JOIN_MS = 20;

/** What a near hit says of itself. */
const NEAR = { tier: "near" };

/**
 * @typedef {object} Options the option `near`, complete
 * @property {number} leaseMs
 * @property {number | undefined} maxStalenessMs undefined: exact
 * @property {number} maxTtlMs
 * @property {number} maxEntries
 * @property {number} maxBytes
 * @property {any} values
 */

/** @implements {Store} */
export class NearStore {
  /** Other processes share the entries, so functions need stable names. */
  isShared = true;
  #context;
  #core;
  #far;
  #level;
  #slots;
  #lease;
  #follower;
  #telling;
  #events;
  #counts;
  #clock;
  #hits = 0;
  #stopListening;
  #isFollowing = false;

  /**
   * @param {import("../functions/context.js").Context} context
   * @param {import("../remote/store.js").RemoteStore} far
   * @param {import("../remote/connections/connection.js").Connection} connection one that can open another
   * @param {Options} options
   */
  constructor(context, far, connection, options) {
    this.#context = context;
    this.#core = context.core;
    this.#far = far;
    this.#telling = new Telling(context);
    this.#events = context.events;
    this.#counts = context.events.counts;
    this.#clock = context.clock;
    const level = new Level(context, options);
    this.#level = level;
    this.#slots = level.slots;
    const { leases, log } = far.seams;
    const apply = (/** @type {string[]} */ concerns) => this.#guarded("invalidation", () => level.apply(concerns));
    leases.applyHere = (concerns, id) => {
      apply(concerns);
      this.#follower.passOver(id);
    };
    this.#lease = new Lease({
      context,
      leases,
      beginLog: () => log.position(),
      options,
      dropAll: () => this.#guarded("invalidation", () => level.dropAll()),
    });
    this.#follower = new Follower({
      open: /** @type {NonNullable<typeof connection.separate>} */ (connection.separate),
      log: log.key,
      lease: this.#lease,
      apply,
      instance: () => context.instance,
      timeoutMs: context.options.operationTimeout,
    });
    this.#stopListening = connection.onEnd(() => {
      this.#follower.close();
      this.#lease.end();
    });
  }

  /** @type {Store["call"]} */
  call(definition, self, args, signal) {
    const now = this.#clock();
    if (!this.#isCurrent(now)) return this.#ask(definition, self, args, signal);
    const calls = /** @type {import("../memory/hot.js").Calls | undefined} */ (definition.ofStore);
    if (args.length === 1 && calls !== undefined && calls.generation === this.#core.generation) {
      const hot = calls.hot.get(args[0]);
      if (hot !== undefined && hot.slot !== NONE && now < hot.freshUntil) {
        this.#slots.touch(hot.slot);
        this.#hit(definition, self, args);
        return hot.promise ?? this.#give(definition, self, args, hot.value);
      }
    }
    /** @type {number | Run | undefined} */
    let found;
    try {
      found = this.#level.find(definition, self, args, now);
    } catch (error) {
      recover(this.#context, `look-up of a call of ${definition.name}`, error);
    }
    if (found === undefined) return this.#ask(definition, self, args, signal);
    if (typeof found === "object") {
      if (found.promise !== undefined) return this.#join(found, definition, self, args, signal);
      found.promise = this.#load(found, signal);
      return found.promise;
    }
    const value = this.#slots.value(found);
    this.#hit(definition, self, args);
    return this.#slots.promiseOf(found, 0) ?? this.#give(definition, self, args, value);
  }

  /**
   * Asks the backend, and keeps nothing.
   * @param {Definition} definition
   * @param {unknown} self
   * @param {unknown[]} args
   * @param {AbortSignal} [signal]
   */
  #ask(definition, self, args, signal) {
    if (!this.#slots.freezesValues) return this.#far.call(definition, self, args, signal);
    return frozenResult(definition, this.#far.load(definition, self, args, signal));
  }

  /**
   * Asks the backend, and keeps what it answers.
   * @param {Run} run
   * @param {AbortSignal} [signal]
   */
  async #load(run, signal) {
    const { definition } = run;
    /** @type {Answer | undefined} */
    let loaded;
    /** @type {Given | undefined} */
    let given;
    try {
      loaded = await this.#far.load(definition, run.self, run.args, signal);
      const forAll = run.joint === undefined ? loaded : await this.#copied(definition, loaded);
      given = this.#slots.freezesValues ? await frozenOf(definition, forAll) : forAll;
      return given.result;
    } finally {
      this.#guarded(`store of a call of ${definition.name}`, () => this.#level.keep(run, loaded, given));
    }
  }

  /**
   * What several calls are given. A result that is not cached has no payload, but here too no call may change what another
   * holds.
   * @param {Definition} definition
   * @param {Answer} loaded
   * @returns {Promise<Answer>}
   */
  async #copied(definition, loaded) {
    const { result, payload } = loaded;
    const { sharesValues, freezesValues } = this.#slots;
    const isShared = sharesValues && !freezesValues;
    if (isShared || payload !== undefined || unkeepable(result) !== undefined) return loaded;
    return { ...loaded, payload: await serialize(definition, result) };
  }

  /**
   * Waits for a run under way, but not for long. What it gives is taken only if it was stored, or if nothing was applied since
   * it began: then nothing has resolved that this call must see. A call inside of any run does not wait: it may be part of
   * this one.
   * @param {Run} run
   * @param {Definition} definition
   * @param {unknown} self
   * @param {unknown[]} args
   * @param {AbortSignal} [signal]
   */
  async #join(run, definition, self, args, signal) {
    if (run.audience !== undefined || isNested()) return this.#ask(definition, self, args, signal);
    const joint = run.join(/** @type {Promise<unknown>} */ (run.promise));
    const call = { definition, self, args };
    /** @type {unknown} */
    let result;
    try {
      result = await within(joint, LONGEST_JOIN_MS, () => ALONE);
    } catch (error) {
      this.#telling.joined(call);
      throw error;
    }
    const isKept = run.kept !== undefined;
    if (result !== ALONE && (isKept || (run.epoch === this.#slots.epoch && unkeepable(result) === undefined))) {
      if (run.isStale) this.#telling.stale(call);
      else this.#telling.joined(call);
      return isKept && !this.#slots.sharesValues ? this.#give(definition, self, args, run.kept) : result;
    }
    const loading = this.#far.load(definition, self, args, signal, true);
    return this.#slots.freezesValues ? frozenResult(definition, loading) : (await loading).result;
  }

  /** @type {Store["peek"]} */
  async peek(definition, self, args) {
    if (this.#isCurrent(this.#clock())) {
      const slot = this.#guarded(`peek of ${definition.name}`, () => this.#level.peek(definition, self, args)) ?? NONE;
      const read = slot === NONE ? undefined : await this.#read(definition, this.#slots.value(slot));
      if (read !== undefined) return read.value;
    }
    // Nobody else holds what it gives.
    const found = await this.#far.peek(definition, self, args);
    return this.#slots.freezesValues ? deepFreeze(found) : found;
  }

  /** @type {Store["refresh"]} */
  refresh(definition, self, args, signal) {
    if (!this.#slots.freezesValues) return this.#far.refresh(definition, self, args, signal);
    return frozenResult(definition, this.#far.reload(definition, self, args, signal));
  }

  /** @type {Store["invalidate"]} */
  invalidate(targets) {
    // The near cache hears of it from the leases, when the entry is written.
    return this.#far.invalidate(targets);
  }

  /** @type {Store["explain"]} */
  explain(type, id) {
    return this.#far.explain(type, id);
  }

  stats() {
    const { entries, bytes, evictions } = this.#slots.figures();
    const { counts, lagMs } = this.#lease;
    const isServing = this.#lease.isCurrent(this.#clock(), monotonic());
    return { ...this.#far.stats(), near: { hits: this.#hits, entries, bytes, evictions, isServing, lagMs, ...counts } };
  }

  async close() {
    this.#stopListening();
    this.#follower.close();
    await this.#lease.close();
    await this.#far.close();
    await this.#telling.close();
  }

  /**
   * Whether values that are near may be served. The first question begins to follow the log.
   * @param {number} now
   */
  #isCurrent(now) {
    if (this.#lease.isCurrent(now, monotonic())) return !this.#far.isWaiting;
    if (!this.#isFollowing) this.#follow();
    return false;
  }

  #follow() {
    this.#isFollowing = true;
    this.#lease.start();
    this.#follower.run();
  }

  /**
   * A promise of a copy of a value that is near. If it cannot be read, the backend is asked.
   * @param {Definition} definition
   * @param {unknown} self
   * @param {unknown[]} args
   * @param {unknown} kept
   */
  #give(definition, self, args, kept) {
    if (definition.options.deserializer === undefined) {
      try {
        return Promise.resolve(JSON.parse(/** @type {string} */ (kept)));
      } catch {}
    }
    return Promise.resolve(this.#read(definition, kept)).then((read) =>
      read === undefined ? this.#ask(definition, self, args) : read.value,
    );
  }

  /**
   * @param {Definition} definition
   * @param {unknown} kept a result where values are shared, else a payload
   * @returns {ReturnType<typeof deserialize>}
   */
  #read(definition, kept) {
    if (this.#slots.sharesValues) return { value: kept };
    const payload = /** @type {Payload} */ (kept);
    return deserialize(definition, typeof payload === "string" ? payload : payload.slice());
  }

  /**
   * @param {Definition} definition
   * @param {unknown} self
   * @param {unknown[]} args
   */
  #hit(definition, self, args) {
    this.#hits += 1;
    this.#counts.hits += 1;
    if (this.#events.isWatched) this.#telling.emit("hit", { definition, self, args }, NEAR);
  }

  /**
   * Does what may make the core fail. The store is empty then, and nothing is served that should not be.
   * @template T
   * @param {string} what
   * @param {() => T} act
   * @returns {T | undefined}
   */
  #guarded(what, act) {
    try {
      return act();
    } catch (error) {
      recover(this.#context, what, error);
      return undefined;
    }
  }
}

/**
 * The frozen copy of what a call got. What cannot be read back has no payload, so it is not kept.
 * @param {Definition} definition
 * @param {Answer} loaded
 * @returns {Promise<Given>}
 */
async function frozenOf(definition, loaded) {
  const read = { ...loaded, skipped: undefined };
  const result = await frozenCopy({ definition }, read);
  return { result, payload: read.skipped === undefined ? read.payload : undefined };
}

/**
 * What a caller gets of a call whose result is kept nowhere.
 * @param {Definition} definition
 * @param {Promise<Answer>} loading
 */
async function frozenResult(definition, loading) {
  return (await frozenOf(definition, await loading)).result;
}
