// @ts-check
/**
 * The pause after a failed refresh: within its stale windows an entry is served without another run until the pause is
 * over. It doubles with each failure in a row.
 */

const FIRST_MS = 1000;
const LONGEST_MS = 30_000;
/** The most calls that are remembered. */
const MOST = 10_000;

export class BackOff {
  #now;
  /** By key. @type {Map<string, { until: number, ms: number }>} */
  #pauses = new Map();

  /** @param {() => number} now milliseconds of a monotonic clock */
  constructor(now) {
    this.#now = now;
  }

  /** Whether there are no pauses, so that nobody needs to make a key. */
  get isEmpty() {
    return this.#pauses.size === 0;
  }

  /** Whether a call is to be served from what there is. @param {string | undefined} key */
  isPausing(key) {
    const pause = key === undefined ? undefined : this.#pauses.get(key);
    return pause !== undefined && this.#now() < pause.until;
  }

  /** A run has failed. @param {string | undefined} key */
  failed(key) {
    if (key === undefined) return;
    const before = this.#pauses.get(key);
    const ms = before === undefined ? FIRST_MS : Math.min(before.ms * 2, LONGEST_MS);
    this.#pauses.delete(key);
    this.#pauses.set(key, { until: this.#now() + ms, ms });
    if (this.#pauses.size > MOST) this.#pauses.delete(/** @type {string} */ (this.#pauses.keys().next().value));
  }

  /** A run has ended well. @param {string | undefined} key */
  succeeded(key) {
    if (key !== undefined) this.#pauses.delete(key);
  }
}
