// @ts-check
/**
 * Invalidations by one cache: each is applied now, or waits for the backend (js/remote/pending.js) and is tried again until
 * the backend takes it.
 */
import { BackendError } from "../messages/errors.js";
import { pendingOf } from "./pending.js";
import { concernsOfTarget, named } from "./protocol/concerns.js";

/** @typedef {import("../functions/definition.js").Definition} Definition */
/** @typedef {import("../functions/target.js").Target} Target */

/** What one invalidation sends before it waits for replies. */
const CONCERNS_AT_ONCE = 1000;

export class Invalidations {
  #context;
  #guard;
  #layout;
  #protocols;
  /** How this cache applies what waits. @type {import("./pending.js").Applier} */
  #applier;

  /**
   * @param {import("../functions/context.js").Context} context
   * @param {import("./guard.js").Guard} guard
   * @param {import("./protocol/layout.js").Layout} layout
   * @param {import("./protocol/choose.js").ProtocolChoice} protocols
   * @param {object} client the user's: all caches over it and this prefix share what waits
   * @param {(work: Promise<unknown>) => void} keepAlive
   */
  constructor(context, guard, layout, protocols, client, keepAlive) {
    this.#context = context;
    this.#guard = guard;
    this.#layout = layout;
    this.#protocols = protocols;
    /** What waits for the backend. @readonly */
    this.pending = pendingOf(client, context.prefix);
    this.#applier = {
      invalidate: (concerns) => guard.insist(() => protocols.invalidate(concerns)),
      patienceMs: context.options.operationTimeout,
      now: context.now,
      keepAlive,
    };
    this.pending.open(this.#applier);
  }

  /** @type {import("../functions/store.js").Store["invalidate"]} */
  async invalidate(targets) {
    const drop = (/** @type {string[]} */ concerns) => this.#protocols.invalidate(concerns);
    if (!targets.some(isSoft)) return this.#attempt(targets, drop);
    const windowOf = (/** @type {string} */ name) => softWindowOf(this.#context.functions.get(name));
    const soften = (/** @type {string[]} */ concerns) => this.#protocols.current.soften(concerns, windowOf);
    const isHard = (/** @type {Target} */ target) => !isSoft(target);
    const [dropped, softened] = await Promise.all([
      this.#attempt(targets.filter(isHard), drop),
      this.#attempt(targets.filter(isSoft), soften),
    ]);
    return dropped === undefined || softened === undefined ? undefined : dropped + softened;
  }

  /**
   * @param {Target[]} targets
   * @param {(concerns: string[]) => Promise<number>} act
   * @returns {Promise<number | undefined>} how many cached calls were dropped; undefined: it waits for the backend
   */
  async #attempt(targets, act) {
    const concernOf = (/** @type {string} */ key) => this.#layout.concern(key);
    const concerns = [...new Set(targets.flatMap((target) => concernsOfTarget(target, concernOf)))];
    let count = 0;
    for (let from = 0; from < concerns.length; from += CONCERNS_AT_ONCE) {
      try {
        count += await this.#guard.insist(() => act(concerns.slice(from, from + CONCERNS_AT_ONCE)));
      } catch (error) {
        const left = concerns.slice(from);
        this.#protocols.notice(error);
        const what = `invalidation of ${named(left)} (it is tried again until the backend takes it)`;
        this.#context.failed(what, error, { pending: true });
        this.pending.add(left);
        return undefined;
      }
    }
    return count;
  }

  /** Tries to apply what waits; false if something still does. While the breaker is open no call waits for that. */
  async applies() {
    return !this.#guard.isOpen && (await this.pending.flush(this.#applier));
  }

  /** Tries once more, and reports what is lost. */
  async close() {
    const lost = await this.pending.close(this.#applier);
    if (lost.length === 0) return;
    const error = new BackendError(
      "ERR_CACHEREF_LOST",
      "the backend has not taken it, and the cache is closed: it is lost",
    );
    this.#context.failed(`invalidation of ${named(lost)}`, error, { pending: true });
  }
}

/** @param {Target} target */
const isSoft = (target) => "isSoft" in target && target.isSoft === true;

/**
 * For how many milliseconds a value of a function is served once it was made stale; 0 where it is dropped instead. Python
 * does not know the header of a stale value.
 * @param {Definition | undefined} definition
 */
const softWindowOf = (definition) =>
  definition === undefined || definition.options.keyFormat === "python" ? 0 : definition.windowMs;
