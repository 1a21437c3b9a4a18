// @ts-check
/**
 * Invalidations that a backend did not take. Each concern is kept once and tried again until the backend takes it. Until
 * then js/remote/store.js serves nothing from the backend.
 *
 * All caches over one client and prefix share them: none of them may serve what another has failed to drop. They are
 * applied in bursts, one at a time. A call waits for the burst under way and no longer.
 */
import { within } from "../functions/within.js";
import { EVERYTHING } from "./protocol/concerns.js";
import { sharedOf } from "./protocol/per-prefix.js";

/** With more concerns than this, everything is invalidated instead: always right, and bounded. */
const MOST = 10_000;
/** Concerns that one attempt applies. */
const BURST = 200;
const FIRST_DELAY_MS = 50;
const LONGEST_DELAY_MS = 1000;

/**
 * How a cache applies concerns.
 * @typedef {object} Applier
 * @property {(concerns: string[]) => Promise<unknown>} invalidate
 * @property {number} patienceMs how long a call waits for an attempt
 * @property {() => number} now milliseconds of a monotonic clock
 * @property {(work: Promise<unknown>) => void} keepAlive asks the runtime not to end the request before
 */

export class Pending {
  /** The caches that are open; the last one tries when nobody calls. @type {Set<Applier>} */
  #appliers = new Set();
  /** Those of the burst under way are among them until it has succeeded. @type {Set<string>} */
  #concerns = new Set();
  /** Those that were added again while a burst was under way. @type {Set<string>} */
  #again = new Set();
  /** @type {{ done: Promise<boolean>, begun: number } | undefined} */
  #attempt;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #delayMs = FIRST_DELAY_MS;

  /** How many concerns wait. */
  get size() {
    return this.#concerns.size;
  }

  /** @param {Applier} applier */
  open(applier) {
    this.#appliers.add(applier);
  }

  /** @param {string[]} concerns */
  add(concerns) {
    for (const concern of concerns) {
      this.#concerns.add(concern);
      if (this.#attempt !== undefined) this.#again.add(concern);
    }
    if (this.#concerns.size > MOST || (this.#concerns.size > 1 && this.#concerns.has(EVERYTHING))) {
      this.#concerns = new Set([EVERYTHING]);
      if (this.#attempt !== undefined) this.#again.add(EVERYTHING);
    }
    this.#schedule();
  }

  /**
   * Tries to apply what waits, one burst of it. Callers at the same time share one attempt.
   * @param {Applier} applier
   * @returns {Promise<boolean>} whether nothing waits any more
   */
  flush(applier) {
    if (this.size === 0) return Promise.resolve(true);
    return within(this.#share(applier), applier.patienceMs, () => false);
  }

  /** @param {Applier} applier */
  #share(applier) {
    const now = applier.now();
    // In a Worker an attempt may have ended with the request that began it, without a word.
    if (this.#attempt === undefined || now - this.#attempt.begun > 2 * applier.patienceMs) {
      const attempt = { done: this.#try(applier), begun: now };
      this.#attempt = attempt;
      const end = () => {
        if (this.#attempt === attempt) this.#attempt = undefined;
      };
      attempt.done = attempt.done.finally(end);
      applier.keepAlive(attempt.done);
    }
    return this.#attempt.done;
  }

  /** @param {Applier} applier */
  async #try(applier) {
    const concerns = [];
    for (const concern of this.#concerns) if (concerns.push(concern) === BURST) break;
    this.#again.clear();
    try {
      await applier.invalidate(concerns);
      for (const concern of concerns) if (!this.#again.has(concern)) this.#concerns.delete(concern);
      this.#delayMs = FIRST_DELAY_MS;
      if (this.size > 0) this.#schedule(0);
    } catch {
      this.#schedule();
    }
    return this.size === 0;
  }

  /** Tries again later. @param {number} [ms] */
  #schedule(ms) {
    if (this.#timer !== undefined || this.#appliers.size === 0) return;
    const wait = ms ?? this.#delayMs;
    if (ms === undefined) this.#delayMs = Math.min(this.#delayMs * 2, LONGEST_DELAY_MS);
    this.#timer = setTimeout(async () => {
      this.#timer = undefined;
      const [applier] = this.#appliers;
      if (applier === undefined || this.size === 0) return;
      if (!(await this.flush(applier))) this.#schedule();
    }, wait);
    // A retry does not keep a process alive. In browsers and Workers a timer is a number.
    /** @type {any} */ (this.#timer).unref?.();
  }

  /**
   * A cache closes: it tries one last time, burst by burst for as long as that succeeds.
   * @param {Applier} applier
   * @returns {Promise<string[]>} what is lost: nothing while another cache is open, which goes on
   */
  async close(applier) {
    this.#appliers.delete(applier);
    if (this.#appliers.size === 0) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
    }
    for (let before = Number.POSITIVE_INFINITY; this.size > 0 && this.size < before; ) {
      before = this.size;
      await this.flush(applier);
    }
    return this.#appliers.size > 0 ? [] : [...this.#concerns];
  }
}

/** @type {import("./protocol/per-prefix.js").PerPrefix<Pending>} */
const all = new WeakMap();

/**
 * What waits for a client and a prefix.
 * @param {object} client
 * @param {string} prefix
 */
export const pendingOf = (client, prefix) => sharedOf(all, client, prefix, () => new Pending()).shared;
