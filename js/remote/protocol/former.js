// @ts-check
/**
 * The indexes that list the values which this process has stored. A value that is stored anew leaves those that it does not
 * belong into any more. What is not known here stays listed until the next invalidation, which costs a needless drop.
 */

const MOST_KEYS = 10_000;
/** Indexes of a value that are remembered. */
const MOST_INDEXES = 300;

export class FormerIndexes {
  /** @type {Map<string, string[]>} */
  #last = new Map();

  /** The indexes that list the last value of a key, without those of the new one. @param {string} key @param {string[]} indexes */
  of(key, indexes) {
    const last = this.#last.get(key);
    if (last === undefined || last.every((index, i) => index === indexes[i])) return [];
    const now = new Set(indexes);
    return last.filter((index) => !now.has(index));
  }

  /** @param {string} key @param {string[]} indexes of the value that was stored */
  note(key, indexes) {
    if (indexes.length > MOST_INDEXES) return;
    this.#last.delete(key);
    this.#last.set(key, indexes);
    if (this.#last.size > MOST_KEYS) this.#last.delete(/** @type {string} */ (this.#last.keys().next().value));
  }
}
