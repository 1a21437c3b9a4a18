// @ts-check
/**
 * Invalidations that a backend did not take. Each concern is kept once and tried again until the backend takes it. Until
 * then js/remote/store.js serves nothing from the backend.
 */
import { EVERYTHING } from "./protocol/concerns.js";

/** With more concerns than this, everything is invalidated instead: always right, and bounded. */
const MOST = 10_000;
const FIRST_DELAY_MS = 50;
const LONGEST_DELAY_MS = 1000;

export class Pending {
  #protocol;
  /** @type {Set<string>} */
  #concerns = new Set();
  /** The concerns of the attempt under way. Those that are added meanwhile wait for the next attempt. @type {string[]} */
  #trying = [];
  /** @type {Promise<boolean> | undefined} */
  #attempt;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #delayMs = FIRST_DELAY_MS;
  #isClosed = false;

  /** @param {{ invalidate: (concerns: string[]) => Promise<unknown> }} protocol */
  constructor(protocol) {
    this.#protocol = protocol;
  }

  /** How many concerns wait. */
  get size() {
    if (this.#trying.length === 0) return this.#concerns.size;
    return new Set([...this.#concerns, ...this.#trying]).size;
  }

  /** @param {string[]} concerns */
  add(concerns) {
    for (const concern of concerns) this.#concerns.add(concern);
    if (this.#concerns.has(EVERYTHING) || this.#concerns.size > MOST) this.#concerns = new Set([EVERYTHING]);
    this.#schedule();
  }

  /**
   * Tries to apply what waits. Callers at the same time share one attempt.
   * @returns {Promise<boolean>} whether nothing waits any more
   */
  flush() {
    if (this.size === 0) return Promise.resolve(true);
    this.#attempt ??= this.#try().finally(() => {
      this.#attempt = undefined;
    });
    return this.#attempt;
  }

  async #try() {
    const concerns = [...this.#concerns];
    this.#concerns.clear();
    this.#trying = concerns;
    try {
      await this.#protocol.invalidate(concerns);
      this.#delayMs = FIRST_DELAY_MS;
    } catch {
      this.add(concerns);
    }
    this.#trying = [];
    return this.size === 0;
  }

  #schedule() {
    if (this.#timer !== undefined || this.#isClosed) return;
    this.#timer = setTimeout(async () => {
      this.#timer = undefined;
      if (!(await this.flush())) this.#schedule();
    }, this.#delayMs);
    this.#delayMs = Math.min(this.#delayMs * 2, LONGEST_DELAY_MS);
    // A retry does not keep a process alive. In browsers and Workers a timer is a number.
    /** @type {any} */ (this.#timer).unref?.();
  }

  /** Tries one last time. @returns {Promise<boolean>} */
  async close() {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    return this.flush();
  }
}
