// @ts-check
/**
 * Invalidations that a backend did not take. They are kept, each concern once, and tried again until it takes them;
 * until then js/remote/store.js serves nothing from it.
 */

/** Beyond so many concerns everything is dropped instead: always right, and bounded. */
const MOST = 10_000;
const FIRST_DELAY_MS = 50;
const LONGEST_DELAY_MS = 1000;

export class Pending {
  #apply;
  #everything;
  /** @type {Set<string>} */
  #concerns = new Set();
  /** Those that the attempt under way is about. What is asked for meanwhile waits for the next: it comes later. @type {string[]} */
  #trying = [];
  /** @type {Promise<boolean> | undefined} */
  #attempt;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #delayMs = FIRST_DELAY_MS;
  #isClosed = false;

  /**
   * @param {(concerns: string[]) => Promise<unknown>} apply
   * @param {string} everything the concern that stands for all others
   */
  constructor(apply, everything) {
    this.#apply = apply;
    this.#everything = everything;
  }

  /** How many concerns wait. */
  get size() {
    if (this.#trying.length === 0) return this.#concerns.size;
    return new Set([...this.#concerns, ...this.#trying]).size;
  }

  /** @param {string[]} concerns */
  add(concerns) {
    for (const concern of concerns) this.#concerns.add(concern);
    if (this.#concerns.has(this.#everything) || this.#concerns.size > MOST)
      this.#concerns = new Set([this.#everything]);
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
      await this.#apply(concerns);
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
    // A retry is no reason for a process to live on. Browsers and Workers give a number.
    /** @type {any} */ (this.#timer).unref?.();
  }

  /** Tries once more, and no more after that. @returns {Promise<boolean>} */
  async close() {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    return this.flush();
  }
}
